-- What else identities, vaults and projects are called. Of Azure logs have the application id or the principal name, policies
-- the object id, federated credentials the resource id.
-- https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals
-- Of Google Cloud a service account and a project have a number too.
-- https://cloud.google.com/resource-manager/docs/creating-managing-projects#identifying_projects
insert into fact_provider_name by name
with
  identities as (
    select *, document ->> '$.email' as means, [document ->> '$.uniqueId'] as names
    from provider_object
    where object_kind = 'gcp_service_account'
    union all by name
    select *, regexp_extract(name, '(projects/[^/]+)$', 1) as means, [document ->> '$.project'] as names
    from provider_object
    where object_kind = 'gcp_policy'
      and regexp_matches(name, '^//cloudresourcemanager[.]googleapis[.]com/projects/[a-z]')
      and (document ->> '$.project') is not null
    union all by name
    select *, lower(document ->> '$.clientId') as means, [lower(document ->> '$.principalId'), lower(document ->> '$.id')] as names
    from provider_object
    where object_kind = 'azure_identity'
    union all by name
    select *, lower(document ->> '$.appId') as means, [lower(document ->> '$.id')] as names
    from provider_object
    where object_kind = 'azure_service_principal'
    union all by name
    -- A managed identity may be printed by another of its names.
    select *,
      case document ->> '$.principalType'
        when 'User' then document ->> '$.principalName'
        else lower(nullif(regexp_extract(document ->> '$.principalName', '^[0-9A-Fa-f-]{36}$'), ''))
      end as means,
      [lower(document ->> '$.principalId')] as names
    from provider_object
    where object_kind = 'azure_role_assignment'
      and (document ->> '$.principalType') in ('User', 'ServicePrincipal')
    union all by name
    select *, rtrim(lower(document ->> '$.properties.vaultUri'), '/') as means, [lower(document ->> '$.id')] as names
    from provider_object
    where object_kind = 'azure_vault'
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  string_split(object_kind, '_')[1] as provider,
  means,
  unnest(names) as name
from identities
where nullif(means, '') is not null;
