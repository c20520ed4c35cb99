-- Each landed object is an event of its own: it was seen in the state that it shows.
--
-- The time is the one given with --observed-at, else the file's own, and then nothing that follows from it
-- can be more than inferred. The instance is that of --vault-instance: no command prints it.
create or replace temp table provider_object as
select
  event_id_of('provider_objects', record_id) as event_id,
  record_id,
  cluster as instance,
  coalesce(batch_observed_at, taken_at) as "at",
  batch_observed_at is not null as firm,
  flags,
  object_kind,
  name,
  document
from provider_objects_record;

insert into derived_event by name
select
  event_id,
  'provider_objects' as source,
  instance as cluster,
  "at",
  'observe' as action,
  object_kind as resource,
  name,
  'success' as outcome,
  []::varchar[] as source_ips,
  coalesce(sorted_distinct(list_concat(flags, [
    case when "at" is null then 'no_time' end,
    -- No fact is made of it, or its policy is not understood, and so nobody's right follows from it.
    case when object_kind is null
      or object_kind = 'vault_policy'
        and vault_policy_rules(coalesce(document ->> '$.data.policy', document ->> '$.data.rules')) is null
      then 'unreadable' end
  ])), []) as flags
from provider_object;

insert into derived_event_record by name
select event_id, record_id, 'object' as part
from provider_object;

insert into stream_interval by name
select
  record.stream,
  'provider_objects' as source,
  record.cluster,
  min(object."at") as first_at,
  max(object."at") as last_at,
  count(distinct object.event_id) as events,
  []::varchar[] as levels
from provider_objects_record as record
join provider_object as object using (record_id)
group by record.stream, record.cluster;
