-- Which version each write of a synced Secret brought: that of the pod whose mount fed it.
--
-- The driver writes a Secret when a mount status changes, and copies the files of that pod's mount. So the
-- status written since the Secret's last write tells whose mount it was; without one (the driver also
-- comes back every five minutes) it was that of any pod that mounts the class. Pods of other versions leave
-- the version open. (secrets-store-csi-driver v1.6.0, controllers/secretproviderclasspodstatus_controller.go)
--
-- A snapshot of a Secret that the driver made before the log began stands for the write.
create or replace temp table sync_write as
with first_write as (
  select cluster, namespace, name, min("at") as "at"
  from secret_change
  where action in ('created', 'changed', 'deleted')
  group by cluster, namespace, name
)
select secret_change.*
from secret_change
left join first_write using (cluster, namespace, name)
where writer = 'driver'
  and (action in ('created', 'changed') or (action = 'observed' and coalesce(secret_change.at < first_write.at, true)))
  and (cluster, namespace, name) in (select (cluster, namespace, secret) from secret_feed);

create or replace temp table sync_feed as
select sync_write.event_id, sync_write.cluster, sync_write.namespace, sync_write.name, sync_write.at,
  sync_write.evidence, secret_feed.class, secret_feed.object,
  list(struct_pack(key := key, field := field) order by key, field) as keys,
  bool_and(sure and known_from <= sync_write.at and sync_write.firm and sync_write.action <> 'observed') as sure,
  sorted_set(flatten(list(secret_feed.evidence))) as feed_evidence
from sync_write
join secret_feed
  on sync_write.cluster = secret_feed.cluster
  and sync_write.namespace = secret_feed.namespace
  and sync_write.name = secret_feed.secret
where sync_write.at >= secret_feed.from_at
  and sync_write.at < secret_feed.to_at
group by all;

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

-- The writes of mount statuses behind each write of a Secret: those since the one before. Every status
-- goes to the next write of the Secret, so that the step stays linear.
create or replace temp table sync_trigger as
with feeding as (
  select distinct cluster, namespace, class, secret
  from secret_feed
), statuses as (
  select feeding.cluster, feeding.namespace, feeding.class, feeding.secret, status_pod.pod_id, status_write.at
  from status_write
  join status_pod using (write_id)
  join feeding
    on status_write.cluster = feeding.cluster
    and status_write.namespace = feeding.namespace
    and status_pod.class = feeding.class
  where status_pod.grade <> 'candidate'
), written as (
  select statuses.*, sync_write.event_id, sync_write.at as written_at
  from statuses
  asof join sync_write
    on statuses.cluster = sync_write.cluster
    and statuses.namespace = sync_write.namespace
    and statuses.secret = sync_write.name
    and statuses.at <= sync_write.at
)
select distinct written.event_id, written.cluster, written.namespace, written.class, written.pod_id, written.at
from written
cross join parameter
where written.written_at - written.at <= sync_window;

create or replace temp table sync_triggered as
with wanted as (
  select sync_trigger.*, sync_feed.object
  from sync_trigger
  join sync_feed using (event_id, cluster, namespace, class)
), told as (
  select wanted.event_id, wanted.cluster, wanted.namespace, wanted.class, wanted.object, fed_run.version_key, fed_run.held,
    fed_run.pod_id
  from wanted
  asof join fed_run
    on wanted.cluster = fed_run.cluster
    and wanted.namespace = fed_run.namespace
    and wanted.class = fed_run.class
    and wanted.pod_id = fed_run.pod_id
    and wanted.object = fed_run.object
    and wanted.at >= fed_run.first_at
  where wanted.at <= fed_run.last_at
)
select event_id, class, object, version_key,
  arg_min(held, struct_pack(grade := grade_rank(held.grade), version := grade_rank(held.version_grade), pod := pod_id)) as held
from told
group by event_id, class, object, version_key;

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
