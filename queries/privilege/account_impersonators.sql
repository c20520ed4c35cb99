/* ---
title: Who may act as a service account
question: Who may impersonate this service account, make a token for it, or run a pod as it, and by which binding?
sources: [k8s_audit, k8s_objects]
severity: high
attack: [T1134.001, T1528, T1078.004]
params:
  namespace: { type: varchar, doc: Namespace of the service account }
  service_account: { type: varchar, doc: Name of the service account }
  at: { type: timestamp, default: null, doc: "Only rights of this time; none: of any time" }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Whoever may give themselves the right (bind, escalate), or act as one who has it. Whoever reads a Secret
  of type kubernetes.io/service-account-token, or gets into a pod that runs as it. Members of system:masters,
  who may do all.
next:
  - "`privilege/identity_reach` with the account tells what is behind it"
  - "`privilege/can_i` tells whether one of them may do it, with all groups"
references:
  - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
  - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request
  - https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
--- */
with named_request as (
  -- names: of what the name in the request is. Creates have none, so no rule with resourceNames matches them.
  from (values
    ('impersonate', '', 'serviceaccounts', 'impersonate', 'account'),
    ('make a token', '', 'serviceaccounts/token', 'create', 'account'),
    ('run a pod', '', 'pods,replicationcontrollers', 'create', 'none'),
    ('run a pod', '', 'replicationcontrollers', 'update,patch', 'workload'),
    ('run a pod', 'apps', 'deployments,replicasets,statefulsets,daemonsets', 'create', 'none'),
    ('run a pod', 'apps', 'deployments,replicasets,statefulsets,daemonsets', 'update,patch', 'workload'),
    ('run a pod', 'batch', 'jobs,cronjobs', 'create', 'none'),
    ('run a pod', 'batch', 'cronjobs', 'update,patch', 'workload')
  ) as request(way, api_group, resources, request_verbs, names)
), request as (
  select way, api_group, unnest(string_split(resources, ',')) as resource, string_split(request_verbs, ',') as request_verbs, names
  from named_request
)
select
  role_grant.cluster,
  case subject_kind when 'group' then 'group:' || subject else subject end as identity,
  request.way,
  list_sort(list_distinct(list(request.resource))) as resources,
  role_grant.binding,
  role_grant.role,
  role_grant.valid_from,
  role_grant.valid_to,
  role_grant.grade,
  list_sort(list_distinct(binding_evidence || role_evidence)) as evidence
from role_grant
join request
  on (list_contains(verbs, '*') or list_has_any(verbs, request.request_verbs))
  and (list_contains(api_groups, '*') or list_contains(api_groups, request.api_group))
  and (
    list_contains(resources, '*')
    or list_contains(resources, request.resource)
    or list_contains(resources, '*/' || nullif(split_part(request.resource, '/', 2), ''))
  )
  and (len(resource_names) = 0 or request.names = 'workload' or (request.names = 'account' and list_contains(resource_names, $service_account)))
where role is not null
  and ($cluster is null or role_grant.cluster = $cluster)
  and (role_grant.namespace is null or role_grant.namespace = $namespace)
  and ($at is null or role_grant.valid_from <= $at::timestamptz)
  and ($at is null or role_grant.valid_to is null or role_grant.valid_to > $at::timestamptz)
group by role_grant.cluster, subject_kind, subject, request.way, role_grant.binding, role_grant.role, role_grant.valid_from,
  role_grant.valid_to, role_grant.grade, evidence
order by role_grant.cluster, identity, way, binding, role, valid_from, valid_to, role_grant.grade, evidence
