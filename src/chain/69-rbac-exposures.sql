-- Exposures by rbac: who might have read a version while a Secret, a pod or a class had it. Never observed;
-- one an identity, object, version and unbroken interval, whatever the ways.
insert into exposure
with ranked as (
  select *,
    greatest(rank, holding_rank) as chain_rank,
    case when version is null then array_to_string(alternatives, ' ') else '' end as unknown_key
  from read_chance
), marked as (
  select *,
    coalesce(first_at > max(until_at) over (
      partition by cluster, reader, object, version, unknown_key
      order by first_at, until_at, chain_rank, from_id, basis, evidence, means
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from ranked
), islands as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, reader, object, version, unknown_key
      order by first_at, until_at, chain_rank, from_id, basis, evidence, means
      rows unbounded preceding
    ) as island
  from marked
), merged as (
  select cluster, reader, object, version, unknown_key,
    min(class) as class,
    min(first_at) as first_at,
    nullif(max(until_at), timestamptz 'infinity') as last_at,
    min(chain_rank) as chain_rank,
    min(grade_rank(version_grade)) as version_rank,
    sorted_set(flatten(list(coalesce(fields, [])))) as fields,
    bool_or(end_state = 'open') filter (where until_at = timestamptz 'infinity') as held_open,
    arg_min(
      struct_pack(
        alternatives := alternatives,
        links := before || [struct_pack(kind := 'could_read', grade := rank_grade(rank), evidence := evidence)]
      ),
      struct_pack(rank := chain_rank, "at" := first_at, from_id := from_id, basis := coalesce(basis, ''), evidence := evidence)
    ) as best
  from islands
  group by cluster, reader, object, version, unknown_key, island
)
select
  left(sha256(concat_ws(chr(10), object, coalesce(version, unknown_key), identity_entity(merged.cluster, reader), 'rbac', time_text(first_at))), 16),
  object, version, rank_grade(version_rank), fields,
  struct_pack(
    kind := 'identity', id := reader, class := class, cluster := merged.cluster,
    namespace := case when reader like 'system:serviceaccount:%:%' then split_part(reader, ':', 3) end,
    name := case when reader like 'system:serviceaccount:%:%' then split_part(reader, ':', 4) else reader end,
    service_account := case when reader like 'system:serviceaccount:%:%' then split_part(reader, ':', 4) end,
    workload := null, node := null, created_by := null
  ),
  'rbac', false, rank_grade(chain_rank), coalesce(best.alternatives, []), first_at, last_at,
  case
    when last_at is not null then 'ended'
    when held_open and covering_log.cluster is not null then 'open'
    else 'unknown'
  end,
  [], best.links
from merged
left join covering_log
  on merged.cluster = covering_log.cluster;
