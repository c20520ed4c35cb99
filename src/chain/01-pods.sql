-- Pod incarnations: one row a uid, and one row a name where no log ever gave the uid.
-- StatefulSets give a new pod the old name, so nothing below joins on a name alone: a record that
-- names no uid belongs to the incarnation that was there at its time.

-- Every statement that gives a uid. A creationTimestamp has whole seconds; its last instant is taken,
-- so that the delete of the pod before, in the same second, does not fall into the new one.
create or replace temp table pod_sighting as
select cluster, namespace, name, uid, least("at", created_at + interval 999 millisecond) as "at"
from fact_pod
where uid is not null
union all
select cluster, namespace, name, uid, "at"
from fact_pod_binding
where uid is not null
union all
select cluster, namespace, pod_name, pod_uid, "at"
from fact_mount_status
where pod_uid is not null
  and action <> 'deleted'
  and writer_is_driver is distinct from false
union all
select cluster, namespace, pod_name, pod_uid, "at"
from fact_mount_log
where action = 'published'
  and namespace is not null
  and pod_name is not null
union all
select cluster, namespace, pod_name, pod_uid, "at"
from fact_token
where pod_uid is not null
union all
select cluster,
  case when actor like 'system:serviceaccount:%:%' then split_part(actor, ':', 3) end,
  pod_name, pod_uid, "at"
from fact_token_use
-- Pods that nothing but their tokens tells of mount nothing that a log shows; there are many.
where pod_name in (
  select name
  from fact_pod
  where name is not null
  union
  select pod_name
  from fact_mount_status
  where pod_name is not null
);

create or replace temp table pod_known as
select cluster, uid, min(namespace) as namespace, min(name) as name, min("at") as first_at
from pod_sighting
group by cluster, uid;

-- Creations logged without the uid (level Request): the next uid seen under the name is theirs,
-- unless another creation of the name lies between.
create or replace temp table pod_birth as
with births as (
  select cluster, namespace, name, uid, "at", event_id,
    lead("at") over (partition by cluster, namespace, name order by "at", event_id) as next_at
  from fact_pod
  where action = 'created'
    and name is not null
), followed as (
  select births.*, pod_known.uid as next_uid, pod_known.first_at as next_first_at
  from births
  asof left join pod_known
    on births.cluster = pod_known.cluster
    and births.namespace = pod_known.namespace
    and births.name = pod_known.name
    and births.at <= pod_known.first_at
  where births.uid is null
)
select cluster, namespace, name, "at", event_id,
  case when next_at is null or next_first_at < next_at then next_uid end as uid
from followed;

create or replace temp table pod_named as
with starts as (
  select cluster, namespace, name, uid, first_at
  from pod_known
  union all
  select cluster, namespace, name, uid, "at"
  from pod_birth
), incarnations as (
  select cluster, min(namespace) as namespace, min(name) as name, uid, min(first_at) as first_at
  from starts
  where uid is not null
  group by cluster, uid
  union all
  select distinct cluster, namespace, name, uid, first_at
  from starts
  where uid is null
)
select cluster, namespace, name, uid, first_at,
  coalesce(uid, namespace || '/' || name || '@' || strftime(first_at, '%Y-%m-%dT%H:%M:%S.%fZ')) as pod_id
from incarnations;

-- Names that some record shows alive and no incarnation explains.
create or replace temp table pod_incarnation as
with nameless as (
  select cluster, namespace, name, "at"
  from fact_pod
  where uid is null
    and action = 'observed'
    and name is not null
  union all
  select cluster, namespace, name, "at"
  from fact_pod_binding
  where uid is null
), unexplained as (
  select nameless.*
  from nameless
  asof left join pod_named
    on nameless.cluster = pod_named.cluster
    and nameless.namespace = pod_named.namespace
    and nameless.name = pod_named.name
    and nameless.at >= pod_named.first_at
  where pod_named.pod_id is null
), found as (
  select cluster, namespace, name, null::varchar as uid, min("at") as first_at
  from unexplained
  group by cluster, namespace, name
), incarnations as (
  select cluster, namespace, name, uid, first_at, pod_id
  from pod_named
  union all
  select cluster, namespace, name, uid, first_at,
    namespace || '/' || name || '@' || strftime(first_at, '%Y-%m-%dT%H:%M:%S.%fZ')
  from found
)
select cluster, namespace, name, uid, pod_id, first_at,
  lead(first_at) over (partition by cluster, namespace, name order by first_at, pod_id) as successor_at
from incarnations;

-- Every pod fact with the incarnation it speaks of.
create or replace temp table pod_fact as
with by_uid as (
  select fact_pod.* exclude (labels, annotations), uid as pod_id
  from fact_pod
  where uid is not null
), by_birth as (
  select fact_pod.* exclude (labels, annotations),
    coalesce(
      pod_birth.uid,
      fact_pod.namespace || '/' || fact_pod.name || '@' || strftime(fact_pod.at, '%Y-%m-%dT%H:%M:%S.%fZ')
    ) as pod_id
  from fact_pod
  join pod_birth
    on fact_pod.cluster = pod_birth.cluster
    and fact_pod.event_id = pod_birth.event_id
    and fact_pod.at = pod_birth.at
    and fact_pod.name = pod_birth.name
    and fact_pod.namespace = pod_birth.namespace
  where fact_pod.uid is null
    and fact_pod.action = 'created'
), by_name as (
  select fact_pod.* exclude (labels, annotations), pod_incarnation.pod_id
  from fact_pod
  asof join pod_incarnation
    on fact_pod.cluster = pod_incarnation.cluster
    and fact_pod.namespace = pod_incarnation.namespace
    and fact_pod.name = pod_incarnation.name
    and fact_pod.at >= pod_incarnation.first_at
  where fact_pod.uid is null
    and fact_pod.action <> 'created'
)
select * from by_uid
union all
select * from by_birth
union all
select * from by_name;
