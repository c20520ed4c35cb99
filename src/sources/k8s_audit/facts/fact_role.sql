-- Roles and cluster roles: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
-- A patch replaces the rules whole where it names them, whatever its kind; below RequestResponse the rest of
-- the role is unknown.
insert into fact_role by name
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
  case
    when verb = 'delete' then null
    when whole then kubernetes_rules(body)
    when json_type(body, '$.rules') = 'ARRAY' then (body -> '$.rules')
  end as rules,
  case when json_type(body, '$.aggregationRule') = 'OBJECT' and verb <> 'delete'
    then (body -> '$.aggregationRule.clusterRoleSelectors') end as aggregation,
  kubernetes_labels(body -> '$.metadata.labels') as labels,
  verb = 'delete' or whole and kubernetes_rules(body) is not null as complete
from (
  select
    *,
    body is not null and (coalesce(answered, false) or verb in ('create', 'update') or code = 201) as whole
  from (
    select *, case json_type(object)
      when 'OBJECT' then object
      when 'ARRAY' then json_patch_members(object)
    end as body
    from k8s_audit_object
    where resource in ('roles', 'clusterroles')
      and coalesce(api_group, '') in ('', 'rbac.authorization.k8s.io')
  ) as written
) as written;
