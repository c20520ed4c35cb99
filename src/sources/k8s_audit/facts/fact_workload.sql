-- Workloads, for who made them and what they own. Of their bodies only the metadata was kept.
insert into fact_workload by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  case resource
    when 'deployments' then 'Deployment'
    when 'replicasets' then 'ReplicaSet'
    when 'statefulsets' then 'StatefulSet'
    when 'daemonsets' then 'DaemonSet'
    when 'jobs' then 'Job'
    when 'cronjobs' then 'CronJob'
  end as kind,
  namespace,
  coalesce(metadata.name, name) as name,
  coalesce(metadata.uid, details_uid, uid) as uid,
  kubernetes_owner(metadata."ownerReferences").kind as owner_kind,
  kubernetes_owner(metadata."ownerReferences").name as owner_name,
  kubernetes_owner(metadata."ownerReferences").uid as owner_uid,
  kubernetes_labels(metadata.labels) as labels,
  kubernetes_annotations(metadata.annotations) as annotations
from (
  select
    *,
    from_json(
      case when verb = 'delete' then response_object else object end,
      '{
        "name": "VARCHAR", "uid": "VARCHAR",
        "ownerReferences": [{ "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR", "controller": "BOOLEAN" }],
        "labels": "JSON", "annotations": "JSON"
      }'
    ) as metadata
  from k8s_audit_stated
  where resource in ('deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs')
    and subresource is null
    and verb in ('create', 'update', 'patch', 'get', 'delete')
) as event
where verb <> 'get' or metadata.uid is not null;
