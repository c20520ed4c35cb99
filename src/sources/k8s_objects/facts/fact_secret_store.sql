-- Stores of External Secrets as a snapshot or a manifest shows them.
insert into fact_secret_store by name
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
  kubernetes_store_provider(object) as provider,
  case when kubernetes_store_provider(object) is not null
    then (object -> ('$.spec.provider."' || kubernetes_store_provider(object) || '"')) end as settings
from k8s_object
where kind in ('SecretStore', 'ClusterSecretStore');
