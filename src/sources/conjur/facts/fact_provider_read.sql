-- Fetches of values, one variable each. A version is named only where it was asked for: by `?version=`. What a mount
-- reads comes through the batch request, which names none: then it is the version of the day.
-- https://docs.cyberark.com/conjur-open-source/latest/en/content/developer/conjur_api_retrieve_secret.htm
insert into fact_provider_read by name
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
  version,
  []::varchar[] as fields,
  false as wrapped,
  nullif(account['namespace'], '') as namespace,
  nullif(account['name'], '') as service_account,
  actor as entity,
  actor_class,
  remote_address as address,
  process as request_id
from conjur_event
where outcome = 'success'
  and "at" is not null
  and object is not null
  and coalesce(operation, message_id) = 'fetch';
