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

-- AWS: the status calls an object after its file, and each part that a jmesPath takes out after its own. The name of
-- a secret is of the account that the pod's role is in, which reads alone tell.
-- https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-examples.html
create or replace temp macro aws_file_name(name, parameters) as
  case
    when lower(coalesce(parameters ->> '$.pathTranslation', '_')) = 'false' then name
    else replace(name, '/', coalesce(parameters ->> '$.pathTranslation', '_'))
  end;

-- What logs name of AWS. An ARN is the same object in every region, and may be typed without its six characters.
create or replace temp table aws_known_object as
with known as (
  select distinct object
  from known_object
  where starts_with(object, 'arn:')
), readers as (
  select distinct r.object, l.namespace
  from fact_provider_read as r
  join fact_provider_login as l
    on r.provider = l.provider
    and r.session = l.session
  where r.object is not null
    and l.namespace is not null
)
select known.object,
  string_split(known.object, ':')[4] as region,
  string_split(known.object, ':')[5] as account,
  case when contains(known.object, ':secret:') then 'secretsmanager' else 'ssmparameter' end as kind,
  case when contains(known.object, ':secret:')
    then regexp_extract(known.object, ':secret:(.+)-[A-Za-z0-9]{6}$', 1)
    else regexp_extract(known.object, ':parameter/(.+)$', 1) end as name,
  regexp_extract(known.object, ':(?:secret:|parameter/)(.+)$', 1) as resource,
  coalesce(list(readers.namespace) filter (where readers.namespace is not null), []) as readers
from known
left join readers using (object)
group by known.object;

create or replace temp table aws_class_object as
with entries as (
  select class_revision.*, unnest(from_json(json_extract(parameters, '$.objects'), '["json"]')) as entry
  from class_revision
  where lower(provider) = 'aws'
    and json_type(parameters, '$.objects') = 'ARRAY'
), typed as (
  select *, entry ->> '$.objectName' as object_name,
    aws_file_name(coalesce(nullif(entry ->> '$.objectAlias', ''), entry ->> '$.objectName'), parameters) as file_name,
    case
      when contains(entry ->> '$.objectName', ':secretsmanager:') then 'secretsmanager'
      when contains(entry ->> '$.objectName', ':ssm:') then 'ssmparameter'
      else coalesce(lower(entry ->> '$.objectType'), 'secretsmanager')
    end as kind
  from entries
  where entry ->> '$.objectName' is not null
), named as (
  select *,
    ltrim(regexp_replace(object_name, '^arn:[^:]+:(secretsmanager:[^:]*:[0-9]*:secret:|ssm:[^:]*:[0-9]*:parameter)', ''), '/') as resource,
    nullif(regexp_extract(object_name, '^arn:[^:]+:[^:]+:[^:]*:([0-9]+):', 1), '') as account,
    coalesce(nullif(regexp_extract(object_name, '^arn:[^:]+:[^:]+:([^:]+):', 1), ''), parameters ->> '$.region') as region
  from typed
), candidates as (
  select named.*, known.object,
    row_number() over (
      partition by named.cluster, named.namespace, named.name, named.valid_from, named.file_name
      order by named.object_name, known.resource is distinct from named.resource,
        not list_contains(known.readers, named.namespace),
        known.region is distinct from named.region,
        known.object
    ) as preference
  from named
  left join aws_known_object as known
    on named.kind = known.kind
    and (named.resource = known.resource or named.resource = known.name)
    and coalesce(named.account = known.account, true)
    and (named.kind = 'secretsmanager' or coalesce(named.region = known.region, true))
), settled as (
  select * exclude (object),
    coalesce(object, case when starts_with(object_name, 'arn:') then object_name end, 'aws:' || object_name) as object
  from candidates
  where preference = 1
), files as (
  select *, null::varchar as field, file_name as file
  from settled
  union all by name
  select * exclude (path), path.path as field, aws_file_name(path."objectAlias", parameters) as file
  from (
    select *, unnest(from_json(entry -> '$.jmesPath', '[{ "path": "varchar", "objectAlias": "varchar" }]')) as path
    from settled
    where json_type(entry, '$.jmesPath') = 'ARRAY'
  ) as parted
  where path."objectAlias" is not null
)
select *, nullif(entry ->> '$.objectVersion', '') as pinned_version
from files;

insert into class_object by name
select cluster, namespace, name as class, valid_from, used_from, valid_to, grade, evidence, entity_id, file as object_id,
  object_name as secret_path, field, pinned_version, object, file, true as tells_version, 0 as slot
from aws_class_object;

-- Google Cloud: the status calls an object as the class does, `latest` or a number, and its version by the whole name.
-- https://github.com/GoogleCloudPlatform/secrets-store-csi-driver-provider-gcp#usage
create or replace temp table gcp_class_object as
with entries as (
  select class_revision.*, unnest(from_json(json_extract(parameters, '$.secrets'), '["json"]')) as entry
  from class_revision
  where lower(provider) in ('gcp', 'gke')
    and json_type(parameters, '$.secrets') = 'ARRAY'
), named as (
  select *, entry ->> '$.resourceName' as resource_name,
    regexp_extract(entry ->> '$.resourceName', '^projects/([^/]+)/((?:locations/[^/]+/)?secrets/[^/]+)', ['project', 'secret']) as parts
  from entries
), known as (
  select distinct object, regexp_extract(object, '^projects/[^/]+/(.+)$', 1) as secret
  from known_object
  where starts_with(object, 'projects/')
), candidates as (
  select named.*, known.object as known,
    row_number() over (
      partition by named.cluster, named.namespace, named.name, named.valid_from, named.resource_name
      order by coalesce(nullif(entry ->> '$.path', ''), entry ->> '$.fileName'), known.object
    ) as preference
  from named
  -- A project's number may stand for its id, where one project alone has such a secret.
  left join (from known qualify count(*) over (partition by secret) = 1) as known
    on named.parts['secret'] = known.secret
    and regexp_full_match(named.parts['project'], '[0-9]+')
  where named.parts['secret'] <> ''
)
select *,
  coalesce(known, 'projects/' || parts['project'] || '/' || parts['secret']) as object,
  coalesce(nullif(entry ->> '$.path', ''), nullif(entry ->> '$.fileName', ''), resource_name) as file,
  nullif(regexp_extract(resource_name, '/versions/([0-9]+)$', 1), '') as pinned_version
from candidates
where preference = 1;

insert into class_object by name
select cluster, namespace, name as class, valid_from, used_from, valid_to, grade, evidence, entity_id,
  resource_name as object_id, resource_name as secret_path, pinned_version, object, file, true as tells_version, 0 as slot
from gcp_class_object;
