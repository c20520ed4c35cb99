-- Roles and cluster roles: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
-- A patch replaces the rules whole where it names them, whatever its kind; below RequestResponse the rest of
-- the role is unknown.
insert into fact_role by name
with
  written as (
    select *, case
      when json_type(object) = 'OBJECT' then object
      when json_type(object) = 'ARRAY' then json_patch_members(object)
    end as body
    from k8s_audit_stated
    where resource in ('roles', 'clusterroles')
      and coalesce(api_group, '') in ('', 'rbac.authorization.k8s.io')
      and subresource is null
      and verb in ('create', 'update', 'patch', 'get', 'delete')
      and (verb <> 'get' or answered)
    union all by name
    select * replace (null::varchar as name, null::varchar as uid), item as body
    from (
      select *, unnest(from_json(response_object -> '$.items', '["JSON"]')) as item
      from k8s_audit_stated
      where resource in ('roles', 'clusterroles')
        and coalesce(api_group, '') in ('', 'rbac.authorization.k8s.io')
        and verb = 'deletecollection'
        and json_type(response_object, '$.items') = 'ARRAY'
    ) as collected
    union all by name
    select *, null::json as body
    from k8s_audit_stated
    where resource in ('roles', 'clusterroles')
      and coalesce(api_group, '') in ('', 'rbac.authorization.k8s.io')
      and verb = 'deletecollection'
      and json_type(response_object, '$.items') is distinct from 'ARRAY'
      and (name is not null or not regexp_matches(request_uri, '[?&](labelSelector|fieldSelector)=[^&]'))
  )
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  case when verb = 'deletecollection' then 'deleted' else k8s_audit_action(verb, code) end as action,
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
  case when verb not in ('delete', 'deletecollection') then
    case
      when json_type(body, '$.rules') = 'ARRAY' then (body -> '$.rules')
      -- A role may have no rules: one that grants nothing, or one that others are yet to fill.
      when verb <> 'patch' and body is not null or answered then '[]'::json
    end
  end as rules,
  case when json_type(body, '$.aggregationRule') = 'OBJECT' and verb not in ('delete', 'deletecollection')
    then (body -> '$.aggregationRule.clusterRoleSelectors') end as aggregation,
  kubernetes_labels(body -> '$.metadata.labels') as labels,
  verb in ('delete', 'deletecollection') or coalesce(answered, false)
    or body is not null and (verb in ('create', 'update') or code = 201) as complete
from written;
