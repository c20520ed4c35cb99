-- A policy, role or binding as a vendor's command line prints it, to its kind and its JSON.
-- https://developer.hashicorp.com/vault/docs/commands/read
-- https://docs.aws.amazon.com/cli/latest/reference/iam/get-account-authorization-details.html
-- https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/get-resource-policy.html
-- https://docs.aws.amazon.com/cli/latest/reference/eks/describe-pod-identity-association.html
-- https://learn.microsoft.com/cli/azure/role/assignment https://learn.microsoft.com/cli/azure/keyvault
-- https://cloud.google.com/sdk/gcloud/reference/asset/search-all-iam-policies
-- https://learn.microsoft.com/cli/azure/identity https://learn.microsoft.com/cli/azure/ad/sp
select
  staged.* exclude (text, observed_at, parsed),
  observed_at as taken_at,
  case
    when json_type(parsed, '$.data.policy') = 'VARCHAR' and json_type(parsed, '$.data.name') = 'VARCHAR'
      then 'vault_policy'
    when json_type(parsed, '$.data.rules') = 'VARCHAR' and json_type(parsed, '$.data.name') = 'VARCHAR'
      then 'vault_policy'
    when json_exists(parsed, '$.data.bound_service_account_names')
      or json_exists(parsed, '$.data.bound_subject')
      then 'vault_role'
    when json_type(parsed, '$.RoleDetailList') = 'ARRAY'
      then 'aws_account'
    when json_type(parsed, '$.Role.Arn') = 'VARCHAR'
      then 'aws_role'
    -- A secret without a policy is printed by its names alone.
    when regexp_matches(parsed ->> '$.ARN', '^arn:[^:]+:secretsmanager:')
      and (json_exists(parsed, '$.ResourcePolicy') or json_keys(parsed) = ['ARN', 'Name'])
      then 'aws_resource_policy'
    when json_type(parsed, '$.association.roleArn') = 'VARCHAR'
      then 'aws_pod_identity_association'
    when json_exists(parsed, '$.roleDefinitionId') and json_type(parsed, '$.scope') = 'VARCHAR'
      then 'azure_role_assignment'
    when json_type(parsed, '$.properties.vaultUri') = 'VARCHAR'
      then 'azure_vault'
    -- Those of applications name none.
    when json_exists(parsed, '$.issuer') and regexp_matches(parsed ->> '$.id', '/federated[Ii]dentity[Cc]redentials/')
      then 'azure_federated_credential'
    when json_type(parsed, '$.clientId') = 'VARCHAR' and json_type(parsed, '$.principalId') = 'VARCHAR'
      then 'azure_identity'
    when json_type(parsed, '$.appId') = 'VARCHAR' and json_exists(parsed, '$.servicePrincipalType')
      then 'azure_service_principal'
    when json_type(parsed, '$.resource') = 'VARCHAR' and json_exists(parsed, '$.policy')
      then 'gcp_policy'
    when json_type(parsed, '$.uniqueId') = 'VARCHAR' and json_type(parsed, '$.email') = 'VARCHAR'
      then 'gcp_service_account'
  end as object_kind,
  coalesce(
    parsed ->> '$.data.name', parsed ->> '$.ARN', parsed ->> '$.Role.Arn', parsed ->> '$.association.associationArn',
    string_split(parsed ->> '$.RoleDetailList[0].Arn', ':')[5],
    parsed ->> '$.Name', parsed ->> '$.resource', parsed ->> '$.email', parsed ->> '$.id'
  ) as name,
  parsed as document
from (
  select *, try_cast(text as json) as parsed
  from staged
) as staged
