-- could_read and provider_policy: what the rights of the steps before come to, whichever provider gives them.

-- One link an identity, object and unbroken interval, whatever the grants and policies.
create or replace temp table policy_right as
with marked as (
  select *,
    coalesce(valid_from > max(until_at) over (
      partition by cluster, reader, object
      order by valid_from, until_at, grant_id
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from policy_chance
), islands as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, reader, object
      order by valid_from, until_at, grant_id
      rows unbounded preceding
    ) as island
  from marked
)
select cluster, reader, object, min(class) as class, min(valid_from) as valid_from, max(until_at) as until_at, min(rank) as rank,
  sorted_set(flatten(list(policies))) as policies,
  arg_min(evidence, struct_pack(rank := rank, "at" := valid_from, grant_id := grant_id)) as evidence
from islands
group by cluster, reader, object, island;

insert into link
select link_key('could_read', object_entity(object), identity_entity(cluster, reader), valid_from), 'could_read',
  object_entity(object), identity_entity(cluster, reader), valid_from, nullif(until_at, never()), rank_grade(rank), evidence,
  'provider policy: ' || array_to_string(policies, ', '), policy_document(object)
from policy_right;

-- Exposures by provider_policy: a version may be read from when it is made until it is deleted or destroyed.
insert into exposure
with versioned as (
  select policy_right.*, version, provider_version.created_at, provider_version.ended_at, provider_version.evidence as version_evidence
  from policy_right
  left join provider_version using (object)
), held as (
  select *,
    greatest(valid_from, coalesce(created_at, valid_from)) as first_at,
    least(until_at, coalesce(ended_at, never())) as last_at,
    case when reader like 'system:serviceaccount:%:%' then string_split(reader, ':')[3:4] end as account
  from versioned
)
select
  left(sha256(concat_ws(chr(10), object, coalesce(version, ''), identity_entity(cluster, reader), 'provider_policy', time_text(first_at))), 16),
  object, version,
  case when version is null then 'candidate' else 'recorded' end,
  [],
  struct_pack(
    kind := 'identity', id := reader, class := class, cluster := cluster,
    namespace := account[1], name := coalesce(account[2], reader), service_account := account[2],
    workload := null, node := null, created_by := null
  ),
  'provider_policy', false, rank_grade(rank), [], first_at,
  nullif(last_at, never()),
  -- What gives the right is landed once; whether it still holds, nothing says.
  case when last_at < never() then 'ended' else 'unknown' end,
  [],
  [struct_pack(kind := 'could_read', grade := rank_grade(rank), evidence := evidence)]
from held
where first_at < last_at;
