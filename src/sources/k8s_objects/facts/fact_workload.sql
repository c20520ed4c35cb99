-- Workloads as a snapshot shows them, for what they own.
insert into fact_workload by name
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
  kubernetes_owner(owners).kind as owner_kind,
  kubernetes_owner(owners).name as owner_name,
  kubernetes_owner(owners).uid as owner_uid,
  kubernetes_labels(object -> '$.metadata.labels') as labels,
  kubernetes_annotations(object -> '$.metadata.annotations') as annotations
from (
  select
    *,
    from_json((object -> '$.metadata.ownerReferences'), '[{
      "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR", "controller": "BOOLEAN" }]') as owners
  from k8s_object
  where kind in ('Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob')
) as snapshot;
