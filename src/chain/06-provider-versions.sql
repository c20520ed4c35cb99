-- Versions of provider objects: when each came, was superseded and ended, and which one was current.
-- KV v2 numbers versions one by one: https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2

create or replace temp table version_created as
select object, version, case when regexp_full_match(version, '[0-9]{1,18}') then version::bigint end as version_number,
  min("at") as "at",
  arg_min(struct_pack(actor := actor, evidence := evidence, instance := instance), struct_pack("at" := "at", event := event_id)) as first
from fact_provider_version
where action = 'created'
  and version is not null
group by object, version;

-- What was current, as far as anybody's write or read shows: the highest number seen so far. Where versions have
-- no numbers, the one made last; before the first that was seen made, the one that was read, if it is one only:
-- a read may be of an old version by its name.
-- https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#objects-identifiers-and-versioning
create or replace temp table version_current as
with seen as (
  select object, version, version_number, "at", first.evidence as evidence
  from version_created
  union all
  select object, version, version_number, min("at"), arg_min(evidence, struct_pack("at" := "at", id := read_id))
  from provider_read
  where version is not null
  group by object, version, version_number
), first_seen as (
  select object, version, version_number, min("at") as "at",
    arg_min(evidence, struct_pack("at" := "at", evidence := evidence)) as evidence
  from seen
  group by object, version, version_number
), unnumbered as (
  select first_seen.object, first_seen.version,
    version_created.version is null as is_read,
    count(*) filter (where version_created.version is null) over objects as read_versions,
    min(version_created.at) over objects as first_created_at
  from first_seen
  left join version_created using (object, version)
  where first_seen.version_number is null
  window objects as (partition by first_seen.object)
), ranked as (
  select *,
    max(version_number) over (partition by object order by "at", version_number rows between unbounded preceding and 1 preceding) as highest
  from first_seen
)
select ranked.object, ranked.version, version_number, "at", evidence
from ranked
left join unnumbered using (object, version)
where case
  when version_number is not null then coalesce(version_number > highest, true)
  else not is_read or read_versions = 1 and coalesce("at" < first_created_at, true)
end;

-- Where the provider says which version is current, that counts: one may be made long before, and come back.
-- https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
create or replace temp table version_promoted as
select object, version, "at", evidence
from fact_provider_version
where action = 'promoted'
  and version is not null;

delete from version_current
where object in (select object from version_promoted);

insert into version_current
select object, version, case when regexp_full_match(version, '[0-9]{1,18}') then version::bigint end, "at",
  arg_min(evidence, evidence)
from version_promoted
group by object, version, "at";

-- What was current before the first promotion that was seen: where the provider gives numbers one by one, the one
-- before; else the version that the promotion says it was taken from.
-- https://cloud.google.com/secret-manager/docs/access-secret-version
-- https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
insert into version_current
with first_promoted as (
  select object, min("at") as "at", min(try_cast(version as bigint)) as number,
    bool_and(regexp_full_match(version, '[0-9]{1,18}')) as is_numbered,
    arg_min(evidence, struct_pack("at" := "at", evidence := evidence)) as evidence
  from version_promoted
  group by object
)
select object, (number - 1)::varchar, number - 1, timestamptz '0001-01-01 00:00:00Z', evidence
from first_promoted
where is_numbered
  and number > 1
union all
select first_promoted.object, min(demoted.version), null, timestamptz '0001-01-01 00:00:00Z', min(demoted.evidence)
from first_promoted
join fact_provider_version as demoted
  on first_promoted.object = demoted.object
  and first_promoted.at = demoted.at
where demoted.action = 'demoted'
  and demoted.version is not null
group by first_promoted.object
having count(distinct demoted.version) = 1;

create or replace temp table version_demoted as
with first_promoted as (
  select object, version, min("at") as "at"
  from version_current
  where object in (select object from version_promoted)
  group by object, version
)
select first_promoted.object, first_promoted.version, min(following.at) as "at"
from first_promoted
left join version_promoted as following
  on first_promoted.object = following.object
  and first_promoted.version <> following.version
  and first_promoted.at < following.at
group by first_promoted.object, first_promoted.version;

create or replace temp table provider_interval as
select cluster as instance, first_at, last_at
from stream_interval
where source not in ('k8s_audit', 'k8s_objects', 'csi_log', 'provider_objects', 'custody_yaml')
  and first_at is not null;

-- Deletions and destructions. `delete` of the latest version does not name it; it is the one current
-- at the time. A later restore lifts a deletion, never a destruction.
create or replace temp table version_ending as
with changes as (
  select f.object, f.at, f.action, f.actor, f.evidence, f.event_id,
    coalesce(f.version, case when f.action in ('deleted', 'disabled') then version_current.version end) as version
  from fact_provider_version f
  asof left join version_current
    on f.object = version_current.object
    and f.at >= version_current.at
  where f.action in ('deleted', 'disabled', 'destroyed', 'restored', 'metadata_deleted')
), spread as (
  select object, version, "at", action, actor, evidence, event_id
  from changes
  where version is not null
  union all
  select changes.object, version_current.version, changes.at, action, actor, changes.evidence, event_id
  from changes
  join version_current
    on changes.object = version_current.object
    and version_current.at <= changes.at
  where changes.version is null
    and action = 'metadata_deleted'
)
select object, version,
  coalesce(
    arg_min(struct_pack("at" := "at", actor := actor, evidence := evidence), struct_pack("at" := "at", event := event_id))
      filter (where action in ('destroyed', 'metadata_deleted')),
    case when arg_max(action, struct_pack("at" := "at", event := event_id)) <> 'restored' then
      arg_max(struct_pack("at" := "at", actor := actor, evidence := evidence), struct_pack("at" := "at", event := event_id))
        filter (where action in ('deleted', 'disabled'))
    end
  ) as ending
from spread
group by object, version;

-- Equal field hashes of one provider instance: the same value (`response.data` is HMAC'd field by
-- field under the salt of the audit device). At most 50 holders of one hash are compared.
create or replace temp table version_value as
with shown as (
  select instance, object, version, unnest(map_entries(field_values)) as field
  from fact_provider_version
  where action = 'created'
    and version is not null
    and field_values is not null
  union
  select instance, object, version, unnest(map_entries(field_values))
  from provider_read
  where version is not null
    and field_values is not null
), hashed as (
  select distinct
    -- What landing hashed, it hashed under the one key of the store.
    case when starts_with(field.value, 'redacted:') then 'redacted' else 'instance ' || coalesce(instance, '') end as instance,
    object, version, field.value as hash
  from shown
  where field.value like '%hmac-sha256:%'
), grouped as (
  select instance, hash, list_sort(list(object || '@' || version))[:50] as holders
  from hashed
  group by instance, hash
  having count(*) > 1
)
select object, version,
  list_filter(
    sorted_set(flatten(list(holders))),
    lambda holder: holder <> object || '@' || version
  ) as same_value
from hashed
join grouped using (instance, hash)
group by object, version;

insert into provider_version
with known as (
  select object, version, min(version_number) as version_number, min("at") as seen_at
  from version_created
  group by object, version
  union all
  select object, version, version_number, min("at")
  from provider_read
  where version is not null
  group by object, version, version_number
  union all
  select object, version, version_number, null
  from version_current
  where object in (select object from version_promoted)
), versions as (
  select object, version, min(version_number) as version_number, min(seen_at) as seen_at
  from known
  group by object, version
), dated as (
  select versions.*, version_created.at as created_at, version_created.first as created,
    coalesce(versions.version_number, epoch_us(coalesce(version_created.at, seen_at))) as rank
  from versions
  left join version_created using (object, version)
), ordered as (
  select *,
    min(created_at) over (
      partition by object
      order by rank, version
      rows between 1 following and unbounded following
    ) as next_created_at
  from dated
)
select object, version, created_at, created.actor,
  case when object in (select object from version_promoted) then version_demoted.at else next_created_at end, ending.at, ending.actor, coalesce(same_value, []),
  sorted_set(coalesce(created.evidence, []) || coalesce(ending.evidence, []))
from ordered
left join version_ending using (object, version)
left join version_demoted using (object, version)
left join version_value using (object, version)
order by object, rank, version;

-- What a read brought that does not say it: the version that was current then, as far as the provider says which is;
-- around a promotion it may have been either, and around the first one also what nobody saw promoted.
create or replace temp table read_possible as
with open_reads as (
  select read_id, object, "at", "at" - clock_skew as settled_at, "at" + clock_skew as late_at
  from provider_read
  cross join parameter
  where version is null
    and version_grade is distinct from 'candidate'
    and object in (select object from version_promoted)
), settled as (
  select read_id, version_current.version
  from open_reads
  asof left join version_current
    on open_reads.object = version_current.object
    and open_reads.settled_at >= version_current.at
  union
  select read_id, version_current.version
  from open_reads
  join version_current
    on open_reads.object = version_current.object
    and version_current.at > settled_at
    and version_current.at <= late_at
)
select read_id, sorted_set(list(version) filter (where version is not null)) as versions,
  bool_and(version is not null) and count(distinct version) = 1 as is_told
from settled
group by read_id
having count(version) > 0;

update provider_read
set possible_versions = case when is_told then [] else versions end,
  version = case when is_told then versions[1] end,
  version_grade = 'inferred'
from read_possible
where provider_read.read_id = read_possible.read_id;
