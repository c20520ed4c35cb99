-- could_read: Secret, pod, node or provider object -> identity that might have read what it holds. A
-- right is no read: none of this is ever observed.

-- Those who are named, and the members that were seen of a group; a group that nobody was seen in stands
-- for itself, and is never filled by guess.
create or replace temp table reader_right as
with rights as (
  select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence
  from held_right
  union all
  select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence
  from borrowed_right
)
select rights.*,
  case when subject_kind = 'group' then 'group:' || subject else subject end as reader,
  case
    when subject_kind = 'user' then kubernetes_actor_class(subject)
    when subject in ('system:authenticated', 'system:unauthenticated') then 'human'
    when starts_with(subject, 'system:serviceaccounts') then 'workload'
    when starts_with(subject, 'system:') then 'platform'
    else 'human'
  end as class
from rights
where target in ('secret', 'pod', 'node', 'namespace', 'token')
  and (
    subject_kind = 'user'
    or (cluster, subject) not in (select (cluster, group_name) from group_member)
  )
  and len(evidence) > 0;

-- What may be read: whoever holds a version by another path, under every name that a right may have for it.
create or replace temp table holding as
select exposure_id, object, version, version_grade, fields, grade, alternatives, end_state, links,
  holder.cluster as cluster, holder.kind as holder_kind, holder.id as holder_id,
  case when holder.kind = 'kubernetes_secret' then split_part(holder.id, '/', 1) else holder.namespace end as namespace,
  case when holder.kind = 'kubernetes_secret' then split_part(holder.id, '/', 2) else holder.name end as name,
  holder.service_account as service_account, holder.node as node,
  first_at,
  coalesce(last_at, timestamptz 'infinity') as until_at
from exposure
where observed
  and holder.kind in ('pod', 'kubernetes_secret')
  and holder.cluster is not null;

create or replace temp table holding_place as
with named as (
  select exposure_id, cluster, 'secret' as target, namespace, name,
    'kubernetes_secret:' || cluster || '/' || namespace || '/' || name as from_id
  from holding
  where holder_kind = 'kubernetes_secret'
  union all
  -- A pod of one's own mounts any Secret of the namespace.
  select exposure_id, cluster, 'namespace', namespace, null,
    'kubernetes_secret:' || cluster || '/' || namespace || '/' || name
  from holding
  where holder_kind = 'kubernetes_secret'
  union all
  select exposure_id, cluster, 'pod', namespace, name, pod_entity(cluster, holder_id)
  from holding
  where holder_kind = 'pod'
  union all
  select exposure_id, cluster, 'node', null, node, node_entity(cluster, node)
  from holding
  where holder_kind = 'pod'
    and node is not null
  union all
  -- A token for the pod's account lets its bearer log in to the provider as the pod does.
  select exposure_id, cluster, 'token', namespace, service_account, 'provider_object:' || object
  from holding
  where holder_kind = 'pod'
    and service_account is not null
)
-- A right names a namespace, or not, and an object, or not: four keys, each joined by equality.
select distinct named.exposure_id, named.cluster, target, from_id,
  case when any_namespace then null else namespace end as namespace,
  case when any_name then null else name end as name
from named
cross join (values (false, false), (false, true), (true, false), (true, true)) as width(any_namespace, any_name);

-- A class of the namespace is mounted by a pod of one's own as well: it brings the version of the day.
create or replace temp table class_holding as
select distinct class_object.cluster, class_object.namespace, class_object.object, provider_version.version,
  case when class_object.field is not null then [class_object.field] else [] end as fields,
  greatest(class_object.valid_from, coalesce(provider_version.created_at, class_object.valid_from)) as first_at,
  coalesce(
    least(class_object.valid_to, provider_version.superseded_at, provider_version.ended_at),
    timestamptz 'infinity'
  ) as until_at,
  sorted_set(class_object.evidence || coalesce(provider_version.evidence, [])) as evidence
from class_object
left join provider_version
  on class_object.object = provider_version.object
  and coalesce(class_object.pinned_version, provider_version.version) = provider_version.version;

-- Where a right and a holding meet. Holdings are half open; one of a single instant is that instant.
create or replace temp macro meets(first_at, until_at, valid_from, valid_until) as
  first_at < valid_until and (until_at > valid_from or (first_at = until_at and first_at >= valid_from));

create or replace temp table read_chance as
select holding.object, holding.version, version_grade, fields, alternatives, end_state,
  holding.cluster, reader, class, means, from_id,
  case when from_id like 'provider_object:%' then greatest(rank, 3) else rank end as rank,
  grade_rank(holding.grade) as holding_rank,
  reader_right.evidence, holding.links as before, holding.exposure_id as basis,
  greatest(reader_right.valid_from, holding.first_at) as first_at,
  least(reader_right.until_at, holding.until_at) as until_at
from holding_place
join reader_right
  on holding_place.cluster = reader_right.cluster
  and holding_place.target = reader_right.target
  and holding_place.namespace is not distinct from reader_right.namespace
  and holding_place.name is not distinct from reader_right.name
join holding
  on holding_place.exposure_id = holding.exposure_id
where meets(holding.first_at, holding.until_at, reader_right.valid_from, reader_right.until_at)
union all
select object, version, case when version is null then 'candidate' else 'inferred' end, fields, [], 'open',
  class_holding.cluster, reader, class, list_transform(means, lambda kind: kind || ' to mount a class'), 'provider_object:' || object,
  greatest(rank, 3), 3,
  sorted_set(reader_right.evidence || class_holding.evidence), [], null,
  greatest(reader_right.valid_from, class_holding.first_at),
  least(reader_right.until_at, class_holding.until_at)
from class_holding
join reader_right
  on class_holding.cluster = reader_right.cluster
  and (reader_right.namespace is null or class_holding.namespace = reader_right.namespace)
where reader_right.target = 'namespace'
  and meets(class_holding.first_at, class_holding.until_at, reader_right.valid_from, reader_right.until_at);

insert into link
with marked as (
  select *,
    coalesce(first_at > max(until_at) over (
      partition by cluster, from_id, reader
      order by first_at, until_at, rank, evidence, means
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from read_chance
), islands as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, from_id, reader
      order by first_at, until_at, rank, evidence, means
      rows unbounded preceding
    ) as island
  from marked
), links as (
  select cluster, from_id, identity_entity(cluster, reader) as to_id,
    min(first_at) as valid_from,
    nullif(max(until_at), timestamptz 'infinity') as valid_to,
    rank_grade(min(rank)) as grade,
    arg_min(evidence, struct_pack(rank := rank, "at" := first_at, evidence := evidence)) as evidence,
    sorted_set(flatten(list(means))) as means
  from islands
  group by cluster, from_id, reader, island
)
select link_key('could_read', from_id, to_id, valid_from), 'could_read', from_id, to_id, valid_from, valid_to, grade, evidence,
  'RBAC: ' || array_to_string(means, ', '), 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/'
from links;
