-- One record of a vault's audit log to typed columns, from the resource log, AzureDiagnostics or AZKVAuditLogs:
-- https://learn.microsoft.com/azure/key-vault/general/logging
-- https://learn.microsoft.com/azure/azure-monitor/reference/tables/azkvauditlogs
--
-- Rows of a workspace that a command line exports hold every value as a text, dynamic columns too.
select
  named.* exclude (claim, enabled_text, claim_oid_flat, claim_object_identifier_flat, claim_appid_flat,
    claim_appidacr_flat, claim_idtyp_flat, claim_scope_flat, claim_managed_identity_flat, claim_upn_flat,
    claim_long_upn_flat),
  case when isfinite(try_cast(time_text as timestamptz)) then try_cast(time_text as timestamptz) end as "at",
  try_cast(enabled_text as boolean) as enabled,
  lower(coalesce(
    nullif((claim ->> '$.oid'), ''),
    nullif((claim ->> '$."http://schemas.microsoft.com/identity/claims/objectidentifier"'), ''),
    nullif(claim_oid_flat, ''),
    nullif(claim_object_identifier_flat, '')
  )) as object_identifier,
  lower(coalesce(nullif((claim ->> '$.appid'), ''), nullif(claim_appid_flat, ''))) as application_id,
  coalesce(nullif((claim ->> '$.appidacr'), ''), nullif(claim_appidacr_flat, '')) as application_credential,
  coalesce(nullif((claim ->> '$.idtyp'), ''), nullif(claim_idtyp_flat, '')) as identity_type,
  coalesce(nullif((claim ->> '$.scp'), ''), nullif(claim_scope_flat, '')) as scope,
  lower(coalesce(nullif((claim ->> '$.xms_mirid'), ''), nullif(claim_managed_identity_flat, '')))
    as managed_identity,
  coalesce(
    nullif((claim ->> '$.upn'), ''),
    nullif((claim ->> '$."http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"'), ''),
    nullif(claim_upn_flat, ''),
    nullif(claim_long_upn_flat, '')
  ) as user_principal_name
from (
  select
    staged.* exclude (
      text, observed_at, time, time_generated, resource_id, resource_id_exported, resource_id_flat,
      operation, operation_exported, result_signature, result_signature_exported, correlation_id,
      correlation_id_exported, caller_address, caller_address_flat, caller_address_exported, object_url,
      object_url_flat, object_url_exported, request_url, request_url_flat, request_url_exported, client,
      client_flat, client_exported, status_code, status_code_flat, status_code_exported, secret_enabled,
      secret_enabled_flat, key_enabled, key_enabled_flat, certificate_enabled, certificate_enabled_flat, identity,
      identity_exported, secret_properties_exported
    ),
    coalesce(nullif(time, ''), nullif(time_generated, '')) as time_text,
    lower(coalesce(nullif(resource_id, ''), nullif(resource_id_exported, ''), nullif(resource_id_flat, '')))
      as resource_id,
    coalesce(operation, operation_exported) as operation,
    lower(coalesce(result_signature, result_signature_exported)) as result_signature,
    coalesce(nullif(correlation_id, ''), nullif(correlation_id_exported, '')) as correlation_id,
    coalesce(nullif(caller_address, ''), nullif(caller_address_flat, ''), nullif(caller_address_exported, ''))
      as remote_address,
    lower(coalesce(nullif(object_url, ''), nullif(object_url_flat, ''), nullif(object_url_exported, '')))
      as object_url,
    coalesce(nullif(request_url, ''), nullif(request_url_flat, ''), nullif(request_url_exported, ''))
      as request_url,
    coalesce(nullif(client, ''), nullif(client_flat, ''), nullif(client_exported, '')) as user_agent,
    try_cast(try_cast(coalesce(status_code, status_code_flat, status_code_exported) as double) as integer)
      as status_code,
    coalesce(
      secret_enabled, secret_enabled_flat, key_enabled, key_enabled_flat, certificate_enabled,
      certificate_enabled_flat,
      json_extract_string(
        case when json_type(secret_properties_exported) = 'VARCHAR'
          then try_cast((secret_properties_exported ->> '$') as json)
          else secret_properties_exported end,
        '$.attributes.enabled'
      )
    ) as enabled_text,
    -- An export may hold the object as a text.
    coalesce(
      case when json_type(identity) = 'VARCHAR' then try_cast((identity ->> '$') as json) else identity end,
      case when json_type(identity_exported) = 'VARCHAR'
        then try_cast((identity_exported ->> '$') as json) else identity_exported end
    ) -> '$.claim' as claim
  from staged
) as named
