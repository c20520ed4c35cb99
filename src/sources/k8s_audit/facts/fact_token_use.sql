-- Pods that the tokens of requests to this API server name: the first request of each pod, account and
-- node. Every request of a service account is one, so the others are left to `event`. The extra fields
-- are those of the authenticated user, never of the one put on, which its bearer could invent:
-- https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
insert into fact_token_use by name
with
  usage as (
    select
      cluster,
      username as actor,
      token_pod_name as pod_name,
      token_pod_uid as pod_uid,
      token_node_name as node,
      min(struct_pack(
        "at" := coalesce(received_at, legacy_at, stage_at),
        record_id := record_id
      )) as first
    from k8s_audit_record
    where token_pod_uid is not null
      and coalesce(received_at, legacy_at, stage_at) is not null
    group by cluster, username, token_pod_name, token_pod_uid, token_node_name
  )
select
  usage.first."at" as "at",
  'k8s_audit' as source,
  usage.cluster,
  usage.actor,
  event_record.event_id,
  [usage.first.record_id] as evidence,
  true as firm,
  usage.pod_name,
  usage.pod_uid,
  usage.node
from usage
join event_record on event_record.record_id = usage.first.record_id;
