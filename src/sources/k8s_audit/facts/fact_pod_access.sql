-- People and programs in pods, or reaching them: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
-- An exec is a `get` or a `create`, by the client's protocol, and is answered 101. An ephemeral container is in
-- the pod from its patch on; what it may see depends on its mounts and on whose processes it shares. Which
-- pod answered a request to services/proxy is not logged.
insert into fact_pod_access by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  case
    when resource = 'services' then 'service_proxy'
    when subresource = 'portforward' then 'port_forward'
    when subresource = 'log' then 'logs'
    else subresource
  end as kind,
  namespace,
  case when resource = 'pods' then k8s_audit_proxied(subresource, name) end as pod_name,
  case when resource = 'services' then k8s_audit_proxied(subresource, name) end as service,
  case when resource = 'pods' then uid end as pod_uid,
  case when subresource in ('exec', 'attach', 'log')
    then nullif(k8s_audit_parameters(request_uri, 'container')[1], '') end as container,
  case when subresource = 'exec' then nullif(k8s_audit_parameters(request_uri, 'command'), []) end as command,
  null::varchar as target_container,
  ended_at,
  actor_class,
  impersonated_as,
  source_ips,
  credential,
  user_agent
from k8s_audit_access
where resource in ('pods', 'services') and subresource <> 'ephemeralcontainers';

insert into k8s_audit_ephemeral_container by name
with
  entered as (
    select *, from_json(container, '{ "name": "VARCHAR", "command": ["VARCHAR"], "args": ["VARCHAR"],
      "targetContainerName": "VARCHAR" }') as ephemeral
    from (
      select
        *,
        unnest(case when len(listed) > 0 then listed else [null::json] end) as container
      from (
        select
          *,
          case
            when json_type(body) = 'ARRAY' then flatten([
              case
                when operation.path = '/spec/ephemeralContainers'
                  then from_json(operation.value, '["JSON"]')
                when regexp_matches(operation.path, '^/spec/ephemeralContainers/[^/]+$') then [operation.value]
              end
              for operation in from_json(body, '[{ "path": "VARCHAR", "value": "JSON" }]')
            ])
            -- Before 1.23 the body was an object of its own kind, with the containers at the top.
            else from_json(
              coalesce(body -> '$.spec.ephemeralContainers', body -> '$.ephemeralContainers'), '["JSON"]')
          end as listed
        from (
          select *, case when json_type(request_object) in ('OBJECT', 'ARRAY') then request_object
            else response_object end as body
          from k8s_audit_access
          where resource = 'pods' and subresource = 'ephemeralcontainers' and verb in ('create', 'update', 'patch')
        ) as request
      ) as request
    ) as request
  )
select
  "at",
  cluster,
  actor,
  event_id,
  evidence,
  namespace,
  name as pod_name,
  coalesce((response_object ->> '$.metadata.uid'), uid) as pod_uid,
  ephemeral.name as container,
  nullif(list_concat(ephemeral.command, ephemeral.args), []) as command,
  ephemeral."targetContainerName" as target_container,
  actor_class,
  impersonated_as,
  source_ips,
  credential,
  user_agent,
  len(listed) as listed
from entered;

-- A container once added stays, and a request that lists several may list it again: the first that named it
-- added it. What stands alone is new: the name may be that of a pod that is gone. What arrives may have been
-- the first, so these facts are made anew each time.
delete from fact_pod_access
where source = 'k8s_audit' and kind = 'ephemeral_container';

insert into fact_pod_access by name
select
  * exclude (listed),
  'k8s_audit' as source,
  true as firm,
  'ephemeral_container' as kind
from k8s_audit_ephemeral_container
qualify container is null
  or listed = 1
  or row_number() over (
    partition by cluster, namespace, pod_name, container
    order by "at", event_id
  ) = 1;
