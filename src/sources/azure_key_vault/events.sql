-- Records of a vault's audit log to events: https://learn.microsoft.com/azure/key-vault/general/logging
--
-- Nothing in a record is a key of its own: `correlationId` is the client's to choose. The same record comes
-- from several destinations of a diagnostic setting and, as delivery is at least once, twice from one: equal
-- in vault, time as written (to 100 ns), operation, request, correlation and caller, it is one event. Without
-- a correlation or a time nothing unites records, each is an event of its own.

-- What a URL of a vault names. Identifiers are case-insensitive:
-- https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers
create or replace temp macro azure_vault_url(url) as
  regexp_extract(
    lower(url),
    '^https?://([a-z0-9][a-z0-9.-]*)(?::[0-9]+)?/(?:deleted)?(secrets|keys|certificates)/([0-9a-z-]+)(?:/([0-9a-f]{32})(?:[/?#]|$))?',
    ['host', 'kind', 'name', 'version']
  );

create or replace temp macro azure_vault_object(url) as
  case
    when azure_vault_url(url)['name'] <> ''
      -- Issuers and contacts of certificates are settings of the vault.
      and not (azure_vault_url(url)['kind'] = 'certificates' and azure_vault_url(url)['name'] in ('issuers', 'contacts'))
      then 'https://' || azure_vault_url(url)['host'] || '/' || azure_vault_url(url)['kind'] || '/'
        || azure_vault_url(url)['name']
  end;

create or replace temp table azure_key_vault_copy as
with
  copies as (
    select
      record_id,
      case
        when correlation_id is null or "at" is null then 'record ' || record_id
        else concat_ws(chr(10),
          coalesce(resource_id, ''), rtrim(regexp_replace(time_text, 'Z$|[+]00:00$', ''), '0'), coalesce(operation, ''),
          coalesce(request_url, ''), correlation_id, coalesce(remote_address, ''))
      end as key,
      status_code, object_url, coalesce(user_principal_name, application_id, object_identifier) as identity
    from azure_key_vault_record
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(identity) over keys <> max(identity) over keys
          then 'identity ' || coalesce(identity, min(identity) over keys) end,
        case when min(object_url) over keys <> max(object_url) over keys
          then 'object ' || coalesce(object_url, min(object_url) over keys) end,
        case when min(status_code) over keys <> max(status_code) over keys
          then 'code ' || coalesce(status_code, min(status_code) over keys) end
      ) as variant
    from copies
    window keys as (partition by key)
  )
select
  record_id,
  event_id_of('azure_key_vault', case when variant = '' then key else key || chr(10) || variant end) as event_id,
  variant <> '' as contradiction
from statements;

create or replace temp table azure_key_vault_united as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  min(record."at") as "at",
  min(record.resource_id) as resource_id,
  min(record.operation) as operation,
  min(record.result_signature) as result_signature,
  min(record.correlation_id) as correlation_id,
  min(record.remote_address) as remote_address,
  min(record.object_url) as object_url,
  min(record.request_url) as request_url,
  min(record.user_agent) as user_agent,
  min(record.status_code) as status_code,
  min(record.enabled) as enabled,
  min(record.object_identifier) as object_identifier,
  min(record.application_id) as application_id,
  min(record.application_credential) as application_credential,
  min(record.identity_type) as identity_type,
  min(record.scope) as scope,
  min(record.managed_identity) as managed_identity,
  min(record.user_principal_name) as user_principal_name,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from azure_key_vault_copy as copy
join azure_key_vault_record as record using (record_id)
group by copy.event_id;

-- `resultType` says Success for refusals too; the HTTP status tells. A 401 without an identity is the first leg
-- of every client's login, which asks the vault where to get a token; it is no attempt and no refusal:
-- https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
create or replace temp table azure_key_vault_event as
with
  parted as (
    select
      *,
      coalesce(azure_vault_object(object_url), azure_vault_object(request_url)) as object,
      -- What was answered names the version. A request for the latest has none, and `/versions` is no version.
      coalesce(
        nullif(azure_vault_url(object_url)['version'], ''),
        nullif(azure_vault_url(request_url)['version'], '')
      ) as version,
      coalesce(
        nullif(regexp_extract(resource_id, '/(?:vaults|managedhsms)/([^/]+)', 1), ''),
        nullif(regexp_extract(lower(coalesce(object_url, request_url)),
          '^https?://([^./]+)[.](?:vault|managedhsm)[.]', 1), ''),
        'default'
      ) as instance,
      status_code = 401 and operation = 'Authentication'
        and coalesce(user_principal_name, application_id, object_identifier) is null as challenge
    from azure_key_vault_united
  )
select
  * exclude (challenge),
  coalesce(challenge, false) as challenge,
  coalesce(user_principal_name, application_id, object_identifier) as actor,
  case
    when user_principal_name is not null or scope is not null then 'human'
    when application_id is not null or identity_type = 'app' or managed_identity is not null then 'workload'
  end as actor_class,
  case
    when managed_identity is not null then 'managed_identity'
    when application_credential = '1' then 'client_secret'
    when application_credential = '2' then 'certificate'
  end as auth_method,
  case
    when challenge then 'unknown'
    when status_code between 200 and 299 then 'success'
    when status_code = 403 or result_signature = 'forbidden' then 'denied'
    when status_code is not null then 'failure'
    else 'unknown'
  end as outcome,
  case when object is not null then azure_vault_url(coalesce(object_url, request_url))['kind'] end as kind
from parted;

insert into derived_event by name
select
  event_id,
  'azure_key_vault' as source,
  instance as cluster,
  "at",
  actor,
  actor_class,
  operation as action,
  string_split(object, '/')[4] as resource,
  string_split(object, '/')[5] as name,
  object_identifier as uid,
  object,
  outcome,
  status_code as code,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  user_agent,
  coalesce(sorted_distinct(list_concat(flags, [
    case when contradiction then 'contradiction' end,
    case when challenge then 'challenge' end,
    case when "at" is null then 'no_time' end
  ])), []) as flags
from azure_key_vault_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from azure_key_vault_copy;

create or replace temp table azure_key_vault_place as
select copy.record_id, event.event_id, event.instance, record.batch_id, record.stream, record."at"
from azure_key_vault_copy as copy
join azure_key_vault_event as event using (event_id)
join azure_key_vault_record as record using (record_id);

insert into stream_interval by name
select
  stream,
  'azure_key_vault' as source,
  instance as cluster,
  min("at") as first_at,
  max("at") as last_at,
  count(distinct event_id) as events,
  []::varchar[] as levels
from azure_key_vault_place
group by stream, instance;

insert into log_minute by name
select batch_id, stream, 'azure_key_vault' as source, instance as cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from azure_key_vault_place
where "at" is not null
group by batch_id, stream, instance, date_trunc('minute', "at")
order by batch_id, instance, "minute";
