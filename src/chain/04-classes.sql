-- SecretProviderClass revisions, and what each of their objects asks of the provider.
-- https://developer.hashicorp.com/vault/docs/platform/k8s/csi/configurations
-- https://openbao.org/docs/platform/k8s/csi/configurations/

-- A patch says only what it changes: it is laid over the last whole body (JSON merge patch, RFC 7386;
-- `parameters` is a map of strings, where a strategic merge does the same).
create or replace temp table class_write as
with numbered as (
  select *,
    count(*) filter (where coalesce(complete, true))
      over (partition by cluster, namespace, name order by "at", event_id, evidence) as body_number
  from fact_secret_provider_class
  where action <> 'deleted'
    and name is not null
), folded as (
  select *,
    list(coalesce(parameters::varchar, '{}'))
      over (partition by cluster, namespace, name, body_number order by "at", event_id, evidence) as parts,
    first_value(provider)
      over (partition by cluster, namespace, name, body_number order by "at", event_id, evidence) as body_provider,
    last_value(secret_objects::varchar ignore nulls)
      over (partition by cluster, namespace, name, body_number order by "at", event_id, evidence) as body_secret_objects,
    bool_and(coalesce(firm, true))
      over (partition by cluster, namespace, name, body_number order by "at", event_id, evidence) as all_firm,
    bool_and(coalesce(complete, true) or parameters is not null)
      over (partition by cluster, namespace, name, body_number order by "at", event_id, evidence) as all_said
  from numbered
)
select cluster, namespace, name, "at", event_id, evidence, actor, body_number > 0 as whole, all_firm,
  body_number > 0 and all_firm and all_said as known,
  coalesce(provider, body_provider) as provider,
  body_secret_objects as secret_objects,
  list_reduce(parts, lambda base, patch: json_merge_patch(base, patch)::varchar) as parameters
from folded;

-- A revision begins where the content changed; snapshots and no-op updates that repeat it begin none.
-- The first one known is also the best guess for the time before it, which then is `inferred`; writes
-- before it of which no body was logged tell nothing.
create or replace temp table class_revision as
with told as (
  select *,
    whole or parameters <> '{}' or not bool_or(whole or parameters <> '{}') over (partition by cluster, namespace, name) as tells
  from class_write
), compared as (
  select *,
    lag(parameters) over (partition by cluster, namespace, name order by "at", event_id, evidence) as parameters_before,
    lag(provider) over (partition by cluster, namespace, name order by "at", event_id, evidence) as provider_before,
    row_number() over (partition by cluster, namespace, name order by "at", event_id, evidence) as number
  from told
  where tells
), changed as (
  select *
  from compared
  where number = 1
    or parameters is distinct from parameters_before
    or provider is distinct from provider_before
)
select cluster, namespace, name, "at" as valid_from,
  case when number = 1 then timestamptz '0001-01-01 00:00:00Z' else "at" end as used_from,
  lead("at") over (partition by cluster, namespace, name order by number) as valid_to,
  provider, parameters, whole, evidence, actor,
  case when whole and all_firm then 'recorded' else 'inferred' end as grade,
  'secret_provider_class:' || cluster || '/' || namespace || '/' || name || '@' || strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ') as entity_id
from changed;

-- Objects that provider logs name, without the instance, to find what a class means by its path.
create or replace temp table known_object as
with objects as (
  select object, instance, auth_mount, namespace
  from fact_provider_read
  where object is not null
  union all
  select object, instance, null, null
  from fact_provider_version
  where object is not null
)
select object, regexp_replace(object, '^vault:([^!/]*!)?', '') as object_key,
  list(distinct auth_mount || ' ' || namespace) filter (where auth_mount is not null) as readers
from objects
group by object;

create or replace temp macro go_json(value) as
  replace(replace(replace(replace(replace(value, '<', '\u003c'), '>', '\u003e'), '&', '\u0026'), chr(8232), '\u2028'), chr(8233), '\u2029');

-- An object as `json.Marshal` of Go prints the provider's struct: the text that the provider puts
-- into the HMAC before the value (vault-csi-provider, internal/provider/provider.go).
create or replace temp table class_entry as
with entries as (
  select class_revision.*, unnest(from_json(json_extract(parameters, '$.objects'), '["json"]')) as entry
  from class_revision
  where lower(provider) in ('vault', 'openbao')
    and json_type(parameters, '$.objects') = 'ARRAY'
), arguments as (
  select entries.*,
    case when json_type(entry, '$.secretArgs') = 'OBJECT' then (
      select '{' || coalesce(string_agg(to_json(key)::varchar || ':' || json_extract(entry, '$.secretArgs."' || replace(key, '"', '""') || '"')::varchar, ',' order by key), '') || '}'
      from (select unnest(json_keys(entry, '$.secretArgs')) as key)
    ) else 'null' end as secret_arguments
  from entries
)
select cluster, namespace, name, valid_from, used_from, valid_to, grade, evidence, entity_id,
  entry ->> '$.objectName' as object_id,
  nullif(entry ->> '$.secretKey', '') as field,
  nullif(upper(entry ->> '$.method'), '') as method,
  entry ->> '$.secretPath' as secret_path,
  regexp_extract(entry ->> '$.secretPath', '[?&]version=([0-9]+)', 1) as pinned_version,
  coalesce(
    nullif(trim(coalesce(parameters ->> '$.vaultAuthMountPath', parameters ->> '$.openbaoAuthMountPath',
      parameters ->> '$.vaultKubernetesMountPath', parameters ->> '$.openbaoKubernetesMountPath'), '/'), ''),
    'kubernetes'
  ) as auth_mount,
  nullif(parameters ->> '$.roleName', '') as role,
  nullif(trim(coalesce(parameters ->> '$.vaultNamespace', parameters ->> '$.openbaoNamespace'), '/'), '') as provider_namespace,
  go_json(
    '{"ObjectName":' || to_json(coalesce(entry ->> '$.objectName', ''))::varchar
    || ',"SecretPath":' || to_json(coalesce(entry ->> '$.secretPath', ''))::varchar
    || ',"SecretKey":' || to_json(coalesce(entry ->> '$.secretKey', ''))::varchar
    || ',"Method":' || to_json(coalesce(entry ->> '$.method', ''))::varchar
    || ',"SecretArgs":' || secret_arguments
    || ',"FilePermission":' || coalesce(try_cast(entry ->> '$.filePermission' as bigint), 0)::varchar
    || ',"Encoding":' || to_json(coalesce(entry ->> '$.encoding', ''))::varchar
    || '}'
  ) as configuration
from arguments;

-- The canonical object of each entry. The path may open with `/` or `/v1/` and carry a query; `data/`
-- of KV v2 is left out unless provider logs know the object with it (a KV v1 path may hold `data/`).
create or replace temp table class_object as
with paths as (
  select *,
    coalesce(provider_namespace || ':', '')
      || rtrim(regexp_replace(regexp_replace(secret_path, '[?].*$', ''), '^/*(v1/)?/*', ''), '/') as plain_key
  from class_entry
), keys as (
  select *, regexp_replace(plain_key, '^([^/]+(?:/[^/]+)*?)/data/', '\1/') as stripped_key
  from paths
), candidates as (
  select keys.*, known_object.object as known,
    row_number() over (
      partition by keys.cluster, keys.namespace, keys.name, keys.valid_from, keys.object_id
      order by keys.secret_path is null,
        keys.secret_path,
        known_object.object is null,
        known_object.object_key <> stripped_key,
        not list_contains(coalesce(known_object.readers, []), keys.auth_mount || ' ' || keys.namespace),
        contains(known_object.object, '!'),
        known_object.object
    ) as preference
  from keys
  left join known_object
    on known_object.object_key in (keys.stripped_key, keys.plain_key)
)
select cluster, namespace, name as class, valid_from, used_from, valid_to, grade, evidence, entity_id,
  object_id, field, method, secret_path, nullif(pinned_version, '') as pinned_version, auth_mount, role,
  configuration, coalesce(known, 'vault:' || stripped_key) as object,
  object_id as file,           -- as `secretObjects` names it
  null::varchar as reader,     -- as whom the provider's log will name the reads, where that is no service account
  false as tells_version,      -- whether the mount status reports the provider's own version
  0 as slot                    -- which of several versions that are mounted side by side
from candidates
where preference = 1
  and secret_path is not null;

insert into object_configuration
select distinct cluster, namespace, class, valid_from, object_id, configuration, object, field
from class_object
order by all;
