-- Rights that a subject may give itself. RBAC lets nobody grant more than they have, but for `bind` on
-- a role (with leave to write bindings) and `escalate` on one that they are bound to (with leave to change it).
-- https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping

-- Where two rights of a subject meet: in one namespace, or one of them everywhere.
create or replace temp macro narrower(one, other) as coalesce(one, other);
create or replace temp macro meet(one, other) as one is null or other is null or one = other;

create or replace temp table binding_right as
select writing.cluster, writing.subject_kind, writing.subject,
  case binding.target when 'bind_role' then 'Role' else 'ClusterRole' end as role_kind,
  binding.name as role_name,
  case when writing.target = 'make_cluster_binding' then null
    else narrower(writing.namespace, binding.namespace) end as namespace,
  greatest(writing.valid_from, binding.valid_from) as valid_from,
  least(writing.until_at, binding.until_at) as until_at,
  greatest(writing.rank, binding.rank) as rank,
  sorted_set(writing.evidence || binding.evidence) as evidence
from subject_right as writing
join subject_right as binding
  on writing.cluster = binding.cluster
  and writing.subject_kind = binding.subject_kind
  and writing.subject = binding.subject
  and writing.valid_from < binding.until_at
  and binding.valid_from < writing.until_at
where writing.target in ('make_binding', 'make_cluster_binding')
  and binding.target in ('bind_role', 'bind_cluster_role')
  and meet(writing.namespace, binding.namespace)
  -- A ClusterRoleBinding binds no Role, and is written by whoever may bind everywhere.
  and (writing.target = 'make_binding' or (binding.target = 'bind_cluster_role' and binding.namespace is null));

-- Whoever is bound to a role that they may escalate.
create or replace temp table escalation_right as
select escalating.cluster, escalating.subject_kind, escalating.subject,
  nullif(bound_user.namespace, '') as namespace,
  greatest(escalating.valid_from, changing.valid_from, bound_user.valid_from) as valid_from,
  least(escalating.until_at, changing.until_at, bound_user.until_at) as until_at,
  greatest(escalating.rank, changing.rank, bound_user.rank) as rank,
  sorted_set(escalating.evidence || changing.evidence || bound_user.evidence) as evidence
from subject_right as escalating
join subject_right as changing
  on escalating.cluster = changing.cluster
  and escalating.subject_kind = changing.subject_kind
  and escalating.subject = changing.subject
  and replace(escalating.target, 'escalate_', 'change_') = changing.target
join bound_user
  on escalating.cluster = bound_user.cluster
  and escalating.subject_kind = bound_user.subject_kind
  and escalating.subject = bound_user.subject
where escalating.target in ('escalate_role', 'escalate_cluster_role')
  and case escalating.target when 'escalate_role' then 'Role' else 'ClusterRole' end = bound_user.role_kind
  and coalesce(escalating.name, bound_user.role_name) = bound_user.role_name
  and coalesce(changing.name, bound_user.role_name) = bound_user.role_name
  -- The role is where both may change it; a ClusterRole is in no namespace, so only where both may everywhere.
  and coalesce(escalating.namespace, bound_user.role_namespace) = bound_user.role_namespace
  and coalesce(changing.namespace, bound_user.role_namespace) = bound_user.role_namespace
  and greatest(escalating.valid_from, changing.valid_from, bound_user.valid_from)
    < least(escalating.until_at, changing.until_at, bound_user.until_at);

-- What somebody has anyway need be neither given nor borrowed. Whoever runs pods in a namespace mounts every
-- Secret of it and acts as every account of it.
create or replace temp macro covers(own_target, own_namespace, own_name, target, namespace, name) as
  (own_target = target or (own_target = 'namespace' and target in ('secret', 'token', 'as_account')))
  and (own_namespace is null or coalesce(own_namespace = namespace, false))
  and (own_name is null or coalesce(own_name = name, false));

-- All of a namespace, or of the cluster: by a role of one's own making, or by any that is there.
create or replace temp table given_right as
with anything as (
  select cluster, subject_kind, subject, namespace, valid_from, until_at, rank, evidence,
    case role_kind when 'Role' then 'bind roles' else 'bind clusterroles' end as means
  from binding_right
  where role_name is null
  union all
  select cluster, subject_kind, subject, namespace, valid_from, until_at, rank, evidence, 'escalate'
  from escalation_right
), everything as (
  select anything.*, unnest(['secret', 'pod', 'namespace', 'token', 'as_account', 'node', 'as_user', 'as_group']) as target
  from anything
), named as (
  select binding_right.cluster, subject_kind, subject, target, binding_right.namespace, rule_request.name,
    ['bind ' || role_kind || ' ' || role_name] as means,
    greatest(binding_right.rank, rule_request.rank, case when role_rule.certain then 1 else 4 end) as rank,
    greatest(binding_right.valid_from, role_rule.valid_from) as valid_from,
    least(binding_right.until_at, role_rule.until_at) as until_at,
    sorted_set(binding_right.evidence || role_rule.evidence) as evidence
  from binding_right
  join role_rule
    on binding_right.cluster = role_rule.cluster
    and binding_right.role_kind = role_rule.kind
    and binding_right.role_name = role_rule.name
    and binding_right.valid_from < role_rule.until_at
    and role_rule.valid_from < binding_right.until_at
  join rule_request
    on role_rule.rule.verbs = rule_request.verbs
    and role_rule.rule.api_groups = rule_request.api_groups
    and role_rule.rule.resources = rule_request.resources
    and role_rule.rule.resource_names = rule_request.resource_names
  where (binding_right.namespace is null or not cluster_scoped)
    and (role_rule.kind = 'ClusterRole' or coalesce(binding_right.namespace, role_rule.namespace) = role_rule.namespace)
), given as (
  select cluster, subject_kind, subject, target, namespace, null::varchar as name, [means] as means, rank,
    valid_from, until_at, evidence
  from everything
  where namespace is null
    or target not in ('node', 'as_user', 'as_group')
  union all
  select cluster, subject_kind, subject, target, namespace, name, means, rank, valid_from, until_at, evidence
  from named
)
select *
from given
where not exists (
  from subject_right as own
  where own.cluster = given.cluster
    and own.subject_kind = given.subject_kind
    and own.subject = given.subject
    and covers(own.target, own.namespace, own.name, given.target, given.namespace, given.name)
    and own.valid_from <= given.valid_from
    and own.until_at >= given.until_at
    and own.rank <= given.rank
);
