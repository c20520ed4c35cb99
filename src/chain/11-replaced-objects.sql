-- Objects that a mount no longer holds: the class was edited while the pod lived, the driver mounted
-- anew (requiresRepublish, or rotation), and its next status shows other objects in their place.
-- https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
--
-- A status ends an object only by what it says. Without a body it says nothing, and an id of which it
-- is not known what it stands for may be the object under another name.
create or replace temp table replaced_mount as
with delivered as (
  select cluster, pod_id, class, count(distinct object) as objects
  from delivery
  group by cluster, pod_id, class
), shown as (
  select status_step.cluster, status_step.pod_id, status_step.class, status_step.step_key,
    count(distinct status_object.object) as objects
  from status_step
  left join status_object using (step_key)
  where status_step.has_body
    and status_step.grade = 'recorded'
  group by status_step.cluster, status_step.pod_id, status_step.class, status_step.step_key
)
select cluster, pod_id, class
from delivered
join shown using (cluster, pod_id, class)
group by cluster, pod_id, class
having min(shown.objects) < min(delivered.objects);

-- Volumes of one pod that name the same class: each holds what it mounted until it mounts anew.
create or replace temp table shared_status as
with volumes as (
  select cluster, pod_id, volume.secret_provider_class as class, count(*) as count
  from (
    select cluster, pod_id, unnest(volumes) as volume
    from pod
    where volumes is not null
  )
  group by cluster, pod_id, volume.secret_provider_class
), paths as (
  select cluster, pod_id, class, count(distinct target_path) as count
  from status_step
  group by cluster, pod_id, class
)
select replaced_mount.*, coalesce(paths.count, 0) as paths,
  greatest(coalesce(volumes.count, 1), coalesce(paths.count, 1)) as volumes
from replaced_mount
left join volumes using (cluster, pod_id, class)
left join paths using (cluster, pod_id, class);

-- What each status with a body holds, and whether all of it is known.
create or replace temp table status_content as
with entries as (
  select status_object.*,
    status_object.object is not null
      and (
        status_object.configured_at < status_object.at
        or (class_write.known and class_object.used_from is not null)
      ) as sure
  from status_object
  join shared_status using (cluster, pod_id, class)
  join status_step using (step_key)
  asof left join (
    select cluster, namespace, name, "at", bool_and(known) as known
    from class_write
    group by cluster, namespace, name, "at"
  ) as class_write
    on status_object.cluster = class_write.cluster
    and status_step.namespace = class_write.namespace
    and status_object.class = class_write.name
    and status_object.at >= class_write.at
  left join class_object
    on status_object.cluster = class_object.cluster
    and status_step.namespace = class_object.namespace
    and status_object.class = class_object.class
    and status_object.object_id = class_object.object_id
    and status_object.revision = class_object.valid_from
    and status_object.at >= class_object.valid_from
    and (class_object.valid_to is null or status_object.at < class_object.valid_to)
)
select step_key, bool_and(sure) as sure, list(distinct object) as objects
from entries
group by step_key;

create or replace temp table object_drop as
with carried as (
  select delivery.cluster, delivery.pod_id, delivery.class, delivery.object, delivery.at, delivery.step_key,
    case when shared_status.volumes > 1 then status_step.target_path end as volume,
    true as carries
  from delivery
  join shared_status using (cluster, pod_id, class)
  left join status_step using (step_key)
), missed as (
  select status_step.cluster, status_step.pod_id, status_step.class, known.object, status_step.at, status_step.step_key,
    case when shared_status.volumes > 1 then status_step.target_path end as volume,
    false as carries
  from status_step
  join shared_status using (cluster, pod_id, class)
  join (select distinct cluster, pod_id, class, object from carried) as known using (cluster, pod_id, class)
  left join status_content using (step_key)
  where status_step.has_body
    and status_step.grade = 'recorded'
    and status_step.objects is not null
    and coalesce(status_content.sure, true)
    and not list_contains(coalesce(status_content.objects, []), known.object)
    and shared_status.volumes <= greatest(shared_status.paths, 1)
), compared as (
  select *,
    lag(carries) over (
      partition by cluster, pod_id, class, object, volume
      order by "at", step_key
    ) as carried_before
  from (
    select * from carried
    union all
    select * from missed
  )
), changed as (
  select *,
    case
      when carries and not coalesce(carried_before, false) then 1
      when carried_before and not carries then -1
      else 0
    end as change
  from compared
), counted as (
  select *,
    sum(change) over (
      partition by cluster, pod_id, class, object
      order by "at", step_key
      rows unbounded preceding
    ) as volumes
  from changed
)
select distinct cluster, pod_id, class, object, "at"
from counted
where change = -1
  and volumes = 0;
