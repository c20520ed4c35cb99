-- How the driver and its providers run: https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
-- Synchronisation has no flag; what installs it is a cluster role, whose name is fixed in manifests and chart.
insert into fact_driver_configuration by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  'csidriver' as kind,
  coalesce(name, object ->> '$.metadata.name') as name,
  case
    when json_type(object, '$.spec.requiresRepublish') = 'BOOLEAN'
      then (object ->> '$.spec.requiresRepublish')::boolean
    when object is not null and (verb in ('create', 'update') or answered) then false
  end as requires_republish,
  case
    when json_type(object, '$.spec.tokenRequests') = 'ARRAY' then (object -> '$.spec.tokenRequests')
    when object is not null and (verb in ('create', 'update') or answered) then '[]'::json
  end as token_requests
from k8s_audit_stated
where resource = 'csidrivers'
  and subresource is null
  and verb in ('create', 'update', 'patch', 'get', 'delete')
  and (verb <> 'get' or answered)
  and contains(coalesce(name, object ->> '$.metadata.name'), 'secrets-store')
union all by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  container.kind as kind,
  namespace,
  coalesce(name, object ->> '$.name') as name,
  container.image as image,
  container.version as version,
  container.provider as provider,
  container.rotation_enabled as rotation_enabled,
  container.rotation_poll_interval as rotation_poll_interval
from (
  select
    *,
    unnest(kubernetes_driver_containers(
      containers, verb in ('create', 'update') or response_object is not null or code = 201)) as container
  from k8s_audit_stated
  where containers is not null
) as workload
union all by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  'driver' as kind,
  coalesce(name, object ->> '$.metadata.name') as name,
  verb <> 'delete' as sync_secret
from k8s_audit_stated
where resource = 'clusterroles'
  and verb in ('create', 'update', 'patch', 'get', 'delete')
  and (verb <> 'get' or answered)
  and coalesce(name, object ->> '$.metadata.name') = 'secretprovidersyncing-role';
