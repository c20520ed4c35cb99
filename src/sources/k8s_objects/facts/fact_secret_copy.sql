-- Declarations of copies as a snapshot or a manifest shows them.
insert into fact_secret_copy by name
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
  kubernetes_copy_target(kind, name, object) as target_secret,
  kubernetes_copy_objects(kind, spec) as objects,
  kubernetes_copy_interval(spec) as refresh_interval,
  true as complete,
  (spec ->> '$.secretProviderClassName') as secret_provider_class,
  kubernetes_copy_keys(spec) as store_keys
from (
  select *, kubernetes_copy_spec(kind, object) as spec
  from k8s_object
  where kind in ('ExternalSecret', 'ClusterExternalSecret', 'VaultStaticSecret', 'VaultDynamicSecret',
    'VaultPKISecret', 'SecretSync')
) as snapshot;
