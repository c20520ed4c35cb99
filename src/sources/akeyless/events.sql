-- Entries of the audit log of an account to events. None has an id: entries equal in time, account, identity, action,
-- items, status, address and duration are copies of one, by way of two gateways or of two forms.
-- https://docs.akeyless.io/docs/audit-logs

create or replace temp table akeyless_copy as
select
  record_id,
  event_id_of('akeyless', case when "at" is null or access_id is null then 'record ' || record_id
    else concat_ws(chr(10), epoch_us("at"), coalesce(account, ''), access_id, coalesce(action, ''), coalesce(items::varchar, ''),
      coalesce(status, 0), coalesce(remote_address, ''), coalesce(duration, '')) end) as event_id
from akeyless_record;

create or replace temp table akeyless_event as
with
  united as (
    select
      copy.event_id,
      list(record.record_id order by record.record_id) as record_ids,
      min(record."at") as "at",
      coalesce(min(record.account), 'default') as instance,
      min(record.access_id) as access_id,
      min(record.action) as action,
      min(record.item_type) as item_type,
      min(record.status) as status,
      min(record.unique_id) as unique_id,
      min(record.access_type) as access_type,
      min(record.user_agent) as user_agent,
      min(record.version) as version,
      min(nullif(record.remote_address, '')) as remote_address,
      min(record.items) as items,
      sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
    from akeyless_copy as copy
    join akeyless_record as record using (record_id)
    group by copy.event_id
  )
select
  *,
  -- Names of items begin with a slash, whether it was typed or not.
  sorted_distinct(list_transform(coalesce(items, []), lambda item: 'akeyless:/' || ltrim(item, '/'))) as objects,
  -- Methods that people log in by: https://docs.akeyless.io/docs/access-and-authentication-methods
  case
    when regexp_matches(access_type, 'saml|oidc|ldap|email|password') then 'human'
    when access_type is not null then 'workload'
  end as actor_class,
  case
    when status between 100 and 399 then 'success'
    when status in (401, 403) then 'denied'
    when status is not null then 'failure'
    else 'unknown'
  end as outcome
from united;

insert into derived_event by name
select
  event_id,
  'akeyless' as source,
  instance as cluster,
  "at",
  access_id as actor,
  actor_class,
  coalesce(action, 'unknown') as action,
  lower(item_type) as resource,
  coalesce(items[1], unique_id) as name,
  case when len(objects) = 1 then objects[1] end as object,
  outcome,
  status as code,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  user_agent,
  coalesce(sorted_distinct(list_concat(flags, [case when "at" is null then 'no_time' end])), []) as flags
from akeyless_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from akeyless_copy;

create or replace temp table akeyless_place as
select copy.record_id, copy.event_id, event.instance, record.batch_id, record.stream, record."at"
from akeyless_copy as copy
join akeyless_event as event using (event_id)
join akeyless_record as record using (record_id);

insert into stream_interval by name
select
  stream,
  'akeyless' as source,
  instance as cluster,
  min("at") as first_at,
  max("at") as last_at,
  count(distinct event_id) as events,
  []::varchar[] as levels
from akeyless_place
group by stream, instance;

insert into log_minute by name
select batch_id, stream, 'akeyless' as source, instance as cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from akeyless_place
where "at" is not null
group by batch_id, stream, instance, date_trunc('minute', "at")
order by batch_id, instance, "minute";
