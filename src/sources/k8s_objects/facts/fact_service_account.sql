-- Service accounts as a snapshot shows them.
insert into fact_service_account by name
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
  uid
from k8s_object
where kind = 'ServiceAccount';
