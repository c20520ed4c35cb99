-- Pods that the tokens of requests to this API server name: the first request of each pod, account and
-- node. Every request of a service account is one, so the others are left to `event`. The extra fields
-- are those of the authenticated user, never of the one put on, which its bearer could invent:
-- https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
-- What arrives may be the first, so they are made anew each time.
delete from fact_token_use where source = 'k8s_audit';

insert into fact_token_use by name
with
  usage as (
    select
      cluster,
      username as actor,
      token_pod_name as pod_name,
      token_pod_uid as pod_uid,
      token_node_name as node,
      min(first) as first
    from k8s_audit_first_request
    where token_pod_uid is not null
    group by cluster, username, token_pod_name, token_pod_uid, token_node_name
  )
select
  first."at" as "at",
  'k8s_audit' as source,
  cluster,
  actor,
  first.event_id,
  [first.record_id] as evidence,
  true as firm,
  pod_name,
  pod_uid,
  node
from usage;
