-- Lines that tell of a mount to events; all others are records alone. A line is the same in every copy of the log:
-- cluster, time, what is said and of which path and file.
create or replace temp table csi_log_copy as
select
  record_id,
  event_id_of('csi_log', case when "at" is null then 'record ' || record_id
    else concat_ws(chr(10), cluster, epoch_us("at"), said, coalesce(target_path, ''), coalesce(file, ''), coalesce(namespace, ''),
      coalesce(pod_name, '')) end) as event_id
from csi_log_record
where said is not null;

create or replace temp table csi_log_event as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  min(record.cluster) as cluster,
  min(record."at") as "at",
  min(record.said) as said,
  min(record.target_path) as target_path,
  min(record.file) as file,
  min(record.pod_uid) as pod_uid,
  min(record.volume) as volume,
  min(record.namespace) as namespace,
  min(record.pod_name) as pod_name,
  min(record.provider) as provider,
  bool_and(record.is_year_inferred) as is_year_inferred,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from csi_log_copy as copy
join csi_log_record as record using (record_id)
group by copy.event_id;

insert into derived_event by name
select
  event_id,
  'csi_log' as source,
  cluster,
  "at",
  'platform' as actor_class,
  case said
    when 'published' then 'node_publish_volume'
    when 'unpublished' then 'node_unpublish_volume'
    when 'object' then 'mount_object'
    when 'refused' then 'mount_object'
    when 'asked' then 'ask_provider'
  end as action,
  'volume' as resource,
  namespace,
  coalesce(file, pod_name) as name,
  pod_uid as uid,
  case when said = 'refused' then 'failure' else 'success' end as outcome,
  []::varchar[] as source_ips,
  coalesce(sorted_distinct(list_concat(flags, [
    case when "at" is null then 'no_time' end,
    case when is_year_inferred then 'year_inferred' end
  ])), []) as flags
from csi_log_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from csi_log_copy;

insert into stream_interval by name
select
  record.stream,
  'csi_log' as source,
  record.cluster,
  min(record."at") as first_at,
  max(record."at") as last_at,
  count(distinct copy.event_id) as events,
  []::varchar[] as levels
from csi_log_record as record
left join csi_log_copy as copy using (record_id)
group by record.stream, record.cluster;
