-- What happened to versions. A version is called by the token of the call that made it; a call without a value makes
-- none, and only KMS, which sealed the value, tells the two apart. What AWSCURRENT stands on is what readers get.
-- https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
-- https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
-- https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
insert into fact_provider_version by name
with
  changed as (
    select *, (request ->> '$.clientRequestToken') as token
    from aws_cloudtrail_event
    where succeeded and "at" is not null and object is not null
  ),
  sealed as (
    select object, version, min("at") as first_at
    from aws_secret_key_use
    where not is_read
    group by object, version
  ),
  written as (
    select changed.*, token as version
    from changed
    where event_name = 'PutSecretValue' and token is not null
    union all by name
    select changed.*, token as version
    from changed
    where event_name in ('CreateSecret', 'UpdateSecret')
      and (object, token) in (select (object, version) from sealed)
  ),
  -- Written by a call that is not in this log.
  sealed_alone as (
    select event_id, record_ids, "at", actor, account, object, version
    from aws_secret_key_use
    where not is_read
      and (object, version) not in (select (object, version) from written)
    qualify row_number() over (partition by object, version order by "at", event_id) = 1
  ),
  promoted as (
    select *
    from written
    where json_type(request, '$.versionStages') is distinct from 'ARRAY'
      or list_contains(from_json(request -> '$.versionStages', '["VARCHAR"]'), 'AWSCURRENT')
    union all by name
    select *, (request ->> '$.moveToVersionId') as version
    from changed
    where event_name = 'UpdateSecretVersionStage'
      and (request ->> '$.versionStage') = 'AWSCURRENT'
      and (request ->> '$.moveToVersionId') is not null
  ),
  demoted as (
    select *, (request ->> '$.removeFromVersionId') as version
    from changed
    where event_name = 'UpdateSecretVersionStage'
      and (request ->> '$.versionStage') = 'AWSCURRENT'
      and (request ->> '$.removeFromVersionId') is not null
  ),
  numbered as (
    select *, (response ->> '$.version') as version
    from changed
    where event_source = 'ssm.amazonaws.com' and event_name = 'PutParameter' and (response ->> '$.version') is not null
  ),
  named as (
    select object, version, min("at") as first_at
    from (
      select object, version, "at" from written
      union all
      select object, version, "at" from aws_secret_key_use
    ) as either
    group by object, version
  ),
  -- A secret that waits for its deletion gives no version out; it may be restored.
  spread as (
    select changed.*, named.version,
      case when event_name = 'DeleteSecret' then 'deleted' else 'restored' end as change
    from changed
    join named
      on named.object = changed.object and named.first_at <= changed."at"
    where event_name = 'RestoreSecret'
      or event_name = 'DeleteSecret' and coalesce((request ->> '$.forceDeleteWithoutRecovery'), 'false') <> 'true'
  ),
  gone as (
    select *
    from changed
    where event_name = 'DeleteSecret' and (request ->> '$.forceDeleteWithoutRecovery') = 'true'
      or event_name = 'DeleteParameter'
  ),
  statements as (
    select event_id, record_ids, "at", actor, account, object, version, 'created' as change from written
    union all by name
    select *, 'created' as change from sealed_alone
    union all by name
    select event_id, record_ids, "at", actor, account, object, version, 'promoted' as change from promoted
    union all by name
    select event_id, record_ids, "at", actor, account, object, version, 'demoted' as change from demoted
    union all by name
    select event_id, record_ids, "at", actor, account, object, version, 'created' as change from numbered
    union all by name
    select event_id, record_ids, "at", actor, account, object, version, change from spread
    union all by name
    select event_id, record_ids, "at", actor, account, object, null::varchar as version, 'metadata_deleted' as change
    from gone
  )
select
  "at",
  'aws_cloudtrail' as source,
  actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'aws' as provider,
  coalesce(account, 'default') as instance,
  object,
  version,
  change as action
from statements;
