-- One sign-in to typed columns, from the resource log or a row of a workspace:
-- https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadserviceprincipalsigninlogs
-- https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadmanagedidentitysigninlogs
select
  * exclude (created_at, taken_up_at, code_text),
  -- When it happened, else when the log took it up.
  coalesce(
    case when isfinite(created_at) then created_at end,
    case when isfinite(taken_up_at) then taken_up_at end
  ) as "at",
  try_cast(code_text as integer) as error_code
from (
  select
    staged.* exclude (
      text, observed_at, time, time_generated, created, created_exported, category, category_exported, table_name,
      tenant, tenant_lower, tenant_exported, sign_in_id, sign_in_id_exported, error_code, result_type,
      result_type_lower, result_type_exported, failure_reason, result_description, result_description_lower,
      result_description_exported, application, application_exported, principal, principal_exported,
      principal_name, principal_name_exported, user_id, user_id_exported, user_name, user_name_exported, address,
      address_caller, address_caller_lower, address_exported, agent, agent_exported, resource_name,
      resource_name_exported, resource, resource_exported, credential_type, credential_type_exported,
      managed_identity_type, managed_identity_type_exported, key_id, key_id_exported, thumbprint,
      thumbprint_exported, federated_credential, federated_credential_exported, token, token_exported,
      correlation, correlation_exported, status_exported
    ),
    try_cast(coalesce(nullif(created, ''), nullif(created_exported, '')) as timestamptz) as created_at,
    try_cast(coalesce(nullif(time, ''), nullif(time_generated, '')) as timestamptz) as taken_up_at,
    replace(replace(coalesce(category, category_exported, table_name), 'AAD', ''), 'SigninLogs', 'SignInLogs')
      as category,
    lower(coalesce(nullif(tenant, ''), nullif(tenant_lower, ''), nullif(tenant_exported, ''))) as tenant,
    lower(coalesce(nullif(sign_in_id, ''), nullif(sign_in_id_exported, ''))) as sign_in_id,
    coalesce(
      error_code, result_type, result_type_lower, result_type_exported,
      json_extract_string(
        case when json_type(status_exported) = 'VARCHAR'
          then try_cast((status_exported ->> '$') as json) else status_exported end,
        '$.errorCode'
      )
    ) as code_text,
    coalesce(failure_reason, result_description, result_description_lower, result_description_exported)
      as reason,
    lower(coalesce(nullif(application, ''), nullif(application_exported, ''))) as application_id,
    lower(coalesce(nullif(principal, ''), nullif(principal_exported, ''))) as principal_id,
    coalesce(nullif(principal_name, ''), nullif(principal_name_exported, '')) as principal_name,
    lower(coalesce(nullif(user_id, ''), nullif(user_id_exported, ''))) as user_id,
    coalesce(nullif(user_name, ''), nullif(user_name_exported, '')) as user_principal_name,
    coalesce(nullif(address, ''), nullif(address_exported, ''), nullif(address_caller, ''),
      nullif(address_caller_lower, '')) as remote_address,
    coalesce(nullif(agent, ''), nullif(agent_exported, '')) as user_agent,
    coalesce(nullif(resource_name, ''), nullif(resource_name_exported, '')) as resource_name,
    lower(coalesce(nullif(resource, ''), nullif(resource_exported, ''))) as resource_id,
    nullif(lower(coalesce(credential_type, credential_type_exported)), 'none') as credential_type,
    nullif(lower(coalesce(managed_identity_type, managed_identity_type_exported)), 'none')
      as managed_identity_type,
    lower(coalesce(nullif(key_id, ''), nullif(key_id_exported, ''))) as key_id,
    lower(coalesce(nullif(thumbprint, ''), nullif(thumbprint_exported, ''))) as thumbprint,
    lower(coalesce(nullif(federated_credential, ''), nullif(federated_credential_exported, '')))
      as federated_credential,
    coalesce(nullif(token, ''), nullif(token_exported, '')) as token_identifier,
    coalesce(nullif(correlation, ''), nullif(correlation_exported, '')) as correlation_id
  from staged
) as named
