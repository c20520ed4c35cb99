-- Stores of External Secrets: what the keys of their declarations mean.
insert into fact_secret_store by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  kind,
  namespace,
  coalesce(name, object ->> '$.metadata.name') as name,
  coalesce(object ->> '$.metadata.uid', details_uid, uid) as uid,
  kubernetes_store_provider(object) as provider,
  case when kubernetes_store_provider(object) is not null
    then (object -> ('$.spec.provider."' || kubernetes_store_provider(object) || '"')) end as settings
from k8s_audit_stated
where resource in ('secretstores', 'clustersecretstores')
  and subresource is null
  and verb in ('create', 'update', 'patch', 'get', 'delete')
  -- Part of a store says nothing by itself.
  and (answered or verb in ('create', 'update', 'delete') or code = 201);
