-- Conjur and Akeyless number versions and name them in no log but where one is asked for by its number. A new value is
-- logged without it; Conjur's also where it is the same as before, which makes none. So no log tells which version was
-- current: a version that is named may be an old one, and what is not named is one of those there can have been.
-- https://docs.cyberark.com/conjur-open-source/latest/en/content/developer/conjur_api_add_secret.htm
-- https://docs.akeyless.io/docs/secret-versioning
delete from version_current
where starts_with(object, 'conjur:')
  or starts_with(object, 'akeyless:');

-- From when on a version may have been there: the n-th from the n-th new value on, where the log holds the making of
-- the variable; else any that is named, at any time.
create or replace temp table unnumbered_version as
with made as (
  select object, min("at") as "at"
  from fact_provider_version
  where action = 'declared'
  group by object
), updates as (
  select object, "at", row_number() over (partition by object order by "at", event_id) as number,
    min("at") over (partition by object) as first_at
  from fact_provider_version
  where starts_with(object, 'conjur:')
    and action = 'created'
), counted as (
  select updates.object, number::varchar as version, updates.at as from_at
  from updates
  join made
    on updates.object = made.object
    and made.at <= updates.first_at
), stated as (
  select class_object.object, unnest(status_write.objects) as entry, class_object.object_id
  from status_write
  join class_object
    on status_write.cluster = class_object.cluster
    and status_write.namespace = class_object.namespace
    and status_write.class = class_object.class
  where starts_with(class_object.object, 'akeyless:')
), told as (
  select object, version
  from provider_read
  where starts_with(object, 'conjur:')
    or starts_with(object, 'akeyless:')
  union
  select object, entry.version
  from stated
  where entry.id = object_id
    and entry.version <> '0'
), named as (
  select distinct object, version, timestamptz '0001-01-01 00:00:00Z' as from_at
  from told
  where version is not null
    and object not in (select object from counted)
)
select * from counted
union all
select * from named;

update provider_read
set possible_versions = told.versions
from (
  select read_id, sorted_set(list(unnumbered_version.version)) as versions
  from provider_read as open_read
  cross join parameter
  join unnumbered_version
    on open_read.object = unnumbered_version.object
    and unnumbered_version.from_at <= open_read.at + clock_skew
  where open_read.version is null
  group by read_id
) as told
where provider_read.read_id = told.read_id;
