/* ---
title: Records that carried a known value
question: Which landed records carried this value before landing replaced it?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: critical
attack: [T1552.001]
params:
  fingerprints: { type: varchar_list, doc: Fingerprints of the value under the key of this store }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: Only this cluster or provider instance }
misses: >-
  Values inside a longer text that is no secret field, and values split, compressed or encoded in ways
  other than base64. Quarantined records are searched by custody leak itself.
next:
  - custody show <record id> shows what is left of the record
references: [https://attack.mitre.org/techniques/T1552/001/]
--- */
with carried as (
  select
    record_id,
    count(*) as places
  from redaction
  where list_contains(from_json($fingerprints::json, '["varchar"]'), fingerprint)
  group by record_id
), shown as (
  select
    carried.record_id,
    carried.places,
    min(event."at") as "at",
    min(event.event_id) as event_id,
    arg_min(event.actor, event.event_id) as actor,
    arg_min(event.action, event.event_id) as action,
    arg_min(event.resource, event.event_id) as resource,
    arg_min(event.namespace, event.event_id) as namespace,
    arg_min(event.name, event.event_id) as name,
    arg_min(event.object, event.event_id) as object,
    arg_min(event.cluster, event.event_id) as cluster
  from carried
  left join event_record
    on carried.record_id = event_record.record_id
  left join event
    on event_record.event_id = event.event_id
  group by carried.record_id, carried.places
)
select
  shown.record_id,
  shown."at",
  record.source,
  coalesce(shown.cluster, record.cluster) as cluster,
  shown.actor,
  shown.action,
  shown.resource,
  shown.namespace,
  shown.name,
  shown.object,
  shown.places,
  shown.event_id
from shown
left join record
  on shown.record_id = record.record_id
where ($since is null or shown."at" is null or shown."at" >= $since::timestamptz)
  and ($until is null or shown."at" is null or shown."at" <= $until::timestamptz)
  and ($cluster is null or coalesce(shown.cluster, record.cluster) = $cluster)
order by shown."at", shown.record_id
