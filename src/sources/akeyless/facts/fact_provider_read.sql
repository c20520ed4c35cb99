-- Reads of values: static, rotated and dynamic secrets, certificates with their private keys. get_item and
-- describe_item give details alone. The version is the one asked for, else that of the day.
-- https://docs.akeyless.io/docs/log-actions
insert into fact_provider_read by name
with reads as (
  select * exclude (objects), unnest(objects) as object
  from akeyless_event
  where outcome = 'success'
    and "at" is not null
    and access_id is not null
    and regexp_matches(action, '^get_(?:secret|static_secret|rotated_secret|dynamic_secret|certificate|pki_certificate)(?:_val(?:ue)?s?)?$')
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
  version,
  []::varchar[] as fields,
  false as wrapped,
  access_type as auth_method,
  unique_id as entity,
  unique_id as display_name,
  actor_class,
  remote_address as address,
  user_agent
from reads;
