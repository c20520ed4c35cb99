/* ---
title: Whether a user could do something at a time, and by which binding
question: Could this user do this at this time (no row is a no), by which binding, or why can nobody tell?
sources: [k8s_audit, k8s_objects]
severity: info
attack: [T1078.004, T1098.006]
params:
  cluster: { type: varchar, doc: The cluster asked }
  user: { type: varchar, doc: "User name as in the audit log; system:serviceaccount:<namespace>:<name> for an account" }
  verb: { type: varchar, doc: "Kubernetes verb: get, list, watch, create, patch, impersonate, …" }
  resource: { type: varchar, doc: "Resource in the plural, with its subresource where there is one: secrets, pods/exec" }
  at: { type: timestamp, doc: The time asked about }
  api_group: { type: varchar, default: "", doc: API group; empty for the core group }
  namespace: { type: varchar, default: null, doc: Namespace of the request; none for cluster-scoped resources and for all namespaces }
  name: { type: varchar, default: null, doc: "Name in the request; none for create, and for list and watch without a field selector metadata.name" }
  groups: { type: varchar_list, default: null, doc: "Groups of the user instead of those the logs show; those that every user has are added" }
misses: >-
  Groups of users that no log shows, where their names begin with system:. Other authorizers than RBAC (the Node authorizer, webhooks, cloud access entries), admission, and
  constrained impersonation (verbs impersonate:… and impersonate-on:…). A snapshot is taken to be whole;
  what it showed is taken to last until something else is logged.
next:
  - "`privilege/binding_changes` around the time tells who gave the permission"
  - "`privilege/secret_readers` asks the same of a Secret, for everybody"
references:
  - https://kubernetes.io/docs/reference/access-authn-authz/rbac/
  - https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/registry/rbac/validation/rule.go
  - https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/apis/rbac/v1/evaluation_helpers.go
--- */
with seen_group as (
  select unnest(groups) as name, "at"
  from fact_group_membership
  where $groups is null
    and cluster = $cluster
    and actor = $user
), user_group as (
  select name
  from seen_group
  where "at" <= $at::timestamptz
  union
  select unnest(from_json($groups::json, '["varchar"]'))
  union
  select unnest(case
    when $user = 'system:anonymous' then ['system:unauthenticated']
    when $user like 'system:serviceaccount:%:%' then
      ['system:authenticated', 'system:serviceaccounts', 'system:serviceaccounts:' || split_part($user, ':', 3)]
    else ['system:authenticated']
  end)
), possible_group as (
  -- Groups that the user is seen in later; of a user that no log shows, any that somebody is bound by,
  -- but for those with the prefix that Kubernetes keeps for itself.
  select name
  from seen_group
  union
  select subject
  from role_grant
  where $groups is null
    and subject not like 'system:%'
    and $user not like 'system:%'
    and not exists (from seen_group)
  union
  select subject
  from role_grant_gap
  where $groups is null
    and subject not like 'system:%'
    and $user not like 'system:%'
    and not exists (from seen_group)
), known_binding as (
  select kind
  from fact_role_binding
  -- A get in the audit log shows one object and says nothing of others.
  where action = 'observed'
    and actor is null
    and cluster = $cluster
    and "at" <= $at::timestamptz
), allowing as (
  select *,
    case
      when subject_kind = 'user' or subject in (from user_group) then 'told'
      when subject in (from possible_group) then 'possible'
    end as membership
  from role_grant
  where cluster = $cluster
    and (subject_kind = 'group' or subject = $user)
    and (namespace is null or namespace = $namespace)
    and (list_contains(verbs, '*') or list_contains(verbs, $verb))
    and (list_contains(api_groups, '*') or list_contains(api_groups, $api_group))
    and (
      list_contains(resources, '*')
      or list_contains(resources, $resource)
      or list_contains(resources, '*/' || nullif(split_part($resource, '/', 2), ''))
    )
    and (len(resource_names) = 0 or list_contains(resource_names, $name))
    and (valid_to is null or valid_to > $at::timestamptz)
), statement as (
  select
    case when membership = 'told' and grade <> 'candidate' then 'yes' else 'unknown' end as answer,
    case
      when membership = 'possible' then 'groups of the user not seen'
      when grade = 'candidate' then 'changed without a logged body'
    end as reason,
    binding, role, subject, valid_from, valid_to, grade, list_sort(list_distinct(binding_evidence || role_evidence)) as evidence
  from allowing
  where membership is not null
    and (valid_from is null or valid_from <= $at::timestamptz)
  union all
  select 'unknown', 'first seen later', binding, role, subject, valid_from, valid_to, 'candidate',
    list_sort(list_distinct(binding_evidence || role_evidence))
  from allowing
  where membership is not null
    and seen_first
    and valid_from > $at::timestamptz
  union all
  select 'unknown', reason, binding, role, subject, valid_from, valid_to, 'candidate', evidence
  from role_grant_gap
  where cluster = $cluster
    and (namespace is null or namespace = $namespace)
    and valid_from <= $at::timestamptz
    and (valid_to is null or valid_to > $at::timestamptz)
    and (
      subject is null
      or (subject_kind = 'user' and subject = $user)
      or (subject_kind = 'group' and (subject in (from user_group) or subject in (from possible_group)))
    )
  union all
  select 'unknown', 'no snapshot of ' || kind || 's yet', null, null, null, null, null, null, []
  from (
    select 'ClusterRoleBinding' as kind
    union all
    select 'RoleBinding'
    where $namespace is not null
  )
  where kind not in (from known_binding)
)
select
  answer,
  reason,
  binding,
  role,
  subject,
  valid_from,
  valid_to,
  grade,
  evidence
from statement
-- One binding that surely grants it settles the question.
where answer = 'yes'
  or not exists (
    from statement as settled
    where settled.answer = 'yes'
  )
order by binding, role, subject, reason, valid_from, evidence
