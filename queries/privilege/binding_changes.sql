/* ---
title: Roles and bindings that changed
question: Who made, changed or deleted which role or binding around the incident, and whom did it give what?
sources: [k8s_audit]
severity: high
attack: [T1098.006]
params:
  since: { type: timestamp, doc: Start of the window }
  until: { type: timestamp, doc: End of the window }
  cluster: { type: varchar, default: null, doc: Only this cluster }
  namespace: { type: varchar, default: null, doc: "Only this namespace, and what is in none" }
  platform:
    type: boolean
    default: false
    doc: "Changes by the control plane as well: the aggregation of ClusterRoles, the deletion of namespaces"
misses: >-
  Writes where the audit policy logs no bodies show the name alone. Requests that were denied are in
  `event`. What was there before and after is in the snapshots, not here.
next:
  - "`privilege/identity_reach` with a subject tells what it could read from then on"
  - "`privilege/account_impersonators` tells who else may act as the actor, where it is an account"
references:
  - https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
  - https://kubernetes.io/docs/concepts/security/rbac-good-practices/
--- */
with change as (
  select "at", cluster, actor, action, kind, namespace, name, role_kind || ' ' || role_name as role, subjects,
    null::json as rules, event_id, evidence
  from fact_role_binding
  union all
  select "at", cluster, actor, action, kind, namespace, name, null, null, rules, event_id, evidence
  from fact_role
)
select
  "at",
  cluster,
  actor,
  action,
  kind,
  namespace,
  name,
  role,
  list_transform(subjects, lambda subject: concat_ws(' ', subject.kind, concat_ws('/', subject.namespace, subject.name))) as subjects,
  rules,
  event_id,
  evidence
from change
where action in ('created', 'changed', 'deleted')
  and "at" >= $since::timestamptz
  and "at" <= $until::timestamptz
  and ($cluster is null or cluster = $cluster)
  and ($namespace is null or namespace is null or namespace = $namespace)
  and ($platform or actor is null or actor not like 'system:serviceaccount:kube-system:%-controller')
order by "at", cluster, kind, namespace, name, event_id
