-- Each landed file is one event: what the team stated from then on.
--
-- The time is the one given with --observed-at, else the file's own, and then nothing that follows from it
-- can be more than inferred. A file that is named without --cluster speaks of every cluster.
create or replace temp table custody_yaml_statement as
select
  event_id_of('custody_yaml', record_id) as event_id,
  record_id,
  cluster,
  coalesce(batch_observed_at, taken_at) as "at",
  batch_observed_at is not null as firm,
  flags,
  team,
  workloads
from custody_yaml_record;

insert into derived_event by name
select
  event_id,
  'custody_yaml' as source,
  cluster,
  "at",
  'state' as action,
  'custody.yaml' as resource,
  team as name,
  'success' as outcome,
  []::varchar[] as source_ips,
  flags
from custody_yaml_statement;

insert into derived_event_record by name
select event_id, record_id, 'object' as part
from custody_yaml_statement;

insert into stream_interval by name
select
  record.stream,
  'custody_yaml' as source,
  record.cluster,
  min(statement."at") as first_at,
  max(statement."at") as last_at,
  count(distinct statement.event_id) as events,
  []::varchar[] as levels
from custody_yaml_record as record
join custody_yaml_statement as statement using (record_id)
group by record.stream, record.cluster;
