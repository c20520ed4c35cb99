/* ---
title: Rights to a Secret that were never used
question: Who could read this Secret and never did, so that the right can go?
sources: [k8s_audit, k8s_objects]
severity: low
attack: [T1078.004]
params:
  namespace: { type: varchar, doc: Namespace of the Secret }
  secret: { type: varchar, doc: Name of the Secret }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Reads where no audit log covers the time; `coverage/paths` tells which times. Reads by another way than
  the API (a pod that mounts it). A group counts as used by nobody: its members, where seen, have rows of
  their own. Secrets in which no credential is known have no such rights here.
next:
  - "`privilege/secret_readers` tells the binding behind each right"
  - "`coverage/paths` with the object tells since when reads would show"
references:
  - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
--- */
with unused as (
  select link.*, entity.cluster, entity.name as identity
  from link
  join entity
    on link.to_id = entity.entity_id
  where link.kind = 'could_read'
    and link.from_id = 'kubernetes_secret:' || entity.cluster || '/' || $namespace || '/' || $secret
    and ($cluster is null or entity.cluster = $cluster)
    and not exists (
      from link as reading
      where reading.kind = 'copy_read_by'
        and reading.from_id = link.from_id
        and reading.to_id = link.to_id
    )
)
select
  cluster,
  identity,
  string_agg(distinct rule, '; ' order by rule) as way,
  min(valid_from) as valid_from,
  case when count(*) = count(valid_to) then max(valid_to) end as valid_to,
  list_sort(list_distinct(flatten(list(evidence)))) as evidence
from unused
group by cluster, identity
order by cluster, identity
