-- Objects that classes ask of Conjur. Until configuration 0.2.0 the class lists them, file by file; from then on the
-- pod does, in an annotation, and two pods of one class may ask for other variables under the same file.
-- https://github.com/cyberark/conjur-k8s-csi-provider#secretproviderclass
-- The mount status calls an object by the variable's id and reports the constant version 1, which is none.

create or replace temp table conjur_class as
select *,
  coalesce(nullif(trim(parameters ->> '$.authnId'), ''), nullif(trim(parameters ->> '$."conjur.org/authnId"'), ''))
    as auth_mount,
  -- A host that the class names; without one it is the token that tells the host.
  lower(nullif(trim(parameters ->> '$.account'), '') || ':host:'
    || regexp_replace(coalesce(nullif(trim(parameters ->> '$.identity'), ''),
      nullif(trim(parameters ->> '$."conjur.org/identity"'), '')), '^host/', '')) as reader
from class_revision
where lower(provider) = 'conjur';

-- A list of maps, each of a file to the id of a variable.
create or replace temp macro conjur_variables(listed) as
  flatten(list_transform(
    from_json(case when json_type(listed) = 'ARRAY' then listed end, '["json"]'),
    lambda one: list_transform(
      case when json_type(one) = 'OBJECT' then json_keys(one) else [] end,
      lambda file: struct_pack(file := file, variable := json_extract_string(one, '$."' || replace(file, '"', '""') || '"'))
    )
  ));

-- What each pod asks for, by its first statement.
create or replace temp table conjur_pod as
with annotated as (
  select pod_fact.cluster, pod_fact.namespace, pod_fact.pod_id, pod_fact.at, pod_fact.event_id,
    fact_pod.annotations ->> '$."conjur.org/secrets"' as secrets
  from pod_fact
  join fact_pod
    on pod_fact.cluster = fact_pod.cluster
    and pod_fact.event_id = fact_pod.event_id
    and pod_fact.at = fact_pod.at
    and pod_fact.uid is not distinct from fact_pod.uid
    and pod_fact.name is not distinct from fact_pod.name
), first_annotation as (
  select cluster, namespace, pod_id, arg_min(secrets, struct_pack("at" := "at", event := event_id)) as secrets
  from annotated
  where secrets is not null
  group by cluster, namespace, pod_id
)
select cluster, namespace, pod_id, conjur_variables(try_cast(yaml_to_json(secrets) as json)) as variables
from first_annotation;

create or replace temp table conjur_pod_object as
select conjur_pod.cluster, conjur_pod.namespace, conjur_pod.pod_id, conjur_class.name as class, conjur_class.valid_from,
  unnest(conjur_pod.variables).file as file, unnest(conjur_pod.variables).variable as object_id
from conjur_pod
join pod_volumes using (cluster, pod_id)
join conjur_class
  on conjur_pod.cluster = conjur_class.cluster
  and conjur_pod.namespace = conjur_class.namespace
  and list_contains(list_transform(spec.volumes, lambda volume: volume.secret_provider_class), conjur_class.name)
where nullif(conjur_class.parameters ->> '$.secrets', '') is null;

insert into class_object by name
with listed as (
  select conjur_class.*, unnest(conjur_variables(json_extract(parameters, '$.secrets'))) as entry
  from conjur_class
), entries as (
  select cluster, namespace, name, valid_from, entry.file as file, entry.variable as object_id
  from listed
  union
  select cluster, namespace, class, valid_from, file, object_id
  from conjur_pod_object
)
select conjur_class.cluster, conjur_class.namespace, conjur_class.name as class, conjur_class.valid_from, conjur_class.used_from,
  conjur_class.valid_to, conjur_class.grade, conjur_class.evidence, conjur_class.entity_id, entries.object_id,
  entries.object_id as secret_path, conjur_class.auth_mount, 'conjur:' || entries.object_id as object, entries.file,
  conjur_class.reader, false as tells_version, 0 as slot
from conjur_class
join entries using (cluster, namespace, name, valid_from)
where entries.object_id <> '';
