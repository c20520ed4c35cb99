-- Objects that classes ask of cloud providers. Their mount statuses report the provider's own version.

-- Azure: `objects` holds an array of YAML texts. The id is the type and the name, and the place among the latest
-- versions where more than one is asked for; the provider mounts one more than that (provider.go,
-- getLatestNKeyVaultObjects). Without `clientID` or `userAssignedIdentityID` the class does not tell as whom it reads.
-- https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/
create or replace temp table azure_class_entry as
with entries as (
  select class_revision.*, unnest(from_json(json_extract(parameters, '$.objects.array'), '["json"]')) as entry,
    lower(trim(parameters ->> '$.keyvaultName')) as vault,
    coalesce(nullif(lower(trim(parameters ->> '$.cloudName')), ''), 'azurepubliccloud') as cloud
  from class_revision
  where lower(provider) = 'azure'
    and json_type(parameters, '$.objects.array') = 'ARRAY'
), named as (
  select *,
    trim(entry ->> '$.objectName') as object_name,
    trim(entry ->> '$.objectType') as object_type,
    nullif(trim(entry ->> '$.objectAlias'), '') as alias,
    nullif(lower(trim(entry ->> '$.objectVersion')), '') as asked_version,
    coalesce(try_cast(entry ->> '$.objectVersionHistory' as integer), 1) as history,
    -- https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers
    case cloud
      when 'azurepubliccloud' then 'vault.azure.net'
      when 'azureusgovernmentcloud' then 'vault.usgovcloudapi.net'
      when 'azureusgovernment' then 'vault.usgovcloudapi.net'
      when 'azurechinacloud' then 'vault.azure.cn'
      when 'azuregermancloud' then 'vault.microsoftazure.de'
    end as domain,
    case lower(trim(entry ->> '$.objectType'))
      when 'secret' then 'secrets'
      when 'key' then 'keys'
      when 'cert' then 'certificates'
    end as collection
  from entries
  where vault <> ''
), placed as (
  select *, unnest(case when history > 1 then generate_series(0, least(history, 1000)) else [0] end) as slot
  from named
)
select *,
  object_type || '/' || object_name || case when history > 1 then '/' || slot else '' end as object_id,
  coalesce(alias, object_name) || case when history > 1 then '/' || slot else '' end as file,
  'https://' || vault || '.' || domain || '/' || collection || '/' || lower(object_name) as object,
  case when history <= 1 then asked_version end as pinned_version,
  lower(coalesce(nullif(trim(parameters ->> '$.clientID'), ''), nullif(trim(parameters ->> '$.userAssignedIdentityID'), '')))
    as reader
from placed;

-- Two aliases of one object are one id.
insert into class_object by name
select cluster, namespace, name as class, valid_from, used_from, valid_to, grade, evidence, entity_id, object_id,
  pinned_version, object, file, reader, true as tells_version, slot
from azure_class_entry
where object is not null;
