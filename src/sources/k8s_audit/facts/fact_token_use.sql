-- Where a token, or the pod it was bound to, was used against this API server. Every request of a service
-- account is one, so only the first and the last of each token, pod, node and address are kept. The extra
-- fields are those of the authenticated user, never of the one put on, which its bearer could invent:
-- https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
insert into fact_token_use by name
with
  bearer as (
    select
      record_id,
      coalesce(received_at, legacy_at, stage_at) as "at",
      cluster,
      username as actor,
      case when starts_with(credential_id, 'JTI=') then substr(credential_id, 5) end as jti,
      token_pod_name as pod_name,
      token_pod_uid as pod_uid,
      token_node_name as node,
      source_ips
    from k8s_audit_record
    where starts_with(credential_id, 'JTI=') or token_pod_uid is not null or token_node_name is not null
  ),
  usage as (
    select cluster, actor, jti, pod_name, pod_uid, node, source_ips,
      min("at") as first_at, max("at") as last_at
    from bearer
    where "at" is not null
    group by all
  ),
  bound as (
    select usage.*, unnest(list_distinct([first_at, last_at])) as "at" from usage
  ),
  -- Looked up a second time instead of carried through the grouping, which is over every request.
  shown as (
    select bound."at", bound.cluster, bound.actor, bound.jti, bound.pod_name, bound.pod_uid, bound.node,
      bound.source_ips, min(bearer.record_id) as record_id
    from bound
    join bearer
      on bearer."at" = bound."at"
      and bearer.cluster = bound.cluster
      and bearer.actor is not distinct from bound.actor
      and bearer.jti is not distinct from bound.jti
      and bearer.pod_name is not distinct from bound.pod_name
      and bearer.pod_uid is not distinct from bound.pod_uid
      and bearer.node is not distinct from bound.node
      and bearer.source_ips is not distinct from bound.source_ips
    group by all
  )
select
  shown."at",
  'k8s_audit' as source,
  shown.cluster,
  shown.actor,
  event_record.event_id,
  [shown.record_id] as evidence,
  true as firm,
  shown.jti,
  shown.pod_name,
  shown.pod_uid,
  shown.node,
  shown.source_ips
from shown
join event_record using (record_id);
