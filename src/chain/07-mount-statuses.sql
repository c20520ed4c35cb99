-- Writes of mount statuses, each with the pod it speaks of, and with them the end of each pod.
-- https://secrets-store-csi-driver.sigs.k8s.io/concepts.html#secretproviderclasspodstatus
--
-- A write by anybody but the driver is a finding (chain/mount_status_writer_not_driver), no mount.

create or replace temp table status_write as
select event_id || ' ' || coalesce(name, '') as write_id,
  cluster, namespace, name, uid, "at", event_id, evidence, coalesce(firm, true) as firm, action,
  coalesce(has_body, false) as has_body, pod_name, pod_uid, secret_provider_class as class, node, target_path, objects
from fact_mount_status
where action in ('created', 'changed', 'observed')
  and coalesce(effective, true)
  and writer_is_driver is distinct from false;

-- Without a body only the name is known: <pod>-<namespace>-<class>, where each part may hold dashes.
-- Every way to split it is tried against the pods there were; their specs, where logged, decide.
create or replace temp table status_name_split as
with names as (
  select distinct cluster, namespace, name
  from fact_mount_status
  where pod_uid is null
    and name is not null
), parts as (
  select *, string_split(name, '-' || namespace || '-') as part
  from names
), splits as (
  select *, unnest(generate_series(1, len(part) - 1)) as position
  from parts
)
select cluster, namespace, name,
  list_reduce(part[1:position], lambda before, next: before || '-' || namespace || '-' || next) as pod_name,
  list_reduce(part[position + 1:], lambda before, next: before || '-' || namespace || '-' || next) as class
from splits;

create or replace temp table status_pod as
with named as (
  select status_write.write_id, status_write.cluster, status_write.namespace, status_write.at, status_write.node,
    coalesce(status_write.pod_name, split.pod_name) as pod_name,
    coalesce(status_write.class, split.class) as class
  from status_write
  left join status_name_split as split
    on status_write.cluster = split.cluster
    and status_write.namespace = split.namespace
    and status_write.name = split.name
    and status_write.pod_name is null
  where status_write.pod_uid is null
), matched as (
  select named.*, pod_incarnation.pod_id
  from named
  asof join pod_incarnation
    on named.cluster = pod_incarnation.cluster
    and named.namespace = pod_incarnation.namespace
    and named.pod_name = pod_incarnation.name
    and named.at >= pod_incarnation.first_at
), possible as (
  select matched.write_id, matched.pod_id, matched.class
  from matched
  left join pod_volumes
    on matched.cluster = pod_volumes.cluster
    and matched.pod_id = pod_volumes.pod_id
  left join pod_removal
    on matched.cluster = pod_removal.cluster
    and matched.pod_id = pod_removal.pod_id
  left join pod_node
    on matched.cluster = pod_node.cluster
    and matched.pod_id = pod_node.pod_id
  where (
      pod_volumes.spec is null
      or list_contains(list_transform(pod_volumes.spec.volumes, lambda volume: volume.secret_provider_class), matched.class)
    )
    and matched.at <= coalesce(pod_removal.removed.at, matched.at)
    and (matched.node is null or pod_node.node is null or matched.node = pod_node.node.name)
)
select write_id, pod_uid as pod_id, class,
  case when firm then 'recorded' else 'inferred' end as grade,
  'mount status body: ownerReferences uid' as rule
from status_write
where pod_uid is not null
union all
select write_id, pod_id, class,
  case when count(*) over (partition by write_id) = 1 then 'inferred' else 'candidate' end,
  'mount status name: <pod>-<namespace>-<class> of a pod alive then'
from possible;

-- Removals of mount statuses. The garbage collector removes one when its pod is gone; the driver and
-- the namespace controller may too. A person who deletes one does not end the mount.
create or replace temp table status_removal as
with deletions as (
  select cluster, namespace, name, uid, pod_uid, "at", event_id, evidence
  from fact_mount_status
  where action = 'deleted'
    and coalesce(effective, true)
    and (
      actor is null
      or writer_is_driver
      or actor in (
        'system:serviceaccount:kube-system:generic-garbage-collector',
        'system:serviceaccount:kube-system:namespace-controller'
      )
    )
), written as (
  select distinct status_write.cluster, status_write.namespace, status_write.name, status_write.at, status_pod.pod_id
  from status_write
  join status_pod using (write_id)
  where status_pod.grade <> 'candidate'
), last_written as (
  select deletions.*, written.pod_id as last_pod_id
  from deletions
  asof left join written
    on deletions.cluster = written.cluster
    and deletions.namespace = written.namespace
    and deletions.name = written.name
    and deletions.at >= written.at
), by_uid as (
  select cluster, uid, min(pod_uid) as pod_id
  from status_write
  where uid is not null
    and pod_uid is not null
  group by cluster, uid
  having count(distinct pod_uid) = 1
), owned as (
  select last_written.cluster, last_written.at, last_written.event_id, last_written.evidence,
    coalesce(last_written.pod_uid, by_uid.pod_id, last_written.last_pod_id) as pod_id
  from last_written
  left join by_uid
    on last_written.cluster = by_uid.cluster
    and last_written.uid = by_uid.uid
)
select cluster, pod_id,
  arg_max(struct_pack("at" := "at", evidence := evidence), struct_pack("at" := "at", event := event_id)) as removal
from owned
where pod_id is not null
group by cluster, pod_id;

-- The driver took a pod's last volume away: it is gone, wherever its deletion is logged.
create or replace temp table pod_unpublished as
select cluster, pod_uid as pod_id, struct_pack("at" := "at", evidence := evidence) as unpublished
from fact_mount_log
qualify row_number() over (partition by cluster, pod_uid order by "at" desc, event_id desc) = 1
  and action = 'unpublished';

-- The pod's end: the kubelet's final delete, else the removal of its mount status, else that of its volumes, else
-- the graceful delete, else the moment another pod of its name came.
create or replace temp table pod as
select p.cluster, p.namespace, p.name, p.uid, p.pod_id, p.first_at,
  coalesce(removed.at, removal.at, unpublished.at, deleting.at, p.successor_at) as ended_at,
  case
    when removed is not null then 'final delete'
    when removal is not null then 'removal of the mount status'
    when unpublished is not null then 'unmounted by the driver'
    when deleting is not null then 'graceful delete'
    when p.successor_at is not null then 'another pod of the name'
  end as end_rule,
  coalesce(removed.evidence, removal.evidence, unpublished.evidence, deleting.evidence, []) as end_evidence,
  node.name as node,
  account.name as service_account,
  spec.volumes as volumes,
  coalesce(owner.kind = 'DaemonSet'
    and regexp_matches(
      concat_ws(' ', p.name, account.name, owner.name),
      '(vault|openbao|bao|conjur|conjur-k8s|akeyless)-csi-provider|secrets-store-provider-(aws|azure|gcp)'
    ), false) as is_provider,
  creation.actor as created_by
from pod_incarnation as p
left join pod_removal using (cluster, pod_id)
left join status_removal using (cluster, pod_id)
left join pod_unpublished using (cluster, pod_id)
left join pod_node using (cluster, pod_id)
left join pod_service_account using (cluster, pod_id)
left join pod_volumes using (cluster, pod_id)
left join pod_owner using (cluster, pod_id)
left join pod_creation using (cluster, pod_id);

-- Addresses of pods. One in the host's network has its node's address, which is no pod's own.
create or replace temp table pod_address as
with addresses as (
  select cluster, pod_id, unnest(pod_ips) as address, host_ip, "at"
  from pod_statement
  where pod_ips is not null
)
select addresses.cluster, addresses.pod_id, address, pod.node, pod.is_provider, pod.namespace, pod.service_account,
  min(pod.first_at) as first_at,
  coalesce(min(pod.ended_at), timestamptz '9999-01-01 00:00:00Z') as ended_at
from addresses
join pod using (cluster, pod_id)
where address is not null
group by addresses.cluster, addresses.pod_id, address, pod.node, pod.is_provider, pod.namespace, pod.service_account
having not coalesce(bool_or(address = host_ip), false);
