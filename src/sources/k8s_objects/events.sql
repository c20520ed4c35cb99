-- Objects to events: each object that a record holds was seen in the state it shows. Nothing unites two
-- snapshots, so every object of every record is an event of its own.
--
-- The time is the one given with --observed-at, else the file's own, and then nothing that follows from it
-- can be more than inferred.

-- The objects of a record: itself, the items of a list, and those of each document of a YAML file.
create or replace temp table k8s_object as
with
  documents as (
    select
      record_id, cluster, batch_observed_at, taken_at, flags,
      unnest(
        case when json_type(document) = 'ARRAY'
          then from_json(document, '["JSON"]') else [document] end
      ) as document,
      unnest(
        case when json_type(document) = 'ARRAY'
          then range(json_array_length(document)::bigint) else [null] end
      ) as number
    from k8s_objects_record
    where document is not null
  ),
  items as (
    select
      * exclude (document),
      unnest(
        case when json_type(document, '$.items') = 'ARRAY'
          then from_json((document -> '$.items'), '["JSON"]') else [document] end
      ) as object,
      unnest(
        case when json_type(document, '$.items') = 'ARRAY'
          then range(json_array_length(document, '$.items')::bigint) else [null] end
      ) as item
    from documents
  ),
  -- An object whose kind no fact is made of was not kept, but it is an event all the same.
  others as (
    select record_id, cluster, batch_observed_at, taken_at, flags, object_kind, namespace, name, uid
    from k8s_objects_record
    where document is null
  ),
  shown as (
    select
      record_id, cluster, batch_observed_at, taken_at, flags,
      nullif(
        coalesce('/' || number, '') || coalesce('/items/' || item, ''),
        ''
      ) as pointer,
      object,
      (object ->> '$.kind') as kind,
      (object ->> '$.metadata.namespace') as namespace,
      (object ->> '$.metadata.name') as name,
      (object ->> '$.metadata.uid') as uid
    from items
    union all by name
    select * exclude (object_kind), object_kind as kind from others
  )
select
  event_id_of('k8s_objects', record_id || coalesce('#' || pointer, '')) as event_id,
  record_id || coalesce('#' || pointer, '') as evidence_id,
  coalesce(batch_observed_at, taken_at) as "at",
  batch_observed_at is not null as firm,
  *
from shown;

insert into derived_event by name
select
  event_id,
  'k8s_objects' as source,
  cluster,
  "at",
  'observe' as action,
  kind as resource,
  namespace,
  name,
  uid,
  'success' as outcome,
  []::varchar[] as source_ips,
  coalesce(sorted_distinct(list_concat(flags, [
    case when "at" is null then 'no_time' end,
    case when kind is null then 'unreadable' end
  ])), []) as flags
from k8s_object;

insert into derived_event_record by name
select event_id, record_id, pointer, 'object' as part
from k8s_object;

insert into stream_interval by name
select
  record.stream,
  'k8s_objects' as source,
  record.cluster,
  min(object."at") as first_at,
  max(object."at") as last_at,
  count(distinct object.event_id) as events,
  []::varchar[] as levels
from k8s_objects_record as record
join k8s_object as object using (record_id)
group by record.stream, record.cluster;

-- What base64 values of Secrets decode to, as fingerprints: landing kept both.
create or replace temp table k8s_objects_secret_form as
select redacted_value(place) as stored, min_by(redacted_decoded(place), place.source_length) as decoded
from (
  select unnest(redactions) as place
  from k8s_objects_record
  where document is not null and len(redactions) > 0
) as replaced
where len(place.fingerprints) > 0
group by redacted_value(place);
