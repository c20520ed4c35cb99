-- Writes of SecretProviderClassPodStatus. The driver sends the whole object in create and in update, so
-- Request level is enough; at Metadata level only the name is left.
insert into fact_mount_status by name
with
  written as (
    select
      *,
      kubernetes_mount_status(
        case
          when verb = 'delete' then
            case when (response_object ->> '$.kind') = 'SecretProviderClassPodStatus'
              then response_object end
          when json_type(object) = 'OBJECT' then object
        end
      ) as body
    from k8s_audit_stated
    where resource = 'secretproviderclasspodstatuses'
      and (subresource is null or subresource = 'status')
      and verb in ('create', 'update', 'patch', 'get', 'delete')
      and (verb <> 'get' or answered)
  )
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  code <> 409 as effective,
  stated as has_body,
  coalesce(namespace, body.metadata.namespace) as namespace,
  coalesce(name, body.metadata.name) as name,
  coalesce(
    body.metadata.uid,
    case when verb = 'delete' then (request_object ->> '$.preconditions.uid') end,
    details_uid,
    uid
  ) as uid,
  coalesce(
    body.status."podName",
    list_filter(body.metadata."ownerReferences", lambda owner: owner.kind = 'Pod')[1].name
  ) as pod_name,
  kubernetes_mount_pod_uid(body) as pod_uid,
  body.status."secretProviderClassName" as secret_provider_class,
  body.metadata.labels."internal.secrets-store.csi.k8s.io/node-name" as node,
  body.status."targetPath" as target_path,
  user_agent,
  -- The account's name is fixed in manifests and chart, its namespace is not; add-ons of the clouds use
  -- other accounts, and there the user agent has to show the driver too; alone it shows nothing, any
  -- client may send it. Where it is not logged, such an account stays unknown. A person who puts the
  -- account on is not it, and neither is a token from another node than the one the status names.
  case
    when verb = 'get' or actor is null then null
    when token_node_name <> body.metadata.labels."internal.secrets-store.csi.k8s.io/node-name" then false
    when impersonated_username is not null then false
    when actor like 'system:serviceaccount:%:secrets-store-csi-driver' then true
    when regexp_matches(actor, '^system:serviceaccount:[^:]+:[^:]*(secrets-store|csi)[^:]*$')
      then starts_with(user_agent, 'csi-secrets-store/')
    else false
  end as writer_is_driver,
  case when stated then coalesce(
    list_sort([{ 'id': item.id, 'version': item.version } for item in body.status.objects]), []) end
    as objects
from (
  -- A patch states the objects only where it names them.
  select *, body.status is not null and (verb <> 'patch' or coalesce(answered, false)
    or body.status.objects is not null) as stated
  from written
) as written;
