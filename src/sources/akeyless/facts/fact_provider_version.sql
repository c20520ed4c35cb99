-- What happened to items. An update of a value and a rotation make a version that the entry does not name; the version
-- in a request is the one that was asked for, not the one that was made.
-- https://docs.akeyless.io/docs/log-actions https://docs.akeyless.io/docs/secret-versioning
insert into fact_provider_version by name
with changed as (
  select * exclude (objects), unnest(objects) as object,
    case
      when action in ('create_secret', 'update_secret_val', 'update_secret_value', 'rotate_secret', 'rotate_item',
        'update_rotated_secret_value') then 'created'
      when action in ('delete_item', 'delete_items') then 'metadata_deleted'
    end as change
  from akeyless_event
  where outcome = 'success' and "at" is not null
)
select
  "at",
  'akeyless' as source,
  access_id as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'akeyless' as provider,
  instance,
  object,
  null::varchar as version,
  change as action
from changed
where change is not null;
