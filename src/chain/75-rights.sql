-- Which of the granted rights reach what holds a credential: what a request is called that reads a
-- Secret, enters a pod, mounts what a namespace has, or makes somebody else of the caller.

-- As RBAC compares (pkg/apis/rbac/v1/evaluation_helpers.go): `*` stands alone and `*/exec` for any
-- resource; `pods/*` is no pattern and matches nothing.
create or replace temp macro rule_allows(verbs, api_groups, resources, verb, api_group, resource) as
  (list_contains(verbs, '*') or list_contains(verbs, verb))
  and (list_contains(api_groups, '*') or list_contains(api_groups, api_group))
  and (
    list_contains(resources, '*')
    or list_contains(resources, resource)
    or coalesce(list_contains(resources, '*/' || nullif(split_part(resource, '/', 2), '')), false)
  );

-- target       what a request of this kind reaches
-- unnamed      the request has no name, so a rule with resourceNames does not match it; list and watch are
--              none of these, for a field selector metadata.name gives them one
-- whole        a name in it is not the target's: it reaches the whole namespace
-- rank         4 where it depends on the version of the cluster: until 1.35 WebSockets asked for `get` only
create or replace temp table request_kind as
with requests as (
  from (values
    ('secret', 'get,list,watch', '', 'secrets', false, false, 1),
    ('pod', 'create', '', 'pods/exec', false, false, 1),
    ('pod', 'create', '', 'pods/attach', false, false, 1),
    ('pod', 'create', '', 'pods/portforward', false, false, 1),
    -- https://github.com/kubernetes/kubernetes/pull/134577
    ('pod', 'get', '', 'pods/exec', false, false, 4),
    ('pod', 'get', '', 'pods/attach', false, false, 4),
    ('pod', 'get', '', 'pods/portforward', false, false, 4),
    ('pod', 'patch,update', '', 'pods/ephemeralcontainers', false, false, 1),
    ('pod', 'create,get,update,patch,delete', '', 'pods/proxy', false, false, 1),
    ('pod', 'get', '', 'pods/log', false, false, 1),
    ('node', 'create,get,update,patch,delete', '', 'nodes/proxy', false, false, 1),
    -- https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    ('namespace', 'create', '', 'pods', true, true, 1),
    ('namespace', 'create', '', 'replicationcontrollers', true, true, 1),
    ('namespace', 'create', 'apps', 'deployments', true, true, 1),
    ('namespace', 'create', 'apps', 'replicasets', true, true, 1),
    ('namespace', 'create', 'apps', 'statefulsets', true, true, 1),
    ('namespace', 'create', 'apps', 'daemonsets', true, true, 1),
    ('namespace', 'create', 'batch', 'jobs', true, true, 1),
    ('namespace', 'create', 'batch', 'cronjobs', true, true, 1),
    ('namespace', 'update,patch', '', 'replicationcontrollers', false, true, 1),
    ('namespace', 'update,patch', 'apps', 'deployments', false, true, 1),
    ('namespace', 'update,patch', 'apps', 'replicasets', false, true, 1),
    ('namespace', 'update,patch', 'apps', 'statefulsets', false, true, 1),
    ('namespace', 'update,patch', 'apps', 'daemonsets', false, true, 1),
    ('namespace', 'update,patch', 'batch', 'cronjobs', false, true, 1),
    -- https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request
    ('token', 'create', '', 'serviceaccounts/token', false, false, 1),
    -- https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
    ('as_account', 'impersonate', '', 'serviceaccounts', false, false, 1),
    ('as_user', 'impersonate', '', 'users', false, false, 1),
    ('as_group', 'impersonate', '', 'groups', false, false, 1),
    -- https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
    ('make_binding', 'create', 'rbac.authorization.k8s.io', 'rolebindings', true, true, 1),
    ('make_binding', 'update,patch', 'rbac.authorization.k8s.io', 'rolebindings', false, true, 1),
    ('make_cluster_binding', 'create', 'rbac.authorization.k8s.io', 'clusterrolebindings', true, true, 1),
    ('make_cluster_binding', 'update,patch', 'rbac.authorization.k8s.io', 'clusterrolebindings', false, true, 1),
    ('bind_role', 'bind', 'rbac.authorization.k8s.io', 'roles', false, false, 1),
    ('bind_cluster_role', 'bind', 'rbac.authorization.k8s.io', 'clusterroles', false, false, 1),
    ('change_role', 'update,patch', 'rbac.authorization.k8s.io', 'roles', false, false, 1),
    ('change_cluster_role', 'update,patch', 'rbac.authorization.k8s.io', 'clusterroles', false, false, 1),
    ('escalate_role', 'escalate', 'rbac.authorization.k8s.io', 'roles', false, false, 1),
    ('escalate_cluster_role', 'escalate', 'rbac.authorization.k8s.io', 'clusterroles', false, false, 1)
  ) as request(target, verbs, api_group, resource, unnamed, whole, rank)
)
select target, api_group, resource, unnamed, whole, rank,
  -- Resources that are in no namespace: no RoleBinding reaches them.
  target in ('node', 'as_user', 'as_group', 'make_cluster_binding') as cluster_scoped,
  unnest(string_split(verbs, ',')) as verb
from requests;

create or replace temp macro grade_rank(grade) as list_position(['recorded', 'matched', 'inferred', 'candidate'], grade);
create or replace temp macro rank_grade(rank) as ['recorded', 'matched', 'inferred', 'candidate'][rank];

-- Each distinct rule is compared once, not once a subject: a group of rules is bound many times.
create or replace temp table rule_request as
with rules as (
  select verbs, api_groups, resources, resource_names
  from role_grant
  union
  select rule.verbs, rule.api_groups, rule.resources, rule.resource_names
  from role_rule
), allowed as (
  select rules.*, target, whole, cluster_scoped, rank, verb || ' ' || resource as means
  from rules
  cross join request_kind
  where rule_allows(verbs, api_groups, resources, verb, api_group, resource)
    and not (unnamed and len(resource_names) > 0)
)
select verbs, api_groups, resources, resource_names, target, cluster_scoped,
  unnest(case when whole or len(resource_names) = 0 then [null] else resource_names end) as name,
  rank, sorted_set(list(means)) as means
from allowed
group by verbs, api_groups, resources, resource_names, target, cluster_scoped, whole, rank;

-- What a subject may reach. `namespace` and `name` null: any. Members have the rights of their groups, but
-- lend only what is theirs by name: a user put on by impersonation comes without groups.
create or replace temp table subject_right as
with rights as (
  select role_grant.cluster, subject_kind, subject, target, role_grant.namespace, name, means,
    greatest(rank, grade_rank(grade)) as rank,
    coalesce(valid_from, timestamptz '-infinity') as valid_from,
    coalesce(valid_to, timestamptz 'infinity') as until_at,
    sorted_set(binding_evidence || role_evidence) as evidence
  from role_grant
  join rule_request using (verbs, api_groups, resources, resource_names)
  where role_grant.namespace is null
    or not cluster_scoped
)
select *, false as by_group
from rights
union all
select rights.cluster, 'user', actor, target, namespace, name, means, greatest(rank, 3),
  greatest(valid_from, first_at), until_at, sorted_set(rights.evidence || group_member.evidence), true
from rights
join group_member
  on rights.cluster = group_member.cluster
  and rights.subject = group_member.group_name
  and group_member.first_at < rights.until_at
where subject_kind = 'group';
