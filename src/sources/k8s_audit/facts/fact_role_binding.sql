-- Bindings of roles: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding
-- The role of a binding never changes, and a patch replaces the subjects whole where it names them.
insert into fact_role_binding by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  kind,
  coalesce(namespace, body ->> '$.metadata.namespace') as namespace,
  coalesce(name, body ->> '$.metadata.name') as name,
  coalesce(
    (body ->> '$.metadata.uid'),
    case when verb = 'delete' then coalesce(
      (response_object ->> '$.metadata.uid'), (request_object ->> '$.preconditions.uid')) end,
    details_uid,
    uid
  ) as uid,
  binding."roleRef".kind as role_kind,
  binding."roleRef".name as role_name,
  case
    when verb = 'delete' then null
    when whole then kubernetes_subjects(body, binding)
    when json_type(body, '$.subjects') = 'ARRAY' then kubernetes_subjects(body, binding)
  end as subjects,
  verb = 'delete' or whole and kubernetes_subjects(body, binding) is not null as complete
from (
  select
    *,
    kubernetes_role_binding(body) as binding,
    body is not null and (coalesce(answered, false) or verb in ('create', 'update') or code = 201) as whole
  from (
    select *, case json_type(object)
      when 'OBJECT' then object
      when 'ARRAY' then json_patch_members(object)
    end as body
    from k8s_audit_object
    where resource in ('rolebindings', 'clusterrolebindings')
      and coalesce(api_group, '') in ('', 'rbac.authorization.k8s.io')
  ) as written
) as written;
