-- Sessions of pods that are gone. The provider keeps one Vault token a pod and does not revoke it, so
-- it outlives the pod; no other pod's mount uses it, and none explains its reads.
-- https://developer.hashicorp.com/vault/docs/platform/k8s/csi
--
-- A session is tied to a pod only where nothing else is possible, however far the clocks are apart:
-- mounts of one object by one account at one place, each between the pod's creation and its first
-- status, no two at a time, and as many logins as mounts: the first login is the first mount's. One
-- login more (a restarted provider, a token run out, somebody else) or one less, and none is tied.
create or replace temp table first_mount as
with firsts as (
  select delivery.cluster, delivery.pod_id, delivery.object,
    min(delivery.at) as "at",
    arg_min(delivery_id, struct_pack("at" := delivery.at, id := delivery_id)) as delivery_id,
    bool_and(delivery.grade = 'recorded') as recorded
  from delivery
  group by delivery.cluster, delivery.pod_id, delivery.object
), placed as (
  select firsts.*, pod.node, pod.namespace, pod.service_account, pod.ended_at, pod.end_rule,
    pod_creation.creation.at as created_at
  from firsts
  join pod using (cluster, pod_id)
  left join pod_creation using (cluster, pod_id)
  where pod.node is not null
), marked as (
  select placed.*,
    coalesce(
      "at" - mount_window > lag("at") over track + clock_skew,
      true
    ) as begins,
    coalesce(lag("at") over track < created_at, true) as follows
  from placed
  cross join parameter
  window track as (
    partition by cluster, node, namespace, service_account, object
    order by "at", pod_id
  )
)
select *,
  sum(begins::integer) over (
    partition by cluster, node, namespace, service_account, object
    order by "at", pod_id
    rows unbounded preceding
  ) as group_number
from marked;

-- A read at the start of a session that may be the one for a first mount.
create or replace temp table first_mount_read as
with session_start as (
  select session, min("at") as "at"
  from provider_read
  where session is not null
  group by session
), login as (
  select session_key as session, login.at as "at"
  from session_login
)
select first_mount.cluster, first_mount.node, first_mount.namespace, first_mount.service_account, first_mount.object,
  first_mount.group_number,
  coalesce(read_in_place.session, read_in_place.read_id) as session,
  min(coalesce(session_start.at, read_in_place.at)) as "at",
  coalesce(bool_and(login.at <= session_start.at), false) as login_seen
from first_mount
join read_in_place using (delivery_id, object)
left join session_start
  on read_in_place.session = session_start.session
left join login
  on read_in_place.session = login.session
cross join parameter
where read_in_place.session is null
  or read_in_place.at <= session_start.at + clock_skew
group by first_mount.cluster, first_mount.node, first_mount.namespace, first_mount.service_account, first_mount.object,
  first_mount.group_number, coalesce(read_in_place.session, read_in_place.read_id);

create or replace temp table session_gone as
with mounts as (
  select *,
    row_number() over mount_order as place,
    count(*) over mount_group as mounts,
    bool_and(recorded and created_at is not null and created_at < "at" and follows) over mount_group as apart
  from first_mount
  window mount_group as (
    partition by cluster, node, namespace, service_account, object, group_number
  ), mount_order as (
    partition by cluster, node, namespace, service_account, object, group_number
    order by "at", pod_id
  )
), reads as (
  select *,
    row_number() over read_order as place,
    count(*) over read_group as sessions,
    bool_and(login_seen) over read_group as all_seen
  from first_mount_read
  window read_group as (
    partition by cluster, node, namespace, service_account, object, group_number
  ), read_order as (
    partition by cluster, node, namespace, service_account, object, group_number
    order by "at", session
  )
), paired as (
  select reads.session, mounts.cluster, mounts.pod_id, mounts.ended_at, mounts.end_rule,
    max(epoch_us(reads.at) - epoch_us(mounts.at)) over mount_group as ahead_least,
    min(epoch_us(reads.at) - epoch_us(mounts.created_at)) over mount_group as ahead_most
  from mounts
  join reads using (cluster, node, namespace, service_account, object, group_number, place)
  where mounts.apart
    and reads.all_seen
    and mounts.mounts = reads.sessions
  window mount_group as (
    partition by cluster, node, namespace, service_account, object, group_number
  )
), tied as (
  select session, cluster, pod_id, ended_at, end_rule
  from paired
  cross join parameter
  -- One distance of the clocks fits them all.
  where ahead_least <= ahead_most
    and ahead_least <= epoch_us(clock_skew)
    and ahead_most >= -epoch_us(clock_skew)
), other_place as (
  select session
  from session_pod
  group by session
  having count(distinct cluster) > 1
)
-- A poll that runs while the pod is being removed still is the mount's.
select session, max(ended_at + mount_window) as gone_at
from tied
cross join parameter
where session not in (select session from other_place)
group by session
having count(distinct cluster || ' ' || pod_id) = 1
  and bool_and(ended_at is not null)
  and bool_and(end_rule in ('final delete', 'removal of the mount status'));
