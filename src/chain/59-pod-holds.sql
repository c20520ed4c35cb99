-- What each pod held, and which of its containers see it: from here on whoever gets at a pod is asked.

-- Containers by all that was logged of the pod: ephemeral ones come later than the spec.
create or replace temp table pod_container as
with holding as (
  select cluster, pod_id
  from mount_exposure
  union
  select cluster, pod_id
  from consumer_exposure
), stated as (
  select pod_statement.cluster, pod_statement.pod_id, unnest(containers) as container
  from pod_statement
  join holding using (cluster, pod_id)
  where containers is not null
)
select cluster, pod_id, container.name as container, min(coalesce(container.kind, 'container')) as kind,
  sorted_set(flatten(list(list_transform(coalesce(container.mounts, []), lambda mount: mount.volume)))) as volumes
from stated
where container.name is not null
group by cluster, pod_id, container.name;

create or replace temp table pod_sharing as
select cluster, pod_id
from pod_statement
group by cluster, pod_id
having bool_or(share_process_namespace);

create or replace temp table class_container as
with volumes as (
  select cluster, pod_id, unnest(spec.volumes) as volume
  from pod_volumes
)
select volumes.cluster, volumes.pod_id, volumes.volume.secret_provider_class as class,
  sorted_set(list(pod_container.container)) as containers
from volumes
join pod_container
  on volumes.cluster = pod_container.cluster
  and volumes.pod_id = pod_container.pod_id
  and list_contains(pod_container.volumes, volumes.volume.volume)
group by volumes.cluster, volumes.pod_id, volumes.volume.secret_provider_class;

-- `containers` is null where the spec is not logged: then nothing tells who sees it.
create or replace temp table pod_hold as
with mounted as (
  select mount_exposure.cluster, mount_exposure.pod_id, mount_exposure.exposure_id,
    sorted_set(flatten(list(class_container.containers))) as containers
  from (
    select cluster, pod_id, exposure_id, unnest(classes) as class
    from mount_exposure
  ) as mount_exposure
  left join class_container using (cluster, pod_id, class)
  group by mount_exposure.cluster, mount_exposure.pod_id, mount_exposure.exposure_id
), held as (
  select cluster, pod_id, exposure_id, coalesce(containers, []) as containers
  from mounted
  union all
  select cluster, pod_id, exposure_id, containers
  from consumer_exposure
), known as (
  select cluster, pod_id, list(container order by container) filter (where kind = 'container') as own_containers
  from pod_container
  group by cluster, pod_id
)
select held.cluster, held.pod_id, held.exposure_id,
  case when known.pod_id is not null then held.containers end as containers,
  known.own_containers, exposure.path as held_path,
  exposure.object, exposure.version, exposure.alternatives, exposure.version_grade, exposure.grade, exposure.fields, exposure.links,
  exposure.first_at, coalesce(exposure.last_at, never()) as last_at, exposure.holder.node as node
from held
join exposure using (exposure_id)
left join known
  on held.cluster = known.cluster
  and held.pod_id = known.pod_id;
