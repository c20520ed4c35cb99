-- Mounts that no mount status shows: of clusters whose log holds no such writes at all, and of pods
-- made before the log began. A read that leaves exactly one pod (identity, time and place) is its
-- delivery; where several are left, each is a candidate and none is chosen. Without the known address
-- of a provider pod on the pod's node there is no place, and nothing is attributed.
-- In a cluster whose log does show them, a pod without one did not mount.
create or replace temp table unlogged_mount as
with writing as (
  select distinct cluster
  from fact_mount_status
  where action in ('created', 'changed')
), log_start as (
  select cluster, min(first_at) as first_at
  from stream_interval
  where source = 'k8s_audit'
  group by cluster
), first_write as (
  select cluster, pod_id, class, min("at") as "at"
  from status_step
  group by cluster, pod_id, class
), volumes as (
  select pod.*, unnest(sorted_set(list_transform(volumes, lambda volume: volume.secret_provider_class))) as class
  from pod
  where volumes is not null
    and service_account is not null
    and node is not null
)
select volumes.cluster, volumes.namespace, volumes.pod_id, volumes.class, volumes.service_account, volumes.node,
  volumes.first_at,
  least(coalesce(volumes.ended_at, first_write.at, timestamptz '9999-01-01 00:00:00Z'),
    coalesce(first_write.at, timestamptz '9999-01-01 00:00:00Z')) as ended_at
from volumes
left join first_write using (cluster, pod_id, class)
left join log_start using (cluster)
where class is not null
  and (volumes.cluster, volumes.pod_id, class) not in (select (cluster, pod_id, class) from logged_object)
  and (
    volumes.cluster not in (select cluster from writing)
    or volumes.first_at < log_start.first_at
  );

create or replace temp table unlogged_candidate as
with session_start as (
  select session, min("at") as first_at
  from provider_read
  group by session
), first_reads as (
  select r.session, r.object, r.version, r.version_number, r.namespace, r.service_account, r.auth_mount, r.role, r.address,
    r.pod_uid, min(coalesce(session_start.first_at, r.at)) as session_at,
    min(r.at) as "at", max(r.at) as last_at,
    arg_min(struct_pack(read_id := r.read_id, event_id := r.event_id, evidence := r.evidence, fields := r.fields,
      field_values := r.field_values, user_agent := r.user_agent, identity := r.identity),
      struct_pack("at" := r.at, read_id := r.read_id)) as first
  from provider_read as r
  left join session_start using (session)
  where r.service_account is not null
  group by r.session, r.object, r.version, r.version_number, r.namespace, r.service_account, r.auth_mount, r.role,
    r.address, r.pod_uid
)
select distinct on (mount.cluster, mount.pod_id, mount.class, first_reads.first.read_id)
  mount.cluster, mount.namespace, mount.pod_id, mount.class, mount.node, class_object.field, class_object.valid_from as revision,
  class_object.pinned_version, first_reads.*exclude (namespace),
  first_reads.pod_uid is not null and first_reads.pod_uid = mount.pod_id as stated
from first_reads
join class_object
  on first_reads.object = class_object.object
  and (first_reads.auth_mount is null or first_reads.auth_mount = class_object.auth_mount)
  and (first_reads.role is null or class_object.role is null or first_reads.role = class_object.role)
join unlogged_mount as mount
  on mount.cluster = class_object.cluster
  and mount.namespace = class_object.namespace
  and mount.class = class_object.class
  and mount.namespace = first_reads.namespace
  and mount.service_account = first_reads.service_account
join provider_address
  on provider_address.cluster = mount.cluster
  and provider_address.node = mount.node
  and provider_address.address = first_reads.address
cross join parameter
where first_reads.at between provider_address.first_at - clock_skew and provider_address.ended_at + clock_skew
  and first_reads.session_at >= mount.first_at - clock_skew
  and first_reads.at <= mount.ended_at + clock_skew
  and (first_reads.pod_uid is null or first_reads.pod_uid = mount.pod_id)
order by mount.cluster, mount.pod_id, mount.class, first_reads.first.read_id, class_object.valid_from desc, class_object.field;

create or replace temp table unlogged_delivery as
select *,
  count(distinct pod_id) over (partition by first.read_id) as pods,
  'read ' || first.read_id || ' ' || pod_id || ' ' || class as delivery_id
from unlogged_candidate;

insert into delivery
select delivery_id, delivery_id, cluster, namespace, pod_id, class, "at", first.event_id, first.evidence, false,
  case when stated then 'recorded' when pods = 1 then 'inferred' else 'candidate' end,
  case when stated then 'provider read: pod uid in the login claims'
    else 'provider read: identity, time and the address of the provider on the node' end,
  object, auth_mount, role, pinned_version, revision, field is not null,
  case when field is not null then [field] end, [], null, null, 0, null
from unlogged_delivery;

insert into delivery_read
select delivery_id, cluster, pod_id, class, node, object, first.read_id, version, version_number, first.fields,
  first.field_values, session, service_account, auth_mount, role, address, first.user_agent, "at", first.evidence,
  first.event_id, first.identity, true, stated, null
from unlogged_delivery;
