-- Reads that gave values out, and which version came. The log says it only where the caller asked for one; else KMS
-- was asked to open a version of that secret for the same principal then. A read of several names none, or only
-- what it asked for; what KMS opened beside it was read. Reads that name nothing are stated without an object.
-- https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
-- https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
insert into fact_provider_read by name
with
  given as (
    select *
    from aws_cloudtrail_event
    where succeeded and "at" is not null
  ),
  named as (
    select *, (request ->> '$.versionId') as typed_version, false as is_batch
    from given
    where event_source = 'secretsmanager.amazonaws.com' and event_name = 'GetSecretValue' and object is not null
    union all by name
    select batch.* exclude (object), typed.object, true as is_batch
    from given as batch
    join aws_secret_typed as typed using (event_id)
    where batch.event_source = 'secretsmanager.amazonaws.com' and batch.event_name = 'BatchGetSecretValue'
  ),
  opened as (
    select named.event_id, named.object,
      arg_min(use.version, struct_pack(distance := abs(epoch(use."at") - epoch(named."at")), id := use.event_id)) as version,
      count(distinct use.version) as versions,
      arg_min(use.record_ids, struct_pack(distance := abs(epoch(use."at") - epoch(named."at")), id := use.event_id)) as record_ids
    from named
    join aws_secret_key_use as use
      on use.is_read
      and use.principal_id = named.principal_id
      and use.object = named.object
      and use."at" between named."at" - interval 2 second and named."at" + interval 5 second
    group by named.event_id, named.object
  ),
  secrets as (
    select named.*,
      coalesce(nullif(typed_version, ''), case when opened.versions = 1 then opened.version end) as version,
      case
        when nullif(typed_version, '') is not null then null
        when opened.versions = 1 then 'inferred'
        -- Another stage than the current one may be any version's.
        when (request ->> '$.versionStage') <> 'AWSCURRENT' then 'candidate'
      end as version_grade,
      case when nullif(typed_version, '') is null and opened.versions = 1 then opened.record_ids else [] end as more_records
    from named
    left join opened
      on named.event_id = opened.event_id and named.object = opened.object
  ),
  batches as (
    select *
    from given
    where event_source = 'secretsmanager.amazonaws.com' and event_name = 'BatchGetSecretValue'
      and json_type(request, '$.secretIdList') is distinct from 'ARRAY'
  ),
  filtered as (
    select batches.* exclude (object), use.object, use.version, 'inferred' as version_grade, use.record_ids as more_records
    from batches
    join aws_secret_key_use as use
      on use.is_read
      and use.principal_id = batches.principal_id
      and use."at" between batches."at" - interval 2 second and batches."at" + interval 5 second
      and not exists (
        from named
        where named.principal_id = use.principal_id
          and named.object = use.object
          and not named.is_batch
          and use."at" between named."at" - interval 2 second and named."at" + interval 5 second
      )
  ),
  parameters as (
    select * exclude (object, typed), aws_parameter(region, account, typed) as object,
      aws_parameter_version(typed) as version
    from (
      select *,
        unnest(coalesce(from_json(request -> '$.names', '["VARCHAR"]'), [(request ->> '$.name')])) as typed
      from given
      where event_source = 'ssm.amazonaws.com'
        and event_name in ('GetParameter', 'GetParameters', 'GetParameterHistory')
        and (request ->> '$.withDecryption') = 'true'
    ) as asked
    where typed is not null
  ),
  unnamed as (
    select * exclude (object), null::varchar as object
    from batches
    union all by name
    select * exclude (object), null::varchar as object
    from given
    where event_source = 'ssm.amazonaws.com' and event_name = 'GetParametersByPath'
      and (request ->> '$.withDecryption') = 'true'
  ),
  reads as (
    select * exclude (typed_version, is_batch) from secrets
    union all by name
    select * from filtered
    union all by name
    select * from parameters
    union all by name
    select * from unnamed
  )
select
  "at",
  'aws_cloudtrail' as source,
  actor,
  event_id,
  sorted_distinct(list_concat(record_ids, coalesce(more_records, []))) as evidence,
  true as firm,
  'aws' as provider,
  coalesce(account, 'default') as instance,
  object,
  version,
  version_grade,
  []::varchar[] as fields,
  false as wrapped,
  access_key_id as session,
  issuer_arn as role,
  principal_id as entity,
  user_name as display_name,
  actor_class,
  source_address as address,
  user_agent,
  request_id
from reads;
