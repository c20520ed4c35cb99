-- Calls of a kubelet through the API server: whoever may make them may run commands in every pod of the node.
-- https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes
insert into fact_node_access by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  subresource as kind,
  -- [scheme:]name[:port]
  case when len(string_split(name, ':')) = 3 then string_split(name, ':')[2] else string_split(name, ':')[1] end
    as node,
  nullif(try(url_decode(regexp_extract(request_uri, '/proxy(/[^?]*)', 1))), '') as path,
  actor_class,
  impersonated_as,
  source_ips,
  credential,
  user_agent
from k8s_audit_access
where resource = 'nodes';
