-- Bindings of roles as a snapshot or a manifest shows them.
insert into fact_role_binding by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  kind,
  namespace,
  name,
  uid,
  binding."roleRef".kind as role_kind,
  binding."roleRef".name as role_name,
  kubernetes_subjects(object, binding) as subjects,
  kubernetes_subjects(object, binding) is not null as complete
from (
  select *, kubernetes_role_binding(object) as binding
  from k8s_object
  where kind in ('RoleBinding', 'ClusterRoleBinding')
    and starts_with(object ->> '$.apiVersion', 'rbac.authorization.k8s.io/')
) as snapshot;
