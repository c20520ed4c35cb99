/* ---
title: Links between entities, with grade and evidence
question: What is tied to what, how surely, by which rule, and which records show it?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: []
params:
  part: { type: varchar, default: "", doc: "Any part of either end: a pod, an identity, an object; empty for all" }
  kind: { type: varchar, default: null, doc: "Only this kind, such as delivered or read" }
  grade: { type: varchar, default: null, doc: "Only this grade: recorded, matched, inferred or candidate" }
  cluster: { type: varchar, default: null, doc: "Only links with an end in this cluster" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: Links that would need a log that was not landed.
next:
  - custody show <evidence id> opens the record behind a link
references:
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
  - https://secrets-store-csi-driver.sigs.k8s.io/concepts
--- */
with named as (
  select
    link.*,
    coalesce(source.namespace || '/', '') || source.name as from_name,
    coalesce(target.namespace || '/', '') || target.name as to_name,
    source.cluster as from_cluster,
    target.cluster as to_cluster
  from link
  left join entity as source
    on link.from_id = source.entity_id
  left join entity as target
    on link.to_id = target.entity_id
)
select
  kind,
  from_id,
  from_name,
  to_id,
  to_name,
  valid_from,
  valid_to,
  grade,
  rule,
  document,
  evidence
from named
where contains(lower(concat_ws(' ', from_id, from_name, to_id, to_name)), lower($part))
  and ($kind is null or kind = $kind)
  and ($grade is null or grade = $grade)
  and ($cluster is null or from_cluster = $cluster or to_cluster = $cluster)
  and ($since is null or valid_to is null or valid_to >= $since::timestamptz)
  and ($until is null or valid_from is null or valid_from <= $until::timestamptz)
order by valid_from, kind, from_id, to_id, link_id
