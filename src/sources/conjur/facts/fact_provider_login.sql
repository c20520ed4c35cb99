-- Authentications. A message names the authenticator and the role, no session: later requests are known by the role.
-- https://docs.cyberark.com/Product-Doc/OnlineHelp/AAM-DAP/Latest/en/Content/Operations/Services/Audit/dap-audit-events.htm
insert into fact_provider_login by name
select
  "at",
  'conjur' as source,
  actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'conjur' as provider,
  instance,
  -- As `authnId` of a class calls it: authn-jwt/<service>.
  coalesce(nullif(regexp_extract(service, ':webservice:conjur/(.+)$', 1), ''), authenticator) as auth_mount,
  case authenticator
    when 'authn' then 'api_key'
    when 'authn-k8s' then 'kubernetes'
    else regexp_replace(authenticator, '^authn-', '')
  end as auth_method,
  regexp_replace(actor, '^[^:]+:[^:]+:', '') as role,
  nullif(account['namespace'], '') as namespace,
  nullif(account['name'], '') as service_account,
  actor as entity,
  outcome = 'success' as succeeded,
  remote_address as address,
  process as request_id
from conjur_event
where "at" is not null
  and operation in ('authenticate', 'login')
  and outcome in ('success', 'denied')
  and actor is not null;
