-- Deliveries that a provider's own log tells: the path that it names holds the pod's uid and the volume, and the file
-- is the object's as the class calls it. They count where no mount status of the pod and class is logged: a status
-- says more, and says when a version changed. A poll says the same again: what the provider read for it decides.
-- https://github.com/hashicorp/vault-csi-provider/blob/v1.7.4/internal/provider/provider.go
-- https://github.com/akeylesslabs/akeyless-csi-provider/blob/main/internal/provider/provider.go
create or replace temp table logged_file as
with mounts as (
  select cluster, pod_id, namespace, unnest(volumes) as mounted
  from pod
), said as (
  select log.cluster, mounts.pod_id, log.at, log.event_id, log.evidence, coalesce(log.firm, true) as firm, log.file,
    mounts.namespace, mounts.mounted.secret_provider_class as class
  from fact_mount_log as log
  join mounts
    on log.cluster = mounts.cluster
    and log.pod_uid = mounts.pod_id
    and log.volume = mounts.mounted.volume
  where log.action = 'object'
)
select *
from said
where (cluster, pod_id, class) not in (select (cluster, pod_id, class) from status_step);

create or replace temp table logged_object as
with dated as (
  select logged_file.*, class_revision.valid_from as revision
  from logged_file
  asof join class_revision
    on logged_file.cluster = class_revision.cluster
    and logged_file.namespace = class_revision.namespace
    and logged_file.class = class_revision.name
    and logged_file.at >= class_revision.used_from
), asked as (
  select dated.*, class_object.* exclude (cluster, namespace, class, grade, evidence),
    -- Files of one object in one mount are one delivery of it.
    lag(dated.at) over (partition by dated.cluster, dated.pod_id, dated.class, class_object.object order by dated.at, dated.event_id)
      as at_before
  from dated
  join class_object
    on dated.cluster = class_object.cluster
    and dated.namespace = class_object.namespace
    and dated.class = class_object.class
    and dated.revision = class_object.valid_from
    and (dated.file in (class_object.file, class_object.object_id)
      or starts_with(class_object.object, 'akeyless:') and ltrim(dated.file, '/') = ltrim(class_object.secret_path, '/'))
), begun as (
  select asked.*, coalesce("at" > at_before + clock_skew, true) as begins
  from asked
  cross join parameter
)
select *,
  sum(begins::integer) over (
    partition by cluster, pod_id, class, object
    order by "at", event_id
    rows unbounded preceding
  ) as number
from begun;

insert into delivery by name
select 'log ' || cluster || ' ' || pod_id || ' ' || class || ' ' || object || ' ' || number as delivery_id,
  'log ' || cluster || ' ' || pod_id || ' ' || class || ' ' || object || ' ' || number as step_key,
  cluster, namespace, pod_id, class, max("at") as "at", arg_min(event_id, struct_pack("at" := "at", id := event_id)) as event_id,
  sorted_set(flatten(list(evidence))) as evidence, false as has_body,
  case when bool_and(firm) then 'recorded' else 'inferred' end as grade,
  'provider log: the path of the volume and the file' as rule, object,
  min(auth_mount) as auth_mount, min(role) as role,
  case when count(distinct coalesce(pinned_version, '')) = 1 then min(pinned_version) end as pinned_version,
  max(revision) as revision, bool_and(field is not null) as has_field,
  sorted_set(list(field) filter (where field is not null)) as fields,
  list(distinct struct_pack(id := object_id, version := null::varchar) order by struct_pack(id := object_id, version := null::varchar))
    as reported,
  min(reader) as reader, 0 as slot
from logged_object
group by cluster, namespace, pod_id, class, object, number;
