-- Provider reads that a live mount explains: the mount's object, identity, auth mount and role, from
-- the place and client that served the mount, while the pod was there and the object in the mount. All
-- others are somebody's own.
create or replace temp table object_gone as
with last_delivery as (
  select cluster, pod_id, class, object, max("at") as "at"
  from delivery
  group by cluster, pod_id, class, object
)
select cluster, pod_id, class, object, max(object_drop.at) as "at"
from object_drop
join last_delivery using (cluster, pod_id, class, object)
group by cluster, pod_id, class, object
having max(object_drop.at) > max(last_delivery.at);

create or replace temp table live_mount as
with mounts as (
  select delivery.cluster, delivery.namespace, delivery.pod_id, delivery.class, min(delivery.at) as first_at,
    min(delivery_read.service_account) as read_account, min(delivery_read.reader) as read_reader
  from delivery
  left join delivery_read using (delivery_id)
  group by delivery.cluster, delivery.namespace, delivery.pod_id, delivery.class
), objects as (
  select cluster, namespace, class, null::varchar as pod_id, object, auth_mount, role, reader
  from class_object
  union
  select cluster, namespace, class, pod_id, object, auth_mount, role, reader
  from delivery
), places as (
  select cluster, node as place, address, first_at, ended_at
  from provider_address
  union all
  select learnt.cluster, learnt.place, learnt.address, timestamptz '0001-01-01 00:00:00Z',
    coalesce(min(known.first_at), timestamptz '9999-01-01 00:00:00Z')
  from learnt_address as learnt
  left join provider_address as known
    on learnt.cluster = known.cluster
    and learnt.place = known.node
    and learnt.address <> known.address
    and learnt.first_at < known.first_at
  where not exists (
    from provider_address as same
    where learnt.cluster = same.cluster
      and learnt.place = same.node
      and learnt.address = same.address
  )
  group by learnt.cluster, learnt.place, learnt.address
)
select distinct objects.object, mounts.namespace, coalesce(pod.service_account, mounts.read_account) as service_account,
  objects.auth_mount, objects.role, places.address, coalesce(objects.reader, mounts.read_reader) as reader,
  greatest(
    least(pod.first_at, mounts.first_at - mount_window) - clock_skew,
    case when places.first_at > timestamptz '0002-01-01 00:00:00Z' then places.first_at - clock_skew else places.first_at end
  ) as from_at,
  least(
    coalesce(pod.ended_at + clock_skew, timestamptz '9999-01-01 00:00:00Z'),
    coalesce(object_gone.at + clock_skew, timestamptz '9999-01-01 00:00:00Z'),
    case when places.ended_at < timestamptz '9998-01-01 00:00:00Z' then places.ended_at + clock_skew else places.ended_at end
  ) as to_at
from mounts
join pod using (cluster, pod_id)
join objects
  on mounts.cluster = objects.cluster
  and mounts.namespace = objects.namespace
  and mounts.class = objects.class
  and (objects.pod_id is null or objects.pod_id = mounts.pod_id)
join places
  on mounts.cluster = places.cluster
  and coalesce(pod.node, mounts.pod_id) = places.place
left join object_gone
  on mounts.cluster = object_gone.cluster
  and mounts.pod_id = object_gone.pod_id
  and mounts.class = object_gone.class
  and objects.object = object_gone.object
cross join parameter;

-- The union of the mounts' times for each key, so that each read meets at most one interval of it.
create or replace temp table live_key as
select *,
  row_number() over (order by object, namespace, service_account, address, auth_mount, role, reader) as live_key_id
from (
  select distinct object, namespace, service_account, address, auth_mount, role, reader
  from live_mount
);

create or replace temp table live_interval as
with keyed as (
  select live_key_id, from_at, to_at
  from live_mount
  join live_key
    on live_mount.object = live_key.object
    and live_mount.namespace = live_key.namespace
    and live_mount.service_account is not distinct from live_key.service_account
    and live_mount.address = live_key.address
    and live_mount.auth_mount is not distinct from live_key.auth_mount
    and live_mount.role is not distinct from live_key.role
    and live_mount.reader is not distinct from live_key.reader
  where from_at <= to_at
), marked as (
  select *,
    coalesce(from_at > max(to_at) over (
      partition by live_key_id
      order by from_at, to_at
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from keyed
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by live_key_id
      order by from_at, to_at
      rows unbounded preceding
    ) as number
  from marked
)
select live_key_id, number, min(from_at) as from_at, max(to_at) as to_at
from numbered
group by live_key_id, number;

-- Which keys a read may meet: what it or the class leaves unsaid contradicts nothing.
create or replace temp table read_key as
select uses.*, live_key.live_key_id
from (
  select distinct object, namespace, service_account, address, auth_mount, role, reader
  from provider_read
  where service_account is not null
    and address is not null
) as uses
join live_key
  on uses.object = live_key.object
  and uses.namespace = live_key.namespace
  and uses.service_account = live_key.service_account
  and uses.address = live_key.address
where coalesce(uses.auth_mount = live_key.auth_mount, true)
  and coalesce(uses.role = live_key.role, true)
union all
-- A provider whose log names no service account: the identity that the mounts read as.
select uses.*, live_key.live_key_id
from (
  select distinct object, namespace, service_account, address, auth_mount, role, reader
  from provider_read
  where service_account is null
    and reader is not null
    and address is not null
) as uses
join live_key
  on uses.object = live_key.object
  and uses.reader = live_key.reader
  and uses.address = live_key.address;

create or replace temp table explained_read as
with keyed as (
  select read.read_id, read.address, read.at, read.user_agent, read.session, read_key.live_key_id
  from provider_read as read
  join read_key
    on read.object = read_key.object
    and read.namespace is not distinct from read_key.namespace
    and read.service_account is not distinct from read_key.service_account
    and read.reader is not distinct from read_key.reader
    and read.address = read_key.address
    and read.auth_mount is not distinct from read_key.auth_mount
    and read.role is not distinct from read_key.role
  -- Conjur's and Akeyless's providers ask for no version: who does is no mount.
  where read.provider not in ('akeyless', 'conjur')
    or read.version is null
), clients as (
  select address, list(distinct client) as clients
  from learnt_client
  group by address
)
select distinct keyed.read_id
from keyed
asof join live_interval
  on keyed.live_key_id = live_interval.live_key_id
  and keyed.at >= live_interval.from_at
left join clients
  on keyed.address = clients.address
left join session_gone
  on keyed.session = session_gone.session
where keyed.at <= live_interval.to_at
  and (session_gone.gone_at is null or keyed.at <= session_gone.gone_at)
  and (
    keyed.user_agent is null
    or clients is null
    or list_contains(clients.clients, split_part(keyed.user_agent, '/', 1))
  )
union
select read_id
from delivery_read;

-- The pod itself holds the value where the read came from the pod's own address with its own service account; and
-- where AWS states whose pod the keys are and they are used from where mounts of its cluster are read from. Keys that
-- were carried elsewhere are somebody's whom nothing names. Of Vault an address tells less: a balancer in front of it
-- is everybody's.
-- https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
create or replace temp table direct_reader as
with own_address as (
  select provider_read.read_id, pod_address.cluster, pod_address.pod_id
  from provider_read
  join pod_address
    on provider_read.address = pod_address.address
    and provider_read.namespace = pod_address.namespace
    and provider_read.service_account = pod_address.service_account
    and (provider_read.cluster is null or provider_read.cluster = pod_address.cluster)
  cross join parameter
  where not pod_address.is_provider
    and provider_read.at between pod_address.first_at - clock_skew and pod_address.ended_at + clock_skew
), own_keys as (
  select provider_read.read_id, pod.cluster, pod.pod_id
  from provider_read
  join pod
    on provider_read.pod_uid = pod.uid
    and provider_read.cluster = pod.cluster
  join (select distinct cluster, address from learnt_address) as learnt
    on pod.cluster = learnt.cluster
    and provider_read.address = learnt.address
  cross join parameter
  where provider_read.provider = 'aws'
    and provider_read.at >= pod.first_at - clock_skew
    and coalesce(provider_read.at <= pod.ended_at + clock_skew, true)
), readers as (
  select * from own_address
  union all
  select * from own_keys
)
select read_id, min(cluster) as cluster, min(pod_id) as pod_id
from readers
where read_id not in (select read_id from explained_read)
group by read_id
having count(distinct cluster || ' ' || pod_id) = 1;

create or replace temp table own_read as
select provider_read.*, direct_reader.pod_id, coalesce(direct_reader.cluster, provider_read.cluster) as holder_cluster
from provider_read
left join direct_reader using (read_id)
where read_id not in (select read_id from explained_read);
