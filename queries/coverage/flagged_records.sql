/* ---
title: Records on which parsers disagree, or that were cut
question: Which records are truncated, contradict each other, or read differently by different parsers?
sources: [k8s_audit, vault_audit]
severity: medium
attack: [T1562.001, T1070]
params:
  flag: { type: varchar, default: null, doc: "Only this flag, such as duplicate_key or truncated" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: Records that were never written, or dropped before they reached a file.
next:
  - custody show <record id> shows the bytes and every flag
references:
  - https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
  - https://datatracker.ietf.org/doc/html/rfc8259#section-4
--- */
with flagged as (
  select *
  from event
  where len(flags) > 0
    and ($flag is null or list_contains(flags, $flag))
    and ($since is null or "at" >= $since::timestamptz)
    and ($until is null or "at" <= $until::timestamptz)
)
select
  flagged."at",
  flagged.source,
  flagged.cluster,
  flagged.actor,
  flagged.action,
  flagged.resource,
  flagged.namespace,
  flagged.name,
  flagged.flags,
  flagged.event_id,
  list(event_record.record_id order by event_record.record_id) filter (where event_record.record_id is not null) as records
from flagged
left join event_record
  on flagged.event_id = event_record.event_id
group by all
order by flagged."at", flagged.event_id
