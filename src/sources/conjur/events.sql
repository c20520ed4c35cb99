-- Audit messages of Conjur to events. The process id of a message is the id of the request, so that of one request
-- equal in time, operation, role and subject are copies, by way of two relays, or as text and as JSON. A request
-- that fetches several variables has a message for each. Without such an id each message is an event of its own.
-- https://github.com/cyberark/conjur/blob/master/docs/audit.md

create or replace temp table conjur_copy as
with
  copies as (
    select
      record_id,
      case
        when "at" is null or not coalesce(contains(process, '-'), false) then 'record ' || record_id
        else concat_ws(chr(10), process, epoch_us("at"), coalesce(operation, message_id, ''), coalesce(user_role, ''),
          coalesce(resource, ''), coalesce(subject_role, ''), coalesce(version, ''), coalesce(policy, ''))
      end as key,
      result, remote_address
    from conjur_record
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(result) over keys <> max(result) over keys then 'result ' || coalesce(result, '') end,
        case when min(remote_address) over keys <> max(remote_address) over keys
          then 'address ' || coalesce(remote_address, min(remote_address) over keys) end
      ) as variant
    from copies
    window keys as (partition by key)
  )
select
  record_id,
  event_id_of('conjur', case when variant = '' then key else key || chr(10) || variant end) as event_id,
  variant <> '' as contradiction
from statements;

create or replace temp table conjur_united as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  min(record."at") as "at",
  min(record.process) as process,
  min(record.message_id) as message_id,
  min(record.user_role) as user_role,
  min(record.authenticator) as authenticator,
  min(record.service) as service,
  min(record.resource) as resource,
  min(record.subject_role) as subject_role,
  min(record.version) as version,
  min(record.remote_address) as remote_address,
  min(record.result) as result,
  min(record.operation) as operation,
  bool_or(record.is_of_part) as is_of_part,
  bool_or(record.is_refusal) as is_refusal,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from conjur_copy as copy
join conjur_record as record using (record_id)
group by copy.event_id;

-- Roles and resources are called account:kind:id. A host that authenticates with a token of Kubernetes may have the
-- token's subject as the end of its id: https://docs.cyberark.com/conjur-open-source/latest/en/content/operations/services/cjr-authn-jwt-uc.htm
create or replace temp table conjur_event as
with
  parted as (
    select
      *,
      coalesce(user_role, case when message_id = 'authn' then subject_role end) as actor,
      regexp_extract(resource, '(?s)^([^:]+):([^:]+):(.+)$', ['account', 'kind', 'id']) as subject
    from conjur_united
  )
select
  parted.*,
  coalesce(nullif(subject['account'], ''), nullif(regexp_extract(actor, '^([^:]+):[^:]+:', 1), ''), 'default')
    as instance,
  case when subject['kind'] = 'variable' then 'conjur:' || subject['id'] end as object,
  regexp_extract(actor, '^[^:]+:host:(?:.*/)?system:serviceaccount:([^:/]+):([^:/]+)$', ['namespace', 'name']) as account,
  case
    when regexp_matches(actor, '^[^:]+:user:') then 'human'
    when regexp_matches(actor, '^[^:]+:host:') then 'workload'
  end as actor_class,
  case
    when result = 'success' then 'success'
    when result = 'failure' then
      case when is_refusal or message_id = 'authn' or operation in ('authenticate', 'login') then 'denied' else 'failure' end
    -- Before results were logged, changes of policies had none.
    when message_id = 'policy' then 'success'
    else 'unknown'
  end as outcome
from parted;

insert into derived_event by name
select
  event_id,
  'conjur' as source,
  instance as cluster,
  "at",
  actor,
  actor_class,
  coalesce(operation, message_id, 'unknown') as action,
  coalesce(nullif(subject['kind'], ''), nullif(regexp_extract(subject_role, '^[^:]+:([^:]+):', 1), '')) as resource,
  coalesce(resource, subject_role) as name,
  object,
  outcome,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  coalesce(sorted_distinct(list_concat(flags, [
    case when contradiction then 'contradiction' end,
    case when "at" is null then 'no_time' end
  ])), []) as flags
from conjur_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from conjur_copy;

create or replace temp table conjur_place as
select copy.record_id, copy.event_id, event.instance, record.batch_id, record.stream, record."at"
from conjur_copy as copy
join conjur_event as event using (event_id)
join conjur_record as record using (record_id);

insert into stream_interval by name
select
  stream,
  'conjur' as source,
  instance as cluster,
  min("at") as first_at,
  max("at") as last_at,
  count(distinct event_id) as events,
  []::varchar[] as levels
from conjur_place
group by stream, instance;

insert into log_minute by name
select batch_id, stream, 'conjur' as source, instance as cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from conjur_place
where "at" is not null
group by batch_id, stream, instance, date_trunc('minute', "at")
order by batch_id, instance, "minute";
