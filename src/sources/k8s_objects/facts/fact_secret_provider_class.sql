-- SecretProviderClasses as a snapshot or a manifest shows them: always whole.
insert into fact_secret_provider_class by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  true as complete,
  namespace,
  name,
  uid,
  (object ->> '$.spec.provider') as provider,
  kubernetes_class_parameters((object -> '$.spec.parameters')) as parameters,
  case when json_type(object, '$.spec.secretObjects') = 'ARRAY' then (object -> '$.spec.secretObjects') end
    as secret_objects
from k8s_object
where kind = 'SecretProviderClass';
