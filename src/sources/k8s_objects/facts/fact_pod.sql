-- Pods as a snapshot shows them. A manifest has neither uid nor status: it says what a pod would be.
insert into fact_pod by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  namespace,
  name,
  uid,
  pod.metadata."creationTimestamp" as created_at,
  nullif(pod.spec."nodeName", '') as node,
  kubernetes_pod_ips(pod.status) as pod_ips,
  nullif(pod.status."hostIP", '') as host_ip,
  coalesce(nullif(pod.spec."serviceAccountName", ''), nullif(pod.spec."serviceAccount", ''), 'default')
    as service_account,
  kubernetes_owner(pod.metadata."ownerReferences").kind as owner_kind,
  kubernetes_owner(pod.metadata."ownerReferences").name as owner_name,
  kubernetes_owner(pod.metadata."ownerReferences").uid as owner_uid,
  kubernetes_csi_volumes(coalesce(pod.spec.volumes, [])) as csi_volumes,
  kubernetes_containers(pod.spec) as containers,
  false as mutated,
  kubernetes_secret_references(pod.spec) as secret_references,
  case when pod.spec.containers is not null then coalesce(pod.spec."shareProcessNamespace", false) end
    as share_process_namespace,
  kubernetes_host_paths(pod.spec) as host_paths,
  kubernetes_privileged_containers(pod.spec) as privileged_containers,
  case when pod.spec.containers is not null then coalesce(pod.spec."hostPID", false) end as host_pid,
  kubernetes_container_states(pod.status) as container_states,
  kubernetes_labels(pod.metadata.labels) as labels,
  kubernetes_annotations(pod.metadata.annotations) as annotations
from (select *, kubernetes_pod(object) as pod from k8s_object where kind = 'Pod') as snapshot;
