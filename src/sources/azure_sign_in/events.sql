-- Sign-ins to events: https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins
--
-- `id` is of one sign-in, and its record may come from several destinations, or again with more in it: one
-- event. Without an id, or a tenant to tell whose it is, each record is an event of its own.
create or replace temp table azure_sign_in_copy as
with
  copies as (
    select
      record_id,
      case when sign_in_id is null then 'record ' || record_id
        else concat_ws(chr(10), coalesce(tenant, ''), sign_in_id) end as key,
      coalesce(user_principal_name, application_id) as identity, error_code, token_identifier
    from azure_sign_in_record
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(identity) over keys <> max(identity) over keys
          then 'identity ' || coalesce(identity, min(identity) over keys) end,
        case when min(token_identifier) over keys <> max(token_identifier) over keys
          then 'token ' || coalesce(token_identifier, min(token_identifier) over keys) end,
        case when min(error_code) over keys <> max(error_code) over keys
          then 'code ' || coalesce(error_code, min(error_code) over keys) end
      ) as variant
    from copies
    window keys as (partition by key)
  )
select
  record_id,
  event_id_of('azure_sign_in', case when variant = '' then key else key || chr(10) || variant end) as event_id,
  variant <> '' as contradiction
from statements;

create or replace temp table azure_sign_in_united as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  min(record."at") as "at",
  min(record.category) as category,
  min(record.tenant) as tenant,
  min(record.error_code) as error_code,
  min(record.reason) as reason,
  min(record.application_id) as application_id,
  min(record.principal_id) as principal_id,
  min(record.principal_name) as principal_name,
  min(record.user_id) as user_id,
  min(record.user_principal_name) as user_principal_name,
  min(record.remote_address) as remote_address,
  min(record.user_agent) as user_agent,
  min(record.resource_name) as resource_name,
  min(record.resource_id) as resource_id,
  min(record.credential_type) as credential_type,
  min(record.managed_identity_type) as managed_identity_type,
  min(record.key_id) as key_id,
  min(record.thumbprint) as thumbprint,
  min(record.federated_credential) as federated_credential,
  min(record.token_identifier) as token_identifier,
  min(record.correlation_id) as correlation_id,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from azure_sign_in_copy as copy
join azure_sign_in_record as record using (record_id)
group by copy.event_id;

create or replace temp table azure_sign_in_event as
select
  *,
  coalesce(tenant, 'default') as instance,
  coalesce(user_principal_name, application_id, principal_id, user_id) as actor,
  case
    when category in ('SignInLogs', 'NonInteractiveUserSignInLogs') or user_principal_name is not null then 'human'
    else 'workload'
  end as actor_class,
  case
    when federated_credential is not null or credential_type = 'federatedidentitycredential'
      then 'federated_credential'
    when category = 'ManagedIdentitySignInLogs' or managed_identity_type is not null then 'managed_identity'
    when thumbprint is not null or credential_type in ('certificate', 'clientassertion') then 'certificate'
    when key_id is not null or credential_type = 'clientsecret' then 'client_secret'
  end as auth_method,
  -- Blocked by a policy, or not assigned to the application; anything else that is no 0 is a failure:
  -- https://learn.microsoft.com/entra/identity-platform/reference-error-codes
  case
    when error_code = 0 then 'success'
    when error_code in (50105, 53000, 53001, 53002, 53003, 53004, 530032, 530034) then 'denied'
    when error_code is not null then 'failure'
    else 'unknown'
  end as outcome,
  -- A refused assertion names its subject in the error alone:
  -- https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
  regexp_extract(coalesce(reason, ''), 'system:serviceaccount:([a-z0-9.-]+):([a-z0-9.-]+)',
    ['namespace', 'name']) as subject,
  resource_id = 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093' or resource_name = 'Azure Key Vault' as of_key_vault
from azure_sign_in_united;

insert into derived_event by name
select
  event_id,
  'azure_sign_in' as source,
  instance as cluster,
  "at",
  actor,
  actor_class,
  'sign_in' as action,
  resource_name as resource,
  coalesce(principal_name, user_principal_name) as name,
  coalesce(principal_id, user_id) as uid,
  outcome,
  error_code as code,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  user_agent,
  coalesce(sorted_distinct(list_concat(flags, [
    case when contradiction then 'contradiction' end,
    case when "at" is null then 'no_time' end
  ])), []) as flags
from azure_sign_in_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from azure_sign_in_copy;

create or replace temp table azure_sign_in_place as
select copy.record_id, event.event_id, event.instance, record.batch_id, record.stream, record."at"
from azure_sign_in_copy as copy
join azure_sign_in_event as event using (event_id)
join azure_sign_in_record as record using (record_id);

insert into stream_interval by name
select
  stream,
  'azure_sign_in' as source,
  instance as cluster,
  min("at") as first_at,
  max("at") as last_at,
  count(distinct event_id) as events,
  []::varchar[] as levels
from azure_sign_in_place
group by stream, instance;

insert into log_minute by name
select batch_id, stream, 'azure_sign_in' as source, instance as cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from azure_sign_in_place
where "at" is not null
group by batch_id, stream, instance, date_trunc('minute', "at")
order by batch_id, instance, "minute";
