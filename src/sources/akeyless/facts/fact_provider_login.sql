-- Authentications. No entry names the session that came of one: later requests are known by the access id.
-- https://docs.akeyless.io/docs/audit-logs
insert into fact_provider_login by name
select
  "at",
  'akeyless' as source,
  access_id as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'akeyless' as provider,
  instance,
  access_type as auth_method,
  access_id as role,
  unique_id as entity,
  unique_id as display_name,
  outcome = 'success' as succeeded,
  remote_address as address,
  user_agent
from akeyless_event
where "at" is not null
  and access_id is not null
  and regexp_matches(action, '^(?:auth|authenticate|authentication)$')
  and outcome in ('success', 'denied', 'failure');
