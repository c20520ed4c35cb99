-- same_value: versions and Secrets that hold an equal value: equal field hashes of one audit device, or equal
-- fingerprints of what landing took out. https://developer.hashicorp.com/vault/docs/audit#sensitive-information
insert into link
with shown as (
  select instance, object, version, unnest(map_entries(field_values)) as field, "at", evidence
  from fact_provider_version
  where action = 'created'
    and version is not null
    and field_values is not null
  union all
  select instance, object, version, unnest(map_entries(field_values)), "at", evidence
  from provider_read
  where version is not null
    and field_values is not null
), hashed as (
  select
    case when starts_with(field.value, 'redacted:') then 'redacted' else 'instance ' || coalesce(instance, '') end as instance,
    field.value as hash, object, version,
    min("at") as "at",
    arg_min(evidence, struct_pack("at" := "at", evidence := evidence)) as evidence
  from shown
  where field.value like '%hmac-sha256:%'
    and (object, version) in (select (object, version) from version_value)
  group by all
), numbered as (
  select *,
    row_number() over (partition by instance, hash order by object, version) as place
  from hashed
), pairs as (
  select version_entity(one.object, one.version) as from_id, version_entity(other.object, other.version) as to_id,
    greatest(one.at, other.at) as "at",
    sorted_set(one.evidence || other.evidence) as evidence,
    'equal field hash' as rule
  from numbered as one
  join numbered as other
    on one.instance = other.instance
    and one.hash = other.hash
    and one.place < other.place
  where other.place <= 50
  union all
  select version_entity(object, version), secret_entity(cluster, namespace, name), "at", links[-1].evidence,
    'equal fingerprint of a value'
  from secret_state
  where version is not null
    and version_grade = 'matched'
)
select distinct on (link_id) link_id, 'same_value', from_id, to_id, "at", null, 'matched', evidence, rule,
  'https://developer.hashicorp.com/vault/docs/audit#sensitive-information'
from (
  select link_key('same_value', from_id, to_id, null) as link_id, *
  from pairs
)
order by link_id, "at", evidence, rule;

update provider_version
set same_value = sorted_set(provider_version.same_value || held.secrets)
from (
  select object, version, sorted_set(list('k8s:' || namespace || '/' || name)) as secrets
  from secret_state
  where version is not null
    and version_grade = 'matched'
  group by object, version
) as held
where provider_version.object = held.object
  and provider_version.version = held.version;
