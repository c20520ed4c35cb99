-- Pods as the audit log states them: created, seen, asked to go, gone.
--
-- The uid and the name of a pod made from generateName are in the response only; pods/binding gives both
-- at Metadata level. The kubelet's delete, and any with a grace of zero, is the final one:
-- https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
insert into fact_pod by name
with
  event as (
    select
      *,
      case
        when verb = 'delete' then kubernetes_pod(
          case when (response_object ->> '$.kind') = 'Pod' then response_object end)
        else kubernetes_pod(object)
      end as pod
    from k8s_audit_stated
    where resource = 'pods'
      and verb <> 'deletecollection'
      and (subresource is null or subresource in ('status', 'ephemeralcontainers', 'resize'))
      -- A patch that was logged without its result says nothing about the pod, but for the kubelet's:
      -- it states the pod's own uid and addresses.
      and (verb in ('create', 'delete') or answered or code = 201 or verb = 'update' and object is not null
        or subresource = 'status' and (object ->> '$.metadata.uid') is not null)
  ),
  -- A collection that is deleted names its pods only in the answer.
  collected as (
    select *, kubernetes_pod(item) as pod
    from (
      select *, unnest(from_json((response_object -> '$.items'), '["JSON"]')) as item
      from k8s_audit_stated
      where resource = 'pods' and subresource is null and verb = 'deletecollection'
        and json_type(response_object, '$.items') = 'ARRAY'
    ) as event
  ),
  evicted as (
    select *
    from k8s_audit_stated
    where resource = 'pods' and subresource = 'eviction' and verb = 'create'
  )
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  case
    when verb = 'create' or code = 201 then 'created'
    when verb <> 'delete' then 'observed'
    when starts_with(actor, 'system:node:')
      or coalesce(
        try_cast(request_object ->> '$.gracePeriodSeconds' as bigint),
        pod.metadata."deletionGracePeriodSeconds"
      ) = 0
      then 'removed'
    else 'deleting'
  end as action,
  coalesce(namespace, pod.metadata.namespace) as namespace,
  coalesce(pod.metadata.name, name) as name,
  coalesce(
    pod.metadata.uid,
    case when verb = 'delete' then (request_object ->> '$.preconditions.uid') end,
    details_uid,
    uid
  ) as uid,
  pod.metadata."creationTimestamp" as created_at,
  coalesce(
    nullif(pod.spec."nodeName", ''),
    case when subresource = 'status' and starts_with(actor, 'system:node:') then substr(actor, 13) end
  ) as node,
  kubernetes_pod_ips(pod.status) as pod_ips,
  nullif(pod.status."hostIP", '') as host_ip,
  case
    when pod.spec is not null
      then coalesce(
        nullif(pod.spec."serviceAccountName", ''),
        nullif(pod.spec."serviceAccount", ''),
        case when pod.spec.containers is not null then 'default' end
      )
  end as service_account,
  kubernetes_owner(pod.metadata."ownerReferences").kind as owner_kind,
  kubernetes_owner(pod.metadata."ownerReferences").name as owner_name,
  kubernetes_owner(pod.metadata."ownerReferences").uid as owner_uid,
  case when pod.spec.containers is not null
    then kubernetes_csi_volumes(coalesce(pod.spec.volumes, [])) end as csi_volumes,
  kubernetes_containers(pod.spec) as containers,
  coalesce(mutated, false) and not coalesce(answered, false) as mutated,
  kubernetes_secret_references(pod.spec) as secret_references,
  case when pod.spec.containers is not null then coalesce(pod.spec."shareProcessNamespace", false) end
    as share_process_namespace,
  kubernetes_host_paths(pod.spec) as host_paths,
  kubernetes_privileged_containers(pod.spec) as privileged_containers,
  case when pod.spec.containers is not null then coalesce(pod.spec."hostPID", false) end as host_pid,
  kubernetes_container_states(pod.status) as container_states,
  kubernetes_labels(pod.metadata.labels) as labels,
  kubernetes_annotations(pod.metadata.annotations) as annotations
from event
union all by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  'deleting' as action,
  namespace,
  coalesce(name, (request_object ->> '$.metadata.name')) as name,
  coalesce(request_object ->> '$.deleteOptions.preconditions.uid', uid) as uid
from evicted
union all by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  case
    when coalesce(
      try_cast((request_object ->> '$.gracePeriodSeconds') as bigint),
      pod.metadata."deletionGracePeriodSeconds"
    ) = 0 then 'removed'
    else 'deleting'
  end as action,
  coalesce(namespace, pod.metadata.namespace) as namespace,
  pod.metadata.name as name,
  pod.metadata.uid as uid
from collected;
