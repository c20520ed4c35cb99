-- Exposures by log_copy: logs that carried a value themselves. Landing has taken it out and left its
-- fingerprint, so a fact with a fingerprint is a record that had the value; whoever kept or shipped that log
-- holds it still. The holder is the stream the record came in, from the record on.
-- https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
-- https://developer.hashicorp.com/vault/docs/audit#log_raw
create or replace temp table record_stream as
select distinct batch_id, stream, source
from batch;

-- Secrets as answers and snapshots show them, where the log of their writes has no values: what they hold is
-- what the last write before brought.
create or replace temp table shown_secret as
with shown as (
  select cluster, namespace, name, "at", event_id, evidence, firm
  from secret_change
  where action = 'observed'
    and len(map_keys(field_values)) > 0
), objects as (
  select distinct cluster, namespace, name, object
  from secret_state
  where content is null
), asked as (
  select shown.*, objects.object
  from shown
  join objects using (cluster, namespace, name)
)
select state.object, state.version, state.alternatives, weakest('inferred', state.version_grade) as version_grade,
  state.fields, asked.at, asked.evidence, asked.cluster, asked.firm
from asked
asof join secret_state as state
  on asked.cluster = state.cluster
  and asked.namespace = state.namespace
  and asked.name = state.name
  and asked.object = state.object
  and asked.at >= state.at
where state.content is null
  and state.event_id <> asked.event_id;

insert into exposure
with carried as (
  select state.object, state.version, state.alternatives, state.version_grade, state.fields, state.at,
    change.evidence, state.cluster, change.firm
  from secret_state as state
  join secret_change as change using (cluster, namespace, name, event_id)
  where state.content is not null
  union all
  from shown_secret
  union all
  select object, version, [], case when version is null then 'candidate' else 'recorded' end,
    sorted_set(list_transform(
      list_filter(map_entries(field_values), lambda entry: starts_with(entry.value, 'redacted:hmac-sha256:')),
      lambda entry: entry.key
    )),
    "at", evidence, null, coalesce(firm, true)
  from (
    select object, version, field_values, "at", evidence, firm
    from fact_provider_read
    where object is not null
    union all
    select object, version, field_values, "at", evidence, firm
    from fact_provider_version
    where object is not null
      and action = 'created'
  )
  where field_values is not null
), shown as (
  select carried.* exclude (evidence), unnest(evidence) as record
  from carried
  where len(fields) > 0
    or cluster is not null
), streamed as (
  select shown.*, coalesce(record_stream.stream, split_part(record, '-', 1)) as stream, record_stream.source
  from shown
  left join record_stream
    on split_part(shown.record, '-', 1) = record_stream.batch_id
), grouped as (
  select object, version, alternatives, stream, min(source) as source, min(cluster) as cluster,
    min("at") as first_at,
    case when bool_or(firm) then 'recorded' else 'inferred' end as grade,
    grade_name(min(grade_rank(version_grade))) as version_grade,
    sorted_set(flatten(list(fields))) as fields,
    arg_min(record, struct_pack("at" := "at", record := record)) as record
  from streamed
  group by object, version, alternatives, stream
)
select
  exposure_key(object, coalesce(version, '? ' || array_to_string(alternatives, ' ')), stream, 'log_copy', first_at),
  object, version, version_grade, fields,
  holder_of('stream', stream, null::varchar, cluster, null::varchar, source, null::varchar, null::varchar),
  'log_copy', true, grade, alternatives, first_at, null, 'open', [],
  [struct_pack(kind := 'logged', grade := 'recorded', evidence := [record])]
from grouped;
