/* ---
title: Who could read a Secret at a time, and by which binding
question: Who was allowed to read this Secret at this time, by which binding, role and verb?
sources: [k8s_audit, k8s_objects]
severity: medium
attack: [T1552.007, T1078.004]
params:
  namespace: { type: varchar, doc: Namespace of the Secret }
  secret: { type: varchar, doc: Name of the Secret }
  at: { type: timestamp, doc: The time asked about }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Ways around the Secret (a pod of one's own, exec into a pod that has it, impersonation, tokens) where no
  credential in it is known to Custody; those of known ones are here without a binding. Kubelets, which the
  Node authorizer allows the Secrets of their pods. Members of groups that no log shows.
next:
  - "`privilege/unused_secret_readers` tells who of them never did"
  - "`privilege/can_i` asks the same for one user, and says no where it is no"
references:
  - https://kubernetes.io/docs/reference/access-authn-authz/rbac/
  - https://kubernetes.io/docs/concepts/security/rbac-good-practices/
--- */
with membership as (
  select distinct cluster, actor, unnest(groups) as name
  from fact_group_membership
  where "at" <= $at::timestamptz
), reading as (
  select *,
    list_filter(['get', 'list', 'watch'], lambda verb: list_contains(verbs, verb) or list_contains(verbs, '*')) as allowed
  from role_grant
  where ($cluster is null or cluster = $cluster)
    and (namespace is null or namespace = $namespace)
    and (list_contains(api_groups, '*') or list_contains(api_groups, ''))
    and (list_contains(resources, '*') or list_contains(resources, 'secrets'))
    and (len(resource_names) = 0 or list_contains(resource_names, $secret))
    and (valid_from is null or valid_from <= $at::timestamptz)
    and (valid_to is null or valid_to > $at::timestamptz)
), named as (
  select
    reading.*,
    coalesce(membership.actor, case subject_kind when 'group' then 'group:' || subject else subject end) as identity,
    case when membership.actor is not null then 'inferred' else grade end as reader_grade
  from reading
  left join membership
    on reading.cluster = membership.cluster
    and reading.subject = membership.name
    and reading.subject_kind = 'group'
    and not starts_with(reading.subject, 'system:serviceaccounts')
    and reading.subject not in ('system:authenticated', 'system:unauthenticated')
  where len(allowed) > 0
), roundabout as (
  select entity.cluster, entity.name as identity, link.rule, link.valid_from, link.valid_to, link.grade, link.evidence
  from link
  join entity
    on link.to_id = entity.entity_id
  where link.kind = 'could_read'
    and link.from_id = 'kubernetes_secret:' || entity.cluster || '/' || $namespace || '/' || $secret
    and ($cluster is null or entity.cluster = $cluster)
    and link.valid_from <= $at::timestamptz
    and (link.valid_to is null or link.valid_to > $at::timestamptz)
    and not exists (
      from named
      where named.cluster = entity.cluster
        and named.identity = entity.name
    )
)
select
  cluster,
  identity,
  array_to_string(allowed, ', ') || ' secrets' as way,
  binding,
  role,
  valid_from,
  valid_to,
  reader_grade as grade,
  list_sort(list_distinct(binding_evidence || role_evidence)) as evidence
from named
-- Nothing shows the group that bypasses RBAC but its members.
where role is not null
  or identity <> 'group:system:masters'
union all
select cluster, identity, rule, null, null, valid_from, valid_to, grade, evidence
from roundabout
order by cluster, identity, binding, role, way, valid_from, evidence
