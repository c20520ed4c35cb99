-- CloudTrail records to events.
--
-- `eventID` is the key; a record is delivered twice now and then, and an addendum names the record that it
-- corrects. `sharedEventID` is one action in the trails of two accounts, each with an `eventID` of its own:
-- https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

create or replace temp table aws_cloudtrail_copy as
with
  copies as (
    select
      record_id,
      coalesce(
        'shared ' || nullif(shared_event_id, ''),
        'event ' || coalesce(nullif(original_event_id, ''), nullif(cloudtrail_event_id, '')),
        'record ' || record_id
      ) as key,
      -- A correction before what it corrects, then the copy of the caller's account, which names the caller whole.
      ((addendum_reason is distinct from 'UPDATED_DATA')::integer * 2 + (identity_arn is null)::integer)::hugeint
        * 18446744073709551616 + md5_number_lower(record_id) as rank,
      event_name, identity_arn, error_code, addendum_reason
    from aws_cloudtrail_record
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(event_name) over keys <> max(event_name) over keys
          then 'name ' || coalesce(event_name, '') end,
        case when min(identity_arn) over keys <> max(identity_arn) over keys
          then 'identity ' || coalesce(identity_arn, min(identity_arn) over keys) end,
        case when min(error_code) over keys <> max(error_code) over keys
          then 'error ' || coalesce(error_code, min(error_code) over keys) end
      ) as variant
    from copies
    window keys as (partition by key)
  )
select
  record_id,
  rank,
  event_id_of('aws_cloudtrail', case when variant = '' then key else key || chr(10) || variant end) as event_id,
  variant <> '' as contradiction
from statements;

create or replace temp table aws_cloudtrail_united as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  bool_or(record.is_digest) as is_digest,
  arg_min(record."at", copy.rank) as "at",
  arg_min(record.event_source, copy.rank) as event_source,
  arg_min(record.event_name, copy.rank) as event_name,
  arg_min(record.addendum_reason, copy.rank) as addendum_reason,
  arg_min(record.region, copy.rank) as region,
  arg_min(coalesce(record.account, record.digest_account), copy.rank) as account,
  arg_min(record.error_code, copy.rank) as error_code,
  arg_min(record.request_id, copy.rank) as request_id,
  arg_min(record.source_address, copy.rank) as source_address,
  arg_min(record.user_agent, copy.rank) as user_agent,
  arg_min(record.identity_type, copy.rank) as identity_type,
  arg_min(record.principal_id, copy.rank) as principal_id,
  arg_min(record.identity_arn, copy.rank) as identity_arn,
  arg_min(record.access_key_id, copy.rank) as access_key_id,
  arg_min(record.user_name, copy.rank) as user_name,
  arg_min(record.invoked_by, copy.rank) as invoked_by,
  arg_min(record.identity_provider, copy.rank) as identity_provider,
  arg_min(record.issuer_arn, copy.rank) as issuer_arn,
  arg_min(record.request_parameters, copy.rank) as request,
  arg_min(record.response_elements, copy.rank) as response,
  arg_min(record.additional_event_data, copy.rank) as additional,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from aws_cloudtrail_copy as copy
join aws_cloudtrail_record as record using (record_id)
group by copy.event_id;

-- The partition of a region: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
create or replace temp macro aws_partition(region) as
  case when starts_with(region, 'cn-') then 'aws-cn' when starts_with(region, 'us-gov-') then 'aws-us-gov' else 'aws' end;

-- A secret's ARN ends in a hyphen and six characters of chance; one typed without them is called a partial ARN:
-- https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
create or replace temp macro aws_secret_arn(text) as
  regexp_extract(text, '^(arn:[^:]+):secretsmanager:([^:]+):([0-9]+):secret:(.+)-([A-Za-z0-9]{6})$',
    ['partition', 'region', 'account', 'name', 'suffix']);

create or replace temp macro aws_is_secret_arn(text) as
  regexp_matches(text, '^arn:[^:]+:secretsmanager:[^:]+:[0-9]+:secret:.+-[A-Za-z0-9]{6}$');

create or replace temp table aws_cloudtrail_named as
select
  *,
  error_code is null as succeeded,
  coalesce(identity_arn, principal_id, invoked_by) as actor,
  case event_source
    when 'secretsmanager.amazonaws.com' then coalesce(
      nullif((request ->> '$.secretId'), ''),
      case when event_name = 'CreateSecret' then (request ->> '$.name') end,
      (additional ->> '$.SecretId'), (additional ->> '$.ARN'))
    when 'kms.amazonaws.com' then (request ->> '$.encryptionContext.SecretARN')
  end as secret_id,
  -- What a service states is whole; what a caller typed may not be.
  coalesce(
    (response ->> '$.arn'), (response ->> '$.aRN'), (response ->> '$.ARN'),
    (request ->> '$.encryptionContext.SecretARN'),
    (additional ->> '$.ARN'),
    case when starts_with((additional ->> '$.SecretId'), 'arn:') then (additional ->> '$.SecretId') end
  ) as stated_arn
from aws_cloudtrail_united;

-- Every secret that a record names, as it names it.
create or replace temp table aws_secret_mention as
select event_id, secret_id, account, region, stated_arn, "at", event_name, succeeded
from aws_cloudtrail_named
where secret_id is not null
union all
select event_id, unnest(from_json(request -> '$.secretIdList', '["VARCHAR"]')), account, region, null, "at", event_name, succeeded
from aws_cloudtrail_named
where event_name = 'BatchGetSecretValue' and event_source = 'secretsmanager.amazonaws.com';

-- Every secret that some record names whole. Replicas have the ARN of their secret in another region, and are
-- written through the first one: https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
create or replace temp table aws_secret as
with
  stated as (
    select
      coalesce(case when aws_is_secret_arn(stated_arn) then stated_arn end, secret_id) as arn,
      coalesce(aws_is_secret_arn(stated_arn), false) as is_whole,
      "at",
      event_name in ('CreateSecret', 'PutSecretValue', 'UpdateSecret', 'RotateSecret', 'DeleteSecret', 'RestoreSecret',
        'UpdateSecretVersionStage', 'ReplicateSecretToRegions') and succeeded as is_write
    from aws_secret_mention
    where aws_is_secret_arn(stated_arn) or aws_is_secret_arn(secret_id)
  ),
  parted as (
    select *, unnest(aws_secret_arn(arn))
    from stated
    -- `my-secret` typed without its six characters looks as if it had some.
    where is_whole or not exists (
      from stated as whole
      where whole.is_whole and starts_with(whole.arn, stated.arn || '-') and len(whole.arn) = len(stated.arn) + 7
    )
  )
select
  partition, account, name, suffix,
  min("at") as first_at,
  arg_min(arn, struct_pack(home := not is_write, region := region, arn := arn)) as object
from parted
group by partition, account, name, suffix;

-- The object that each event names. A name is of the caller's account and of the secret that was there then.
create or replace temp table aws_secret_typed as
with
  typed as (
    select distinct event_id, secret_id, account, stated_arn, "at",
      regexp_extract(secret_id, '^arn:[^:]+:secretsmanager:[^:]*:([0-9]+):secret:(.+)$', ['account', 'rest']) as parts
    from aws_secret_mention
    where secret_id is not null
  ),
  keyed as (
    select *,
      coalesce(nullif(parts['account'], ''), account) as owner,
      coalesce(nullif(parts['rest'], ''), secret_id) as rest
    from typed
  ),
  candidates as (
    select keyed.event_id, keyed.secret_id, aws_secret.object,
      row_number() over (
        partition by keyed.event_id, keyed.secret_id
        order by
          keyed.rest <> aws_secret.name || '-' || aws_secret.suffix,
          not contains(coalesce(keyed.stated_arn, ''), ':secret:' || aws_secret.name || '-' || aws_secret.suffix),
          aws_secret.first_at > keyed."at",
          case when aws_secret.first_at <= keyed."at" then -epoch_us(aws_secret.first_at) else epoch_us(aws_secret.first_at) end,
          aws_secret.object
      ) as preference
    from keyed
    join aws_secret
      on keyed.owner = aws_secret.account
      and (keyed.rest = aws_secret.name || '-' || aws_secret.suffix or keyed.rest = aws_secret.name)
  )
select keyed.event_id, keyed.secret_id, coalesce(candidates.object, 'aws:' || keyed.rest) as object
from keyed
left join candidates
  on keyed.event_id = candidates.event_id
  and keyed.secret_id = candidates.secret_id
  and candidates.preference = 1;

-- A parameter's name may end in `:version` or `:label`:
-- https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
create or replace temp macro aws_parameter(region, account, typed) as
  case when starts_with(typed, 'arn:')
    then regexp_replace(typed, '(:parameter/[^:]*):.*$', '\1')
    else 'arn:' || aws_partition(region) || ':ssm:' || region || ':' || account || ':parameter/'
      || ltrim(string_split(typed, ':')[1], '/')
  end;

create or replace temp macro aws_parameter_version(typed) as
  nullif(regexp_extract(regexp_replace(typed, '^arn:[^/]*', ''), ':([0-9]+)$', 1), '');

create or replace temp table aws_cloudtrail_event as
select
  named.*,
  case
    when named.event_source = 'ssm.amazonaws.com' and (named.request ->> '$.name') is not null
      and regexp_matches(named.event_name, 'Parameter')
      then aws_parameter(named.region, named.account, (named.request ->> '$.name'))
    else typed.object
  end as object,
  case
    when named.identity_type in ('AWSService', 'AWSAccount') and named.identity_arn is null then 'platform'
    when named.identity_type in ('IAMUser', 'Root', 'IdentityCenterUser', 'SAMLUser') then 'human'
    when named.identity_type = 'WebIdentityUser' then 'workload'
    when contains(named.identity_arn, ':assumed-role/AWSReservedSSO_')
      or regexp_matches(named.identity_arn, ':(assumed-role|federated-user)/.*/[^/]*@[^/]*$') then 'human'
    when regexp_matches(named.identity_arn, ':assumed-role/.*/i-[0-9a-f]+$') then 'node'
    when named.identity_type in ('AssumedRole', 'FederatedUser', 'Role') then 'workload'
  end as actor_class,
  case
    when named.succeeded then 'success'
    when regexp_matches(named.error_code, 'AccessDenied|Unauthorized|Forbidden|NotAuthorized|InvalidIdentityToken|ExpiredToken')
      then 'denied'
    else 'failure'
  end as outcome
from aws_cloudtrail_named as named
left join aws_secret_typed as typed using (event_id, secret_id);

insert into derived_event by name
select
  event_id,
  'aws_cloudtrail' as source,
  coalesce(account, 'default') as cluster,
  "at",
  actor,
  actor_class,
  case when is_digest then 'deliver' else event_name end as action,
  case when is_digest then 'digest' else regexp_replace(event_source, '[.]amazonaws[.]com(?:[.]cn)?$', '') end as resource,
  coalesce((request ->> '$.name'), secret_id) as name,
  object,
  case when is_digest then 'success' else outcome end as outcome,
  case when source_address is not null then [source_address] else [] end as source_ips,
  user_agent,
  coalesce(sorted_distinct(list_concat(flags, [
    case when contradiction then 'contradiction' end,
    case when addendum_reason is not null then 'addendum' end,
    case when "at" is null then 'no_time' end
  ])), []) as flags
from aws_cloudtrail_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from aws_cloudtrail_copy;

create or replace temp table aws_cloudtrail_place as
select copy.record_id, copy.event_id, coalesce(record.account, record.digest_account, 'default') as instance,
  record.batch_id, record.stream, record."at"
from aws_cloudtrail_copy as copy
join aws_cloudtrail_record as record using (record_id);

insert into stream_interval by name
select
  stream,
  'aws_cloudtrail' as source,
  instance as cluster,
  min("at") as first_at,
  max("at") as last_at,
  count(distinct event_id) as events,
  []::varchar[] as levels
from aws_cloudtrail_place
group by stream, instance;

insert into log_minute by name
select batch_id, stream, 'aws_cloudtrail' as source, instance as cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from aws_cloudtrail_place
where "at" is not null
group by batch_id, stream, instance, date_trunc('minute', "at")
order by batch_id, instance, "minute";

-- Which version KMS was asked to open or to seal for Secrets Manager. The call is signed with a key of its own, so
-- only principal, secret and time lead to what was asked of Secrets Manager:
-- https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
create or replace temp table aws_secret_key_use as
select event_id, record_ids, "at", principal_id, object, event_name = 'Decrypt' as is_read, actor, account,
  (request ->> '$.encryptionContext.SecretVersionId') as version
from aws_cloudtrail_event
where event_source = 'kms.amazonaws.com'
  and succeeded
  and "at" is not null
  and object is not null
  and (request ->> '$.encryptionContext.SecretVersionId') <> 'RequestToValidateKeyAccess';
