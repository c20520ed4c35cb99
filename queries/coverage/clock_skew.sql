/* ---
title: How far the clocks of the logs are apart
question: By how much is each provider's clock before or behind each cluster's, and is that more than the joins allow?
sources: [k8s_audit, vault_audit]
severity: info
attack: []
params:
  cluster: { type: varchar, default: null, doc: Only this cluster }
  skew_seconds: { type: integer, default: 5, doc: "What the joins between sources allow: clock_skew of src/chain/00-parameters.sql" }
  pairs_min: { type: integer, default: 3, doc: "Fewer pairs of requests tell nothing" }
misses: >-
  Clocks that drift: the median of all pairs is one number. A mount takes a second or two from login to status, which
  its offset includes. Pairs of mounts are told by service account and quiet minutes, not by an identifier.
next:
  - custody chain shows the links that a larger skew may have left out
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/concepts
  - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens
--- */
select
  cluster,
  instance,
  basis,
  pairs,
  offset_seconds,
  low_seconds,
  high_seconds,
  first_at as "from",
  last_at as until,
  case
    when pairs < $pairs_min then 'too few pairs'
    when abs(offset_seconds) > $skew_seconds then 'more than the joins allow'
    else 'within what the joins allow'
  end as verdict
from clock_offset
where $cluster is null
  or cluster = $cluster
order by cluster, instance, basis
