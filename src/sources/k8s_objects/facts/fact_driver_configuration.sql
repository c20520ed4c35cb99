-- How the driver and its providers run, as a snapshot or a manifest shows it. Synchronisation has no flag;
-- what installs it is a cluster role, whose name is fixed in manifests and chart.
insert into fact_driver_configuration by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  'csidriver' as kind,
  name,
  coalesce(
    case when json_type(object, '$.spec.requiresRepublish') = 'BOOLEAN'
      then (object ->> '$.spec.requiresRepublish')::boolean end,
    false
  ) as requires_republish,
  case when json_type(object, '$.spec.tokenRequests') = 'ARRAY'
    then (object -> '$.spec.tokenRequests') else '[]'::json end as token_requests
from k8s_object
where kind = 'CSIDriver' and contains(name, 'secrets-store')
union all by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  container.kind as kind,
  namespace,
  name,
  container.image as image,
  container.version as version,
  container.provider as provider,
  container.rotation_enabled as rotation_enabled,
  container.rotation_poll_interval as rotation_poll_interval
from (
  select
    * exclude (kind),
    unnest(kubernetes_driver_containers(object -> '$.spec.template.spec.containers', true)) as container
  from k8s_object
  where kind in ('DaemonSet', 'Deployment')
) as workload
union all by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  'driver' as kind,
  name,
  true as sync_secret
from k8s_object
where kind = 'ClusterRole' and name = 'secretprovidersyncing-role';
