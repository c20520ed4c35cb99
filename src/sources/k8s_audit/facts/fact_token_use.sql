-- Where a token, or the pod it was bound to, was used against this API server. Every request of a service
-- account is one, so only the first and the last of each token, pod, node and address are kept. The extra
-- fields are those of the authenticated user, never of the one put on, which its bearer could invent:
-- https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
insert into fact_token_use by name
with
  usage as (
    select
      cluster,
      username as actor,
      case when starts_with(credential_id, 'JTI=') then substr(credential_id, 5) end as jti,
      token_pod_name as pod_name,
      token_pod_uid as pod_uid,
      token_node_name as node,
      source_ips,
      arg_min({ 'at': "at", 'event_id': event_id, 'evidence': record_ids },
        { 'at': "at", 'event_id': event_id }) as first_use,
      arg_max({ 'at': "at", 'event_id': event_id, 'evidence': record_ids },
        { 'at': "at", 'event_id': event_id }) as last_use
    from (select *, coalesce(received_at, stage_at) as "at" from k8s_audit_event) as event
    where (starts_with(credential_id, 'JTI=') or token_pod_uid is not null or token_node_name is not null)
      and "at" is not null
    group by all
  )
select
  unnest.at as "at",
  'k8s_audit' as source,
  cluster,
  actor,
  unnest.event_id as event_id,
  unnest.evidence as evidence,
  true as firm,
  jti,
  pod_name,
  pod_uid,
  node,
  source_ips
from (
  select
    usage.*,
    unnest(
      case when first_use.event_id = last_use.event_id then [first_use] else [first_use, last_use] end
    ) as unnest
  from usage
) as usage;
