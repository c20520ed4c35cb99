-- consumed_by: Secret -> pod, and the exposures secret_env and secret_volume: which version of the Secret a
-- pod took, by its environment, or by a volume that follows the Secret.
-- https://kubernetes.io/docs/concepts/configuration/secret/
create or replace temp table life_use as
with tracks as (
  select distinct cluster, namespace, name, object
  from secret_run
), uses as (
  select consumption.cluster, consumption.namespace, consumption.pod_id, consumption.secret, consumption.container, consumption.key,
    consumption.kind, consumption.is_sub_path, consumption.grade, consumption.evidence, tracks.object,
    life.life, life.first_at, life.last_at, life.started_at, life.evidence as life_evidence,
    coalesce(life.started_at + interval 999 millisecond, life.first_at) as decided_at,
    coalesce(life.started_at - interval 1 second, life.first_at) as settled_at
  from consumption
  join container_life as life using (cluster, pod_id, container)
  join tracks
    on consumption.cluster = tracks.cluster
    and consumption.namespace = tracks.namespace
    and consumption.secret = tracks.name
  where consumption.kind in ('env', 'env_from')
     or consumption.is_sub_path
), decided as (
  select uses.*, now.run_id as now_id, now.last_at as now_last_at
  from uses
  asof left join secret_run as now
    on uses.cluster = now.cluster
    and uses.namespace = now.namespace
    and uses.secret = now.name
    and uses.object = now.object
    and uses.decided_at >= now.first_at
), settled as (
  select decided.*, before.run_id as before_id, before.last_at as before_last_at
  from decided
  asof left join secret_run as before
    on decided.cluster = before.cluster
    and decided.namespace = before.namespace
    and decided.secret = before.name
    and decided.object = before.object
    and decided.settled_at >= before.first_at
), following as (
  select settled.*, next.run_id as next_id, next.first_at as next_first_at
  from settled
  asof left join secret_run as next
    on settled.cluster = next.cluster
    and settled.namespace = next.namespace
    and settled.secret = next.name
    and settled.object = next.object
    and settled.decided_at < next.first_at
)
select following.* exclude (now_id, now_last_at, before_id, before_last_at, next_id, next_first_at),
  case when coalesce(now_last_at, never()) > decided_at then now_id end as now_id,
  case when coalesce(before_last_at, never()) > settled_at then before_id end as before_id,
  case
    -- A container waits for a Secret that is not there yet.
    when started_at is null and next_first_at < last_at
      and (next_first_at <= decided_at + sync_window or coalesce(now_last_at, timestamptz '0001-01-01 00:00:00Z') <= decided_at)
      then next_id
  end as next_id
from following
cross join parameter;

-- The runs that a container may have read: one, or several that are too near to tell.
create or replace temp table life_version as
with possible as (
  select *, unnest(list_distinct(list_filter(
    case
      when now_id is null then [next_id]
      when started_at is null then [now_id, next_id]
      else [now_id, before_id]
    end,
    lambda run: run is not null
  ))) as run_id
  from life_use
)
select possible.* exclude (now_id, before_id, next_id, decided_at, settled_at),
  secret_run.* exclude (run_id, cluster, namespace, name, object, first_at, last_at, grade, evidence, path, rule),
  secret_run.first_at as run_first_at, secret_run.grade as run_grade
from possible
join secret_run using (run_id);

-- A key that the container takes narrows the fields; a key that is none of the object's is no use of it.
create or replace temp macro fields_of_key(wanted, keys, fields) as
  case
    when wanted is null or keys is null then fields
    else list_filter(
      sorted_set(list_transform(list_filter(keys, lambda entry: entry.key = wanted), lambda entry: entry.field)),
      lambda field: field is not null
    )
  end;
create or replace temp macro has_key(wanted, keys) as
  wanted is null or keys is null or len(list_filter(keys, lambda entry: entry.key = wanted)) > 0;

create or replace temp table consumer_hold as
with told as (
  select cluster, namespace, pod_id, secret, container, object, key, kind, is_sub_path, life, first_at, last_at,
    min(run_first_at) as run_first_at,
    case when count(distinct coalesce(version, run_id)) = 1 then min(version) end as version,
    case
      when count(distinct coalesce(version, run_id)) = 1 and min(version) is not null then []
      else sorted_set(flatten(list(case when version is null then alternatives else [version] end)))
    end as alternatives,
    case
      when count(distinct coalesce(version, run_id)) = 1 and min(version) is not null
        then grade_name(max(grade_rank(version_grade)))
      else 'candidate'
    end as version_grade,
    grade_name(min(greatest(grade_rank(run_grade), grade_rank(grade)))) as grade,
    sorted_set(flatten(list(fields_of_key(key, keys, fields)))) as fields,
    arg_min(links, run_first_at) as links,
    min(evidence) as evidence,
    min(grade) as reference_grade,
    min(life_evidence) as life_evidence
  from life_version
  where has_key(key, keys)
  group by cluster, namespace, pod_id, secret, container, object, key, kind, is_sub_path, life, first_at, last_at
)
select cluster, namespace, pod_id, secret, container, object,
  case when is_sub_path then 'secret_volume' else 'secret_env' end as path,
  greatest(first_at, run_first_at) as first_at, last_at, version, alternatives, version_grade, grade, fields,
  links || [struct_pack(kind := 'consumed_by', grade := reference_grade, evidence := sorted_set(evidence || life_evidence))] as links
from told
where greatest(first_at, run_first_at) <= last_at
union all
-- A volume follows the Secret until another write replaces the files.
select consumption.cluster, consumption.namespace, consumption.pod_id, consumption.secret, consumption.container,
  secret_run.object, 'secret_volume',
  greatest(consumption.first_at, secret_run.first_at),
  least(consumption.ended_at, coalesce(secret_run.rewritten_at, never())),
  secret_run.version, secret_run.alternatives, secret_run.version_grade, weakest(secret_run.grade, consumption.grade),
  fields_of_key(consumption.key, secret_run.keys, secret_run.fields),
  secret_run.links || [struct_pack(kind := 'consumed_by', grade := consumption.grade, evidence := consumption.evidence)]
from consumption
join secret_run
  on consumption.cluster = secret_run.cluster
  and consumption.namespace = secret_run.namespace
  and consumption.secret = secret_run.name
where consumption.kind in ('volume', 'projected')
  and not consumption.is_sub_path
  and consumption.container is not null
  and has_key(consumption.key, secret_run.keys)
  -- A Secret that is gone when the pod comes gives it nothing.
  and consumption.first_at < coalesce(secret_run.last_at, never())
  and consumption.ended_at > secret_run.first_at;

create or replace temp table consumer_interval as
with marked as (
  select *,
    version is null as is_open,
    coalesce(first_at > max(last_at) over (
      partition by cluster, pod_id, object, path, version, alternatives
      order by first_at, last_at, container, secret
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from consumer_hold
)
select *,
  sum(begins::integer) over (
    partition by cluster, pod_id, object, path, version, alternatives
    order by first_at, last_at, container, secret
    rows unbounded preceding
  ) as number
from marked;

create or replace temp table consumer_exposure as
with merged as (
  select cluster, pod_id, object, path, version, alternatives, number,
    min(first_at) as first_at,
    nullif(max(last_at), never()) as last_at,
    min(grade_rank(grade)) as grade_rank,
    min(grade_rank(version_grade)) as version_rank,
    sorted_set(flatten(list(fields))) as fields,
    sorted_set(list(container)) as containers,
    arg_min(links, struct_pack(grade := grade_rank(grade), first_at := first_at, links := links)) as links
  from consumer_interval
  group by cluster, pod_id, object, path, version, alternatives, number
)
select *,
  exposure_key(
    object, coalesce(version, '? ' || array_to_string(alternatives, ' ')), pod_id, path, first_at
  ) as exposure_id
from merged;

insert into exposure
select exposure_id, object, version, grade_name(version_rank), fields, holder, path, true, grade_name(grade_rank), alternatives,
  first_at, last_at,
  case when last_at is not null then 'ended' when covering_log.cluster is not null then 'open' else 'unknown' end,
  [], coalesce(pod_link.links, []) || consumer_exposure.links
from consumer_exposure
join pod_holders_of('consumer_exposure') as pod_holder using (cluster, pod_id)
left join pod_links_of('consumer_exposure') as pod_link using (cluster, pod_id)
left join covering_log
  on consumer_exposure.cluster = covering_log.cluster;

insert into link
with uses as (
  select cluster, namespace, secret, pod_id, min(first_at) as first_at, nullif(max(ended_at), never()) as ended_at,
    arg_min(grade, struct_pack(grade := grade_rank(grade), kind := kind, container := container, key := key)) as grade,
    arg_min(evidence, struct_pack(grade := grade_rank(grade), kind := kind, container := container, key := key)) as evidence,
    array_to_string(sorted_set(list(case when is_sub_path then 'subPath' else kind end)), ', ') as kinds
  from consumption
  group by cluster, namespace, secret, pod_id
)
select link_key('consumed_by', secret_entity(cluster, namespace, secret), pod_entity(cluster, pod_id), first_at), 'consumed_by',
  secret_entity(cluster, namespace, secret), pod_entity(cluster, pod_id), first_at, ended_at, grade, evidence,
  'pod spec: ' || kinds || case when contains(kinds, 'image_pull') then ' (the kubelet uses it)' else '' end, 'https://kubernetes.io/docs/concepts/configuration/secret/#using-a-secret'
from uses;
