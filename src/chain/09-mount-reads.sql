-- The provider read behind each delivery: same object, service account and auth mount, shortly before
-- the write, from a place that does not contradict. What it shows: the version, the address of the
-- provider on that node, and whose session it is.
-- https://developer.hashicorp.com/vault/docs/platform/k8s/csi

-- Addresses that provider logs really see. Behind a load balancer the provider's own never shows.
create or replace temp table provider_address as
select cluster, node, address, first_at, ended_at
from pod_address
where is_provider
  and node is not null
  and address in (select address from provider_read);

-- Joins on time go through buckets as long as the window, so that they stay linear.
create or replace temp table read_bucket as
select provider_read.*, epoch_us("at") // epoch_us(parameter.mount_window) as bucket
from provider_read, parameter
where (service_account is not null or reader is not null)
  -- Conjur's and Akeyless's providers ask for no version: who does is no mount.
  and (provider not in ('akeyless', 'conjur') or version is null);

create or replace temp table delivery_target as
with targets as (
  select delivery_id, cluster, namespace, pod_id, class, "at", object, auth_mount, role, reader, stated_version
  from delivery
  union all
  select step_key, cluster, namespace, pod_id, class, "at", null, null, null, null, null
  from unmapped_step
)
select targets.*, pod.node, pod.service_account, pod.uid,
  coalesce(pod.node, targets.pod_id) as place,
  pod_creation.creation.at - clock_skew as not_before,
  unnest(generate_series(
    epoch_us(targets.at - mount_window) // epoch_us(mount_window),
    epoch_us(targets.at + clock_skew) // epoch_us(mount_window)
  )) as bucket
from targets
join pod using (cluster, pod_id)
left join pod_creation using (cluster, pod_id)
cross join parameter;

create or replace temp table read_candidate as
with in_time as (
  select target.delivery_id, target.cluster, target.pod_id, target.class, target.place, target.node, target.uid,
    target.object as target_object, target.at as written_at, target.not_before, read.*exclude (cluster, bucket),
    case
      when read.at <= target.at then epoch_us(target.at) - epoch_us(read.at)
      else 2 * (epoch_us(read.at) - epoch_us(target.at))
    end as distance
  from delivery_target as target
  join read_bucket as read
    on target.bucket = read.bucket
    and target.namespace = read.namespace
    and target.object = read.object
  cross join parameter
  where read.at between target.at - mount_window and target.at + clock_skew
    and (target.service_account is null or target.service_account = read.service_account)
    and (target.auth_mount is null or read.auth_mount is null or target.auth_mount = read.auth_mount)
    and (target.role is null or read.role is null or target.role = read.role)
    and (read.pod_uid is null or target.uid is null or read.pod_uid = target.uid)
  union all
  select target.delivery_id, target.cluster, target.pod_id, target.class, target.place, target.node, target.uid,
    target.object, target.at, target.not_before, read.*exclude (cluster, bucket),
    case
      when read.at <= target.at then epoch_us(target.at) - epoch_us(read.at)
      else 2 * (epoch_us(read.at) - epoch_us(target.at))
    end
  from delivery_target as target
  join read_bucket as read
    on target.bucket = read.bucket
    and target.object = read.object
  cross join parameter
  -- A provider whose log names no service account: as whom the class reads, or any workload where it does not say.
  where read.service_account is null
    and read.at between target.at - mount_window and target.at + clock_skew
    and coalesce(target.reader = read.reader, read.class = 'workload')
    and coalesce(target.stated_version = read.version, true)
    and (read.pod_uid is null or target.uid is null or read.pod_uid = target.uid)
  union all
  select target.delivery_id, target.cluster, target.pod_id, target.class, target.place, target.node, target.uid,
    target.object, target.at, target.not_before, read.*exclude (cluster, bucket),
    case
      when read.at <= target.at then epoch_us(target.at) - epoch_us(read.at)
      else 2 * (epoch_us(read.at) - epoch_us(target.at))
    end
  from delivery_target as target
  join read_bucket as read
    on target.bucket = read.bucket
    and target.namespace = read.namespace
  cross join parameter
  where target.object is null
    and read.at between target.at - mount_window and target.at + clock_skew
    and (target.service_account is null or target.service_account = read.service_account)
    and (read.cluster is null or read.cluster = target.cluster)
    and (read.pod_uid is null or target.uid is null or read.pod_uid = target.uid)
)
select in_time.* exclude (not_before),
  -- What was read before the pod was made was not read for it.
  coalesce(in_time.at >= in_time.not_before, true) as in_life,
  exists (
    from provider_address
    where provider_address.cluster = in_time.cluster
      and provider_address.node = in_time.node
      and provider_address.address = in_time.address
      and in_time.at between provider_address.first_at and provider_address.ended_at
  ) as place_known
from in_time
where not exists (
    from pod_address
    where pod_address.cluster = in_time.cluster
      and pod_address.address = in_time.address
      and not pod_address.is_provider
      and in_time.at between pod_address.first_at and pod_address.ended_at
  )
  and not exists (
    from provider_address
    where provider_address.cluster = in_time.cluster
      and provider_address.node <> in_time.node
      and provider_address.address = in_time.address
      and in_time.at between provider_address.first_at and provider_address.ended_at
  );

-- Where a node's provider is known by its own address at the time, no other address is its.
create or replace temp table read_in_place as
select *
from read_candidate
qualify place_known
  or not bool_or(place_known) over (partition by cluster, place);

-- The provider keeps one Vault token a pod, so a session belongs to the pod whose mount it first read
-- for. Only the session's first reads tell: later ones may stand beside the mount of another pod.
create or replace temp table session_pod as
with session_start as (
  select session, min("at") as first_at
  from provider_read
  where session is not null
  group by session
), opening_reads as (
  select read_in_place.*,
    count(distinct session) over (partition by delivery_id, object) as sessions
  from read_in_place
  join session_start using (session)
  cross join parameter
  where read_in_place.in_life
    and (
      read_in_place.at <= session_start.first_at + clock_skew
      or read_in_place.pod_uid = read_in_place.uid
    )
), first_reads as (
  select read_in_place.session, read_in_place.cluster, read_in_place.pod_id,
    min(distance) as distance,
    -- A mount reads each object once. Where sessions of several began beside each of its writes, all but one
    -- belong to mounts that wrote nothing then: which, nothing tells.
    min(sessions) > 1 as contested,
    bool_or(read_in_place.pod_uid is not null and read_in_place.pod_uid = read_in_place.uid) as stated,
    arg_min(read_in_place.place_known, distance) as place_known,
    arg_min(read_in_place.address, struct_pack(distance := distance, read_id := read_id)) as address,
    arg_min(read_in_place.evidence, struct_pack(distance := distance, read_id := read_id)) as evidence
  from opening_reads as read_in_place
  group by read_in_place.session, read_in_place.cluster, read_in_place.pod_id
)
select *,
  count(*) over (partition by session) as pods,
  row_number() over (partition by session order by stated desc, distance, cluster, pod_id) as preference
from first_reads;

create or replace temp table session_owner as
select session, cluster, pod_id, stated, pods
from session_pod
where preference = 1;

-- The best read of each delivery, and of each object for writes that no class explains.
create or replace temp table delivery_read as
with supported as (
  select *,
    count(distinct written_at) over (partition by cluster, place, address) as support
  from (
    select read_in_place.*,
      case
        when session_owner.pod_id is null then 1
        when session_owner.pod_id = read_in_place.pod_id and session_owner.cluster = read_in_place.cluster then 0
        else 2
      end as session_rank
    from read_in_place
    left join session_owner using (session)
    where read_in_place.in_life
  )
)
select delivery_id, cluster, pod_id, class, place, object, read_id, version, version_number, fields, field_values,
  session, service_account, auth_mount, role, address, user_agent, "at", evidence, event_id, identity, place_known,
  pod_uid is not null and pod_uid = uid as pod_stated, reader
from supported
qualify row_number() over (
  partition by delivery_id, object
  order by pod_uid is not distinct from uid desc, place_known desc, support desc, session_rank, distance, "at", read_id
) = 1;

-- Some clouds log whole seconds (CloudTrail, `eventTime`), and their reads name no pod: where pods of one identity got
-- another version within such a second or the next, nothing tells whose read is whose.
-- https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
create or replace temp table contested_read as
select delivery_read.delivery_id, delivery_read.object, sorted_set(list(read.version)) as versions
from delivery_read
join read_in_place as read
  on delivery_read.delivery_id = read.delivery_id
  and delivery_read.object = read.object
where not delivery_read.pod_stated
  and read.in_life
  and read.version is not null
  and epoch_us(read.at) % 1000000 = 0
  and read.at between delivery_read.at - interval 1 second and delivery_read.at + interval 1 second
group by delivery_read.delivery_id, delivery_read.object
having count(distinct read.version) > 1;

-- Places learnt: the address (and client) that the provider on a node showed when it served mounts.
create or replace temp table learnt_address as
select cluster, place, address, min("at") as first_at
from delivery_read
where address is not null
group by cluster, place, address;

create or replace temp table learnt_client as
select distinct cluster, place, address, split_part(user_agent, '/', 1) as client
from delivery_read
where user_agent is not null;

-- Writes that no class explains, as deliveries of what was read for them.
insert into delivery
select unmapped_step.step_key || ' ' || delivery_read.object, unmapped_step.step_key, unmapped_step.cluster,
  unmapped_step.namespace, unmapped_step.pod_id, unmapped_step.class, unmapped_step.at, unmapped_step.event_id,
  unmapped_step.evidence, unmapped_step.has_body,
  case when unmapped_step.grade = 'candidate' then 'candidate' else 'inferred' end,
  unmapped_step.rule || '; the object is what the provider read for it',
  delivery_read.object, delivery_read.auth_mount, delivery_read.role, null, null, false, null,
  [], null, null, 0, null
from unmapped_step
join delivery_read
  on unmapped_step.step_key = delivery_read.delivery_id;

update delivery_read
set delivery_id = delivery_id || ' ' || object
where delivery_id in (select step_key from unmapped_step);

update contested_read
set delivery_id = delivery_id || ' ' || object
where delivery_id in (select step_key from unmapped_step);
