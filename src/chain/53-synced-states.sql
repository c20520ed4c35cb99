-- What each write of a synced Secret left in it, object by object.

-- Values that the provider's own log carried (log_raw), by the fingerprint that landing left of them.
create or replace temp table provider_value as
with shown as (
  select object, version, unnest(map_entries(field_values)) as entry
  from fact_provider_version
  where action = 'created'
    and version is not null
    and object is not null
    and field_values is not null
  union
  select object, version, unnest(map_entries(field_values))
  from provider_read
  where version is not null
    and field_values is not null
)
select distinct object, version, entry.key as field, entry.value as fingerprint
from shown
where starts_with(entry.value, 'redacted:hmac-sha256:');

create or replace temp table sync_candidate as
with triggered as (
  select distinct event_id
  from sync_triggered
), unprompted as (
  select sync_feed.event_id, sync_feed.object, unnest(live_point.live) as entry
  from sync_feed
  asof join live_point
    on sync_feed.cluster = live_point.cluster
    and sync_feed.namespace = live_point.namespace
    and sync_feed.class = live_point.class
    and sync_feed.object = live_point.object
    and sync_feed.at >= live_point.at
  where sync_feed.event_id not in (select event_id from triggered)
), possible as (
  select event_id, object, version_key, held
  from sync_triggered
  union all
  select event_id, object, entry.version_key, entry.held
  from unprompted
), distinct_version as (
  select event_id, object, version_key,
    arg_min(held, struct_pack(grade := grade_rank(held.grade), version := grade_rank(held.version_grade), held := held)) as held
  from possible
  group by event_id, object, version_key
)
select event_id, object, count(*) as versions,
  arg_min(held, version_key) as held,
  sorted_set(flatten(list(held.possible))) as possible
from distinct_version
group by event_id, object;

create or replace temp table sync_written as
with classes as (
  select event_id, count(distinct class) as classes
  from sync_feed
  group by event_id
), triggered as (
  select distinct event_id, class
  from sync_triggered
), written as (
  select sync_feed.event_id, sync_feed.object,
    min(sync_feed.cluster) as cluster, min(sync_feed.namespace) as namespace, min(sync_feed.name) as name, min(sync_feed.at) as "at",
    min(sync_feed.evidence) as evidence,
    list_sort(list_distinct(flatten(list(sync_feed.keys)))) as keys,
    sorted_set(list(sync_feed.class)) as feeding,
    bool_and(sure) and min(classes) = 1 as sure,
    -- Whether this class was written, or another one that names the Secret, nothing tells.
    bool_and(triggered.event_id is null) and count(distinct sync_feed.class) < min(classes) as is_doubtful,
    sorted_set(flatten(list(feed_evidence))) as feed_evidence
  from sync_feed
  join classes using (event_id)
  left join triggered
    on sync_feed.event_id = triggered.event_id
    and sync_feed.class = triggered.class
  where triggered.event_id is not null
    or sync_feed.event_id not in (select event_id from triggered)
  group by sync_feed.event_id, sync_feed.object
), shown as (
  select written.event_id, written.object,
    list(secret_value.key || '=' || secret_value.fingerprint order by secret_value.key) as content,
    sorted_set(list(provider_value.version) filter (where provider_value.version is not null)) as equal_versions
  from (select event_id, object, cluster, namespace, name, unnest(keys) as wanted from written) as written
  join secret_value
    on written.event_id = secret_value.event_id
    and written.cluster = secret_value.cluster
    and written.namespace = secret_value.namespace
    and written.name = secret_value.name
    and written.wanted.key = secret_value.key
  left join provider_value
    on written.object = provider_value.object
    and secret_value.fingerprint = provider_value.fingerprint
    and coalesce(written.wanted.field = provider_value.field, true)
  group by written.event_id, written.object
)
select written.*, sync_candidate.held, coalesce(sync_candidate.possible, []) as possible,
  case when sync_candidate.versions = 1 then held.version end as told_version,
  coalesce(equal_versions, []) as equal_versions,
  case when len(shown.content) >= len(keys) then array_to_string(sorted_set(shown.content), ' ') end as content
from written
left join sync_candidate using (event_id, object)
left join shown using (event_id, object);

-- States of Secrets, from whoever wrote them: what is in a Secret from a write on.
--   path     synced_secret | external_copy; null where the write brought nothing new by itself
--   content  equal exactly where the values are; null where the log has no values
create or replace temp table secret_state as
with alike as (
  select cluster, namespace, name, object, content,
    arg_min(told_version, struct_pack("at" := "at", event := event_id)) as version
  from sync_written
  where content is not null
    and told_version is not null
  group by cluster, namespace, name, object, content
), told as (
  select sync_written.*,
    case
      when len(equal_versions) = 1 then equal_versions[1]
      when list_contains(equal_versions, told_version) then told_version
    end as proven_version,
    alike.version as alike_version
  from sync_written
  left join alike using (cluster, namespace, name, object, content)
)
select cluster, namespace, name, object, "at", event_id, evidence, 'synced_secret' as path,
  coalesce(proven_version, told_version, alike_version) as version,
  case when coalesce(proven_version, told_version, alike_version) is null then possible else [] end as alternatives,
  case
    when proven_version is not null then 'matched'
    when told_version is not null then weakest('inferred', held.version_grade)
    when alike_version is not null then 'inferred'
    else 'candidate'
  end as version_grade,
  weakest(
    case when sure then 'matched' when is_doubtful then 'candidate' else 'inferred' end,
    coalesce(held.grade, 'inferred')
  ) as grade,
  case
    when len(list_filter(keys, lambda entry: entry.field is null)) > 0 then coalesce(held.fields, [])
    else sorted_set(list_transform(keys, lambda entry: entry.field))
  end as fields,
  keys,
  content,
  coalesce(held.links, []) || [struct_pack(
    kind := 'synced_to',
    grade := case when sure then 'matched' when is_doubtful then 'candidate' else 'inferred' end,
    evidence := sorted_set(evidence || feed_evidence)
  )] as links,
  case when sure then 'secretObjects name the Secret, and the driver wrote it'
    else 'secretObjects of a class, or of several, name the Secret, and the driver wrote it' end as rule,
  feeding
from told;
