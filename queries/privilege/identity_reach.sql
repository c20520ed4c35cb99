/* ---
title: What an identity could have read by RBAC
question: What Secrets, pods, nodes and provider objects could this identity reach, by which right, and when?
sources: [k8s_audit, k8s_objects]
severity: medium
attack: [T1078.004, T1552.007]
params:
  identity: { type: varchar, doc: "User name as in the audit log, system:serviceaccount:<namespace>:<name>, or group:<name>" }
  cluster: { type: varchar, default: null, doc: Only this cluster }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: >-
  Secrets and pods in which no credential is known; those `privilege/can_i` answers one by one. Rights that
  other authorizers than RBAC gave. Rights from before the first snapshot of roles and bindings.
next:
  - "`exposure/exposures` with an object tells which of its versions were there to be read"
  - "`privilege/binding_changes` tells who gave the right, and when"
references: [https://kubernetes.io/docs/reference/access-authn-authz/rbac/]
--- */
with name as (
  select $identity as name
  union
  -- The groups of an account follow from its name.
  select unnest(['group:system:authenticated', 'group:system:serviceaccounts', 'group:system:serviceaccounts:' || split_part($identity, ':', 3)])
  where $identity like 'system:serviceaccount:%:%'
  union
  select 'group:system:authenticated'
  where not starts_with($identity, 'group:')
    and $identity <> 'system:anonymous'
), reader as (
  select entity_id, cluster, entity.name
  from entity
  join name using (name)
  where kind = 'identity'
    and ($cluster is null or cluster = $cluster)
)
select
  split_part(link.from_id, ':', 1) as kind,
  reader.cluster,
  target.namespace,
  coalesce(target.name, link.from_id) as name,
  reader.name as "by",
  link.rule as way,
  link.valid_from,
  link.valid_to,
  link.grade,
  link.evidence
from link
join reader
  on link.to_id = reader.entity_id
left join entity as target
  on link.from_id = target.entity_id
where link.kind = 'could_read'
  and ($until is null or link.valid_from <= $until::timestamptz)
  and ($since is null or link.valid_to is null or link.valid_to >= $since::timestamptz)
order by kind, reader.cluster, target.namespace, name, link.valid_from, "by", link.link_id
