-- What happened to variables. A new value is logged without its version, and also where it is the same as before,
-- which makes no version. A policy makes variables, without a value, and deletes them with all their versions.
-- https://docs.cyberark.com/conjur-open-source/latest/en/content/developer/conjur_api_add_secret.htm
insert into fact_provider_version by name
with
  changed as (
    select *,
      case
        when operation = 'update' or message_id = 'update' then 'created'
        when message_id = 'policy' and operation = 'add' and not is_of_part then 'declared'
        when message_id = 'policy' and operation in ('remove', 'delete') and not is_of_part then 'metadata_deleted'
      end as change
    from conjur_event
    where outcome = 'success' and "at" is not null and object is not null
  )
select
  "at",
  'conjur' as source,
  actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'conjur' as provider,
  instance,
  object,
  null::varchar as version,
  change as action
from changed
where change is not null;
