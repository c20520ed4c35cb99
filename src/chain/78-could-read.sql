-- could_read: Secret, pod, node or provider object -> identity that might have read what it holds. A
-- right is no read: none of this is ever observed.

-- Those who are named, and the members that were seen of a group; a group that nobody was seen in stands
-- for itself, and is never filled by guess. Rights of one reach and time are one: the surest, by all its ways.
create or replace temp table reader_right as
with rights as (
  select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence
  from held_right
  union all
  select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence
  from borrowed_right
), reached as (
  select cluster, subject_kind, subject, target, namespace, name, valid_from, until_at,
    min(rank) as rank,
    sorted_set(flatten(list(means))) as means,
    arg_min(evidence, struct_pack(rank := rank, evidence := evidence)) as evidence
  from rights
  where target in ('secret', 'pod', 'node', 'namespace', 'token')
    and len(evidence) > 0
    and (
      subject_kind = 'user'
      or (cluster, subject) not in (select (cluster, group_name) from group_member)
    )
  group by cluster, subject_kind, subject, target, namespace, name, valid_from, until_at
)
select row_number() over (order by cluster, subject_kind, subject, target, namespace, name, valid_from, until_at) as right_id,
  cluster, target, namespace, name, valid_from, until_at, rank, means, evidence,
  case when subject_kind = 'group' then 'group:' || subject else subject end as reader,
  case
    when subject_kind = 'user' then kubernetes_actor_class(subject)
    when subject in ('system:authenticated', 'system:unauthenticated') then 'human'
    when starts_with(subject, 'system:serviceaccounts') then 'workload'
    when starts_with(subject, 'system:') then 'platform'
    else 'human'
  end as class
from reached;

-- What may be read: whoever holds a version by another path; and each class of a namespace, which a pod of
-- one's own mounts in the version of the day.
create or replace temp table holding as
select exposure_id as holding_id, object, version, version_grade, fields, grade_rank(grade) as rank, alternatives, end_state,
  links, []::varchar[] as evidence, holder.cluster as cluster, holder.kind as kind, holder.id as holder_id,
  case when holder.kind = 'kubernetes_secret' then split_part(holder.id, '/', 1) else holder.namespace end as namespace,
  case when holder.kind = 'kubernetes_secret' then split_part(holder.id, '/', 2) else holder.name end as name,
  holder.service_account as service_account, holder.node as node,
  first_at,
  coalesce(last_at, timestamptz 'infinity') as until_at
from exposure
where observed
  and holder.kind in ('pod', 'kubernetes_secret')
  and holder.cluster is not null
union all
select distinct concat_ws('/', class_object.cluster, class_object.namespace, class, object_id, time_text(valid_from), provider_version.version),
  class_object.object, provider_version.version, case when provider_version.version is null then 'candidate' else 'inferred' end,
  case when field is not null then [field] else [] end,
  3, [], 'open', [], sorted_set(class_object.evidence || coalesce(provider_version.evidence, [])),
  class_object.cluster, 'class', class, class_object.namespace, class, null, null,
  greatest(class_object.valid_from, coalesce(provider_version.created_at, class_object.valid_from)),
  coalesce(
    least(class_object.valid_to, provider_version.superseded_at, provider_version.ended_at),
    timestamptz 'infinity'
  )
from class_object
left join provider_version
  on class_object.object = provider_version.object
  and coalesce(class_object.pinned_version, provider_version.version) = provider_version.version;

create or replace temp table holding_place as
with named as (
  select holding_id, cluster, 'secret' as target, namespace, name,
    'kubernetes_secret:' || cluster || '/' || namespace || '/' || name as from_id
  from holding
  where kind = 'kubernetes_secret'
  union all
  -- A pod of one's own mounts any Secret of the namespace.
  select holding_id, cluster, 'namespace', namespace, null,
    'kubernetes_secret:' || cluster || '/' || namespace || '/' || name
  from holding
  where kind = 'kubernetes_secret'
  union all
  select holding_id, cluster, 'namespace', namespace, null, 'provider_object:' || object
  from holding
  where kind = 'class'
  union all
  select holding_id, cluster, 'pod', namespace, name, pod_entity(cluster, holder_id)
  from holding
  where kind = 'pod'
  union all
  select holding_id, cluster, 'node', null, node, node_entity(cluster, node)
  from holding
  where kind = 'pod'
    and node is not null
  union all
  -- A token for the pod's account lets its bearer log in to the provider as the pod does.
  select holding_id, cluster, 'token', namespace, service_account, 'provider_object:' || object
  from holding
  where kind = 'pod'
    and service_account is not null
)
-- A right names a namespace, or not, and an object, or not: four keys, each joined by equality.
select distinct named.holding_id, named.cluster, target, from_id,
  case when any_namespace then null else namespace end as namespace,
  case when any_name then null else name end as name
from named
cross join (values (false, false), (false, true), (true, false), (true, true)) as width(any_namespace, any_name);

-- Where a right and a holding meet. Holdings are half open; one of a single instant is that instant. What is
-- behind both is looked up later, for the few that stand for an answer.
create or replace temp table read_chance as
select holding.holding_id, right_id, from_id, holding.cluster, reader, class, object, version,
  case when version is null then array_to_string(alternatives, ' ') else '' end as unknown_key,
  case when from_id like 'provider_object:%' then greatest(reader_right.rank, 3) else reader_right.rank end as rank,
  holding.rank as holding_rank,
  greatest(reader_right.valid_from, first_at) as first_at,
  least(reader_right.until_at, holding.until_at) as until_at
from holding_place
join reader_right
  on holding_place.cluster = reader_right.cluster
  and holding_place.target = reader_right.target
  and holding_place.namespace is not distinct from reader_right.namespace
  and holding_place.name is not distinct from reader_right.name
join holding
  on holding_place.holding_id = holding.holding_id
where first_at < reader_right.until_at
  and (
    holding.until_at > reader_right.valid_from
    or (first_at = holding.until_at and first_at >= reader_right.valid_from)
  );

insert into link
with marked as (
  select *,
    coalesce(first_at > max(until_at) over (
      partition by cluster, from_id, reader
      order by first_at, until_at, right_id, holding_id
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from read_chance
), islands as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, from_id, reader
      order by first_at, until_at, right_id, holding_id
      rows unbounded preceding
    ) as island
  from marked
), spans as (
  select cluster, from_id, identity_entity(cluster, reader) as to_id,
    min(first_at) as valid_from,
    nullif(max(until_at), timestamptz 'infinity') as valid_to,
    min(rank) as rank,
    arg_min(
      struct_pack(right_id := right_id, holding_id := holding_id),
      struct_pack(rank := rank, "at" := first_at, right_id := right_id, holding_id := holding_id)
    ) as best,
    list(distinct right_id) as rights
  from islands
  group by cluster, from_id, reader, island
), ways as (
  select from_id, to_id, spans.valid_from, sorted_set(flatten(list(means))) as means
  from (select from_id, to_id, valid_from, unnest(rights) as right_id from spans) as spans
  join reader_right using (right_id)
  group by from_id, to_id, spans.valid_from
)
select link_key('could_read', from_id, to_id, spans.valid_from), 'could_read', from_id, to_id, spans.valid_from, spans.valid_to,
  rank_grade(spans.rank),
  -- The class is half of why the object may be read; a pod or Secret speaks for itself.
  sorted_set(reader_right.evidence || holding.evidence),
  'RBAC: ' || array_to_string(ways.means, ', '), 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/'
from spans
join ways using (from_id, to_id, valid_from)
join reader_right
  on spans.best.right_id = reader_right.right_id
join holding
  on spans.best.holding_id = holding.holding_id;
