/* ---
title: Quarantined records, by reason
question: What was landed that is not what its source promises, how much, and why?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: [T1070]
params: {}
misses: Files that were skipped whole because no source recognised them; the ingest summary names those.
next:
  - custody show <record id> --raw opens one quarantined record
references: [https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/]
--- */
with counted as (
  select
    source,
    cluster,
    reason,
    count(*) as records,
    sum(length)::bigint as bytes,
    min(record_id) as example
  from quarantine
  group by source, cluster, reason
)
select
  source,
  cluster,
  reason,
  records,
  bytes,
  example
from counted
order by records desc, source, cluster, reason
