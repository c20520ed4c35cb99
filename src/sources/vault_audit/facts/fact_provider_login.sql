-- Logins, and tokens made from tokens. Who logged in is on the response entry only.
insert into fact_provider_login by name
select
  "at",
  'vault_audit' as source,
  case when outcome = 'success' then identity end as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'vault' as provider,
  instance,
  namespace as provider_namespace,
  session,
  auth_mount,
  auth_method,
  role,
  service_account_namespace as namespace,
  service_account,
  service_account_uid,
  pod_name,
  pod_uid,
  jti,
  entity,
  shown_name as display_name,
  outcome = 'success' as succeeded,
  remote_address as address,
  user_agent,
  request_id,
  issued_token as client_token,
  parent_session
from vault_event
where is_login and answered and "at" is not null;
