-- Exposures by rbac: who might have read a version while a Secret, a pod or a class had it. Never observed;
-- one an identity, object, version and unbroken interval, whatever the ways.
insert into exposure
with ranked as (
  select *, greatest(rank, holding_rank) as chain_rank
  from read_chance
), marked as (
  select *,
    coalesce(first_at > max(until_at) over (
      partition by cluster, reader, object, version, unknown_key
      order by first_at, until_at, right_id, holding_id, from_id
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from ranked
), islands as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, reader, object, version, unknown_key
      order by first_at, until_at, right_id, holding_id, from_id
      rows unbounded preceding
    ) as island
  from marked
), merged as (
  select cluster, reader, object, version, unknown_key,
    min(class) as class,
    min(first_at) as first_at,
    nullif(max(until_at), timestamptz 'infinity') as last_at,
    min(chain_rank) as chain_rank,
    arg_min(
      struct_pack(right_id := right_id, holding_id := holding_id, rank := rank),
      struct_pack(chain_rank := chain_rank, "at" := first_at, right_id := right_id, holding_id := holding_id, rank := rank)
    ) as best,
    list(distinct holding_id) as holdings
  from islands
  group by cluster, reader, object, version, unknown_key, island
), held as (
  select merged.cluster, reader, merged.object, merged.version, unknown_key, merged.first_at,
    sorted_set(flatten(list(coalesce(fields, [])))) as fields,
    min(grade_rank(version_grade)) as version_rank,
    bool_or(end_state = 'open' and until_at = timestamptz 'infinity') as held_open
  from (select merged.* exclude (holdings), unnest(holdings) as holding_id from merged) as merged
  join holding using (holding_id)
  group by merged.cluster, reader, merged.object, merged.version, unknown_key, merged.first_at
)
select
  left(sha256(concat_ws(chr(10), merged.object, coalesce(merged.version, merged.unknown_key), identity_entity(merged.cluster, merged.reader), 'rbac', time_text(merged.first_at))), 16),
  merged.object, merged.version, rank_grade(version_rank), held.fields,
  struct_pack(
    kind := 'identity', id := merged.reader, class := merged.class, cluster := merged.cluster,
    namespace := case when account is not null then account[1] end,
    name := coalesce(account[2], merged.reader),
    service_account := account[2],
    workload := null, node := null, created_by := null
  ),
  'rbac', false, rank_grade(chain_rank), coalesce(alternatives, []), merged.first_at, last_at,
  case
    when last_at is not null then 'ended'
    when held_open and covering_log.cluster is not null then 'open'
    else 'unknown'
  end,
  [],
  links || [struct_pack(
    kind := 'could_read',
    grade := rank_grade(best.rank),
    evidence := sorted_set(reader_right.evidence || holding.evidence)
  )]
from (
  select *, case when reader like 'system:serviceaccount:%:%' then string_split(reader, ':')[3:4] end as account
  from merged
) as merged
join held
  on merged.cluster = held.cluster
  and merged.reader = held.reader
  and merged.object = held.object
  and merged.version is not distinct from held.version
  and merged.unknown_key = held.unknown_key
  and merged.first_at = held.first_at
join reader_right
  on merged.best.right_id = reader_right.right_id
join holding
  on merged.best.holding_id = holding.holding_id
left join covering_log
  on merged.cluster = covering_log.cluster;
