-- Mount statuses as a snapshot shows them: the versions of the last mount. Who wrote them it does not say.
insert into fact_mount_status by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  true as effective,
  body.status is not null as has_body,
  namespace,
  name,
  uid,
  coalesce(
    body.status."podName",
    list_filter(body.metadata."ownerReferences", lambda owner: owner.kind = 'Pod')[1].name
  ) as pod_name,
  kubernetes_mount_pod_uid(body) as pod_uid,
  body.status."secretProviderClassName" as secret_provider_class,
  body.metadata.labels."internal.secrets-store.csi.k8s.io/node-name" as node,
  body.status."targetPath" as target_path,
  null::boolean as writer_is_driver,
  case when body.status is not null then coalesce(
    list_sort([{ 'id': item.id, 'version': item.version } for item in body.status.objects]), []) end as objects
from (
  select *, kubernetes_mount_status(object) as body
  from k8s_object
  where kind = 'SecretProviderClassPodStatus'
) as snapshot;
