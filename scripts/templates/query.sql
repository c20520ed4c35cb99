/* ---
title: Requests that failed, by actor
question: Who asked for this object and did not get it?
sources: [k8s_audit, vault_audit]
severity: info
attack: []
params:
  object: { type: varchar, doc: Canonical reference of the object }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: Requests that no landed log holds.
next:
  - custody show <event_id> opens the records of one event
references: [https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/]
--- */
with failed_event as (
  select *
  from event
  where object = $object
    and outcome <> 'success'
    and ($since is null or "at" >= $since)
    and ($until is null or "at" <= $until)
)
select
  "at",
  source,
  actor,
  action,
  object,
  outcome,
  event_id
from failed_event
order by "at", event_id
