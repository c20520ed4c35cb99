-- One audit.k8s.io record to typed columns: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
--
-- The whole line is parsed once for every record. Only for the resources that facts are made of it is
-- parsed a second time, for the bodies: they are most of a log's bytes and most of them say nothing
-- about the chain. A value of an odd type becomes null; nothing in here can fail on a record.
select
  staged.* exclude (text, observed_at, event, bodies),
  event.level,
  event."auditID" as audit_id,
  event.stage,
  event.verb,
  event."requestURI" as request_uri,
  event.user.username as username,
  event.user.groups as user_groups,
  event."impersonatedUser".username as impersonated_username,
  event.user.extra."authentication.kubernetes.io/pod-name"[1] as token_pod_name,
  event.user.extra."authentication.kubernetes.io/pod-uid"[1] as token_pod_uid,
  event.user.extra."authentication.kubernetes.io/node-name"[1] as token_node_name,
  event."sourceIPs" as source_ips,
  event."userAgent" as user_agent,
  event."objectRef".resource as resource,
  event."objectRef".subresource as subresource,
  event."objectRef".namespace as namespace,
  event."objectRef".name as name,
  event."objectRef".uid as uid,
  event."objectRef"."apiGroup" as api_group,
  event."responseStatus".code as code,
  event."responseStatus".details.uid as details_uid,
  case when isfinite(event."requestReceivedTimestamp") then event."requestReceivedTimestamp" end
    as received_at,
  case when isfinite(event."stageTimestamp") then event."stageTimestamp" end as stage_at,
  -- Servers before 1.10 state only these two; both are the time of arrival, to the second.
  case when isfinite(coalesce(event."timestamp", event.metadata."creationTimestamp"))
    then coalesce(event."timestamp", event.metadata."creationTimestamp") end as legacy_at,
  event.annotations."authentication.kubernetes.io/issued-credential-id" as issued_credential_id,
  event.annotations."authorization.k8s.io/decision" as decision,
  event.annotations."audit.k8s.io/truncated" = 'true' as truncated,
  case
    when bodies is not null and event."objectRef".resource = 'pods'
      and event.verb = 'create' and event."objectRef".subresource is null
    then contains(text, '\"mutated\":true')
  end as mutated,
  bodies[1] as request_object,
  bodies[2] as response_object,
  coalesce(bodies[4], bodies[3]) as containers
from (
  select
    *,
    case
      -- This level has no bodies: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
      when event.level = 'Metadata' then null
      when event."objectRef".resource in ('pods', 'secretproviderclasses',
          'secretproviderclasspodstatuses', 'serviceaccounts')
        and (event.verb <> 'list' and event.verb <> 'watch' or event.verb is null)
        and (event."objectRef".subresource is null or event."objectRef".subresource in
          ('status', 'binding', 'token', 'eviction', 'ephemeralcontainers', 'resize'))
      then try(json_extract(text, ['$.requestObject', '$.responseObject']))
      when event."objectRef".resource in ('secrets', 'roles', 'clusterroles', 'rolebindings',
          'clusterrolebindings', 'csidrivers', 'externalsecrets', 'clusterexternalsecrets', 'secretstores',
          'clustersecretstores', 'vaultstaticsecrets', 'vaultdynamicsecrets', 'vaultpkisecrets', 'secretsyncs')
        and event."objectRef".subresource is null
        and (event.verb <> 'list' and event.verb <> 'watch' or event.verb is null)
      then try(json_extract(text, ['$.requestObject', '$.responseObject']))
      -- Of a list of Secrets only whether it showed values: the text of its kind.
      when event."objectRef".resource = 'secrets' and event.verb = 'list'
      then try(json_extract(text, ['$.requestObject', '$.responseObject.kind']))
      -- Of a workload only its identity and its owners matter; of what may run the driver, the containers.
      when event."objectRef".resource in ('daemonsets', 'deployments')
        and event."objectRef".subresource is null
        and event.verb in ('create', 'update', 'patch', 'get')
        and (contains(text, 'secrets-store') or contains(text, 'csi-provider'))
      then try(json_extract(text, ['$.requestObject.metadata', '$.responseObject.metadata',
        '$.requestObject.spec.template.spec.containers', '$.responseObject.spec.template.spec.containers']))
      when event."objectRef".resource in ('deployments', 'replicasets', 'statefulsets', 'daemonsets',
          'jobs', 'cronjobs')
        and event."objectRef".subresource is null
        and event.verb in ('create', 'update', 'patch', 'get', 'delete')
      then try(json_extract(text, ['$.requestObject.metadata', '$.responseObject.metadata']))
    end as bodies
  from (
    select
      *,
      try(from_json(text, '{
        "level": "VARCHAR",
        "auditID": "VARCHAR",
        "stage": "VARCHAR",
        "requestURI": "VARCHAR",
        "verb": "VARCHAR",
        "user": {
          "username": "VARCHAR",
          "groups": "JSON",
          "extra": {
            "authentication.kubernetes.io/pod-name": ["VARCHAR"],
            "authentication.kubernetes.io/pod-uid": ["VARCHAR"],
            "authentication.kubernetes.io/node-name": ["VARCHAR"]
          }
        },
        "impersonatedUser": { "username": "VARCHAR" },
        "sourceIPs": ["VARCHAR"],
        "userAgent": "VARCHAR",
        "objectRef": {
          "resource": "VARCHAR",
          "subresource": "VARCHAR",
          "namespace": "VARCHAR",
          "name": "VARCHAR",
          "uid": "VARCHAR",
          "apiGroup": "VARCHAR"
        },
        "responseStatus": {
          "code": "INTEGER",
          "details": { "uid": "VARCHAR" }
        },
        "requestReceivedTimestamp": "TIMESTAMPTZ",
        "stageTimestamp": "TIMESTAMPTZ",
        "timestamp": "TIMESTAMPTZ",
        "metadata": { "creationTimestamp": "TIMESTAMPTZ" },
        "annotations": {
          "authentication.kubernetes.io/issued-credential-id": "VARCHAR",
          "authorization.k8s.io/decision": "VARCHAR",
          "audit.k8s.io/truncated": "VARCHAR"
        }
      }')) as event
    from staged
  ) as staged
) as staged
