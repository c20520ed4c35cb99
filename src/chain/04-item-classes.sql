-- Objects that classes ask of Akeyless. The mount status calls one by its file and its path, and states the item's last
-- version, which the provider asks for before the value: a write between the two brings the next one.
-- https://github.com/akeylesslabs/akeyless-csi-provider/blob/main/internal/provider/provider.go
insert into class_object by name
with entries as (
  select class_revision.*, unnest(from_json(json_extract(parameters, '$.objects'), '["json"]')) as entry
  from class_revision
  where lower(provider) = 'akeyless'
    and json_type(parameters, '$.objects') = 'ARRAY'
), named as (
  -- Before it was called fileName it was objectName, as for Vault.
  select *, nullif(entry ->> '$.secretPath', '') as path,
    coalesce(nullif(entry ->> '$.fileName', ''), nullif(entry ->> '$.objectName', ''), '') as file
  from entries
)
select distinct on (cluster, namespace, name, valid_from, file, path)
  cluster, namespace, name as class, valid_from, used_from, valid_to, grade, evidence, entity_id,
  file || ':' || path as object_id, path as secret_path, 'akeyless:/' || ltrim(path, '/') as object, file,
  lower(nullif(trim(parameters ->> '$.akeylessAccessID'), '')) as reader, true as tells_version, 0 as slot
from named
where path is not null;
