-- Logins of applications and managed identities, and of people who log in for Key Vault. The token is named by
-- its `uti` claim. A federated credential is named by its id: which service account it trusts stands in no
-- sign-in, only a refused assertion tells its subject.
-- https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadserviceprincipalsigninlogs
insert into fact_provider_login by name
select
  "at",
  'azure_sign_in' as source,
  actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'azure' as provider,
  instance,
  token_identifier as session,
  auth_method,
  nullif(subject['namespace'], '') as namespace,
  nullif(subject['name'], '') as service_account,
  principal_id as entity,
  coalesce(principal_name, user_principal_name) as display_name,
  outcome = 'success' as succeeded,
  remote_address as address,
  user_agent,
  correlation_id as request_id,
  coalesce(federated_credential, key_id, thumbprint) as credential
from azure_sign_in_event
where "at" is not null
  and actor is not null
  and (actor_class = 'workload' or of_key_vault);
