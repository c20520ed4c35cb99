-- Which versions of an object were in the mounts of a class, point by point, and so what a write of the
-- driver may have copied into each Secret of it. Pods and writes are many (driver 1.6 writes a Secret at
-- every republish, secrets-store-csi-driver issue 2057), versions and edits of classes few.

-- What the pods of a class held, as the runs of their mounts tell.
create or replace temp table fed_run as
select run_detail.cluster, run_detail.namespace, run_detail.class, run_detail.object, run_detail.pod_id, run_detail.first_at,
  coalesce(run_detail.last_at, never()) as last_at,
  run_detail.version,
  coalesce(run_detail.version, '? ' || array_to_string(possible_versions, ' ')) as version_key,
  struct_pack(
    version := run_detail.version,
    possible := case when run_detail.version is null then coalesce(possible_versions, []) else [run_detail.version] end,
    grade := weakest(delivered_grade, coalesce(revision_grade, 'inferred')),
    version_grade := case when run_detail.version is null then 'candidate' else coalesce(told_grade, 'candidate') end,
    fields := coalesce(case when has_field then class_fields end, read_fields, []),
    links := [
        struct_pack(kind := 'mounts', grade := coalesce(revision_grade, 'inferred'),
          evidence := sorted_set(coalesce(mount_evidence, []) || coalesce(revision_evidence, []))),
        struct_pack(kind := 'delivered', grade := delivered_grade, evidence := delivered_evidence)
      ]
      || case when run_detail.version is not null and len(version_evidence) > 0
        then [struct_pack(kind := 'resolves_to', grade := told_grade, evidence := version_evidence)]
        else [] end
  ) as held
from run_detail
where not is_candidate
  and coalesce(run_detail.last_at, never()) >= run_detail.first_at
  and (run_detail.cluster, run_detail.namespace, run_detail.class) in (select (cluster, namespace, class) from secret_feed);

-- Which versions were live in the mounts of a class, point by point: pods are many, versions few.
create or replace temp table live_version as
with marked as (
  select *,
    coalesce(first_at > max(last_at) over (
      partition by cluster, namespace, class, object, version_key
      order by first_at, last_at, pod_id
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from fed_run
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by cluster, namespace, class, object, version_key
      order by first_at, last_at, pod_id
      rows unbounded preceding
    ) as number
  from marked
)
select cluster, namespace, class, object, version_key, min(first_at) as first_at, max(last_at) as last_at,
  arg_min(held, struct_pack(grade := grade_rank(held.grade), version := grade_rank(held.version_grade), first_at := first_at,
    pod := pod_id)) as held
from numbered
group by cluster, namespace, class, object, version_key, number;

create or replace temp table live_point as
with points as (
  select cluster, namespace, class, object, first_at as "at"
  from live_version
  union
  select cluster, namespace, class, object, last_at
  from live_version
)
select points.cluster, points.namespace, points.class, points.object, points.at,
  list(struct_pack(version_key := version_key, held := held) order by version_key)
    filter (where version_key is not null) as live
from points
left join live_version
  on points.cluster = live_version.cluster
  and points.namespace = live_version.namespace
  and points.class = live_version.class
  and points.object = live_version.object
  and points.at >= live_version.first_at
  and points.at < live_version.last_at
group by points.cluster, points.namespace, points.class, points.object, points.at;

-- The same by Secret: at each point what a write would bring, of every class that names it. Where it is one
-- version of each object, no matter whose mount was copied, writes need not be told apart.
create or replace temp table secret_point as
with points as (
  select cluster, namespace, secret, from_at as "at"
  from secret_feed
  union
  select cluster, namespace, secret, to_at
  from secret_feed
  union
  select secret_feed.cluster, secret_feed.namespace, secret_feed.secret, live_point.at
  from secret_feed
  join live_point using (cluster, namespace, class, object)
  where live_point.at between secret_feed.from_at and secret_feed.to_at
), wanted as (
  select distinct points.cluster, points.namespace, points.secret, points.at, secret_feed.class, secret_feed.object,
    secret_feed.key, secret_feed.field, secret_feed.sure and secret_feed.known_from <= points.at as sure
  from points
  join secret_feed using (cluster, namespace, secret)
  where points.at >= secret_feed.from_at
    and points.at < secret_feed.to_at
), filled as (
  select wanted.*, coalesce(list_transform(live_point.live, lambda entry: entry.version_key), []) as version_keys
  from wanted
  asof left join live_point
    on wanted.cluster = live_point.cluster
    and wanted.namespace = live_point.namespace
    and wanted.class = live_point.class
    and wanted.object = live_point.object
    and wanted.at >= live_point.at
), described as (
  select points.cluster, points.namespace, points.secret, points.at,
    coalesce(string_agg(
      concat_ws(chr(31), class, object, key, field, sure, array_to_string(version_keys, chr(31))), chr(30)
      order by class, object, key, field
    ), '') as signature,
    count(distinct class) > 1 or coalesce(max(len(version_keys)), 0) <> 1 or coalesce(min(len(version_keys)), 0) <> 1 as is_open
  from points
  left join filled using (cluster, namespace, secret, "at")
  group by points.cluster, points.namespace, points.secret, points.at
)
select cluster, namespace, secret, "at", dense_rank() over (order by signature) as signature, is_open
from described;
