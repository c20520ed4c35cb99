-- The scheduler names pod and uid in the object of the binding, so even Metadata level has both:
-- https://github.com/kubernetes/apiserver, pkg/audit/request.go (LogRequestObject).
insert into fact_pod_binding by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  coalesce(namespace, (request_object ->> '$.metadata.namespace')) as namespace,
  coalesce(name, (request_object ->> '$.metadata.name')) as name,
  coalesce(uid, (request_object ->> '$.metadata.uid')) as uid,
  (request_object ->> '$.target.name') as node
from k8s_audit_stated
where resource = 'pods' and subresource = 'binding' and verb = 'create';
