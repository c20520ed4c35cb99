/* ---
title: Holders that the logs name
question: Which pods, service accounts, identities, nodes or tokens go by this name, in which cluster?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: []
params:
  kind: { type: varchar, doc: "pod, service-account, identity, node or token" }
  part: { type: varchar, default: "", doc: "Its name (namespace/name of a pod or account), or the uid of a pod" }
  exact: { type: boolean, default: true, doc: The part is the whole name }
  cluster: { type: varchar, default: null, doc: "Only this cluster, and what belongs to no known one" }
misses: Holders that no log names. Pods that nothing but their tokens tells of.
next:
  - "custody blast-radius --holder <reference> tells what leaks if it is lost"
references:
  - https://kubernetes.io/docs/reference/access-authn-authz/authentication/#users-in-kubernetes
  - https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
--- */
with actor as (
  select distinct
    case when starts_with(source, 'k8s') then cluster end as cluster,
    actor
  from event
  where $kind in ('identity', 'service-account')
), named as (
  select
    'pod' as kind,
    cluster,
    substr(entity_id, len('pod:' || cluster || '/') + 1) as id,
    namespace,
    name,
    first_at,
    last_at
  from entity
  where kind = 'pod'
  union all
  select 'node', cluster, name, null, name, null, null
  from entity
  where kind = 'node'
  union all
  select 'service-account', cluster, namespace || '/' || name, namespace, name, null, null
  from entity
  where kind = 'service_account'
  union all
  select
    'service-account',
    cluster,
    split_part(actor, ':', 3) || '/' || split_part(actor, ':', 4),
    split_part(actor, ':', 3),
    split_part(actor, ':', 4),
    null,
    null
  from actor
  where regexp_matches(actor, '^system:serviceaccount:[^:]+:[^:]+$')
  union all
  select 'service-account', cluster, namespace || '/' || service_account, namespace, service_account, null, null
  from fact_token
  union all
  select 'identity', cluster, name, null, name, null, null
  from entity
  where kind = 'identity'
  union all
  select 'identity', cluster, actor, null, actor, null, null
  from actor
  union all
  select 'token', cluster, name, null, name, null, null
  from entity
  where kind in ('token', 'provider_session')
  union all
  select 'token', cluster, credential, null, credential, null, null
  from (
    select cluster, credential
    from fact_token
    union
    select cluster, credential
    from fact_kubernetes_secret_read
    union
    select cluster, credential
    from fact_pod_access
    union
    select cluster, credential
    from fact_node_access
  ) as used
), found as (
  select *
  from named
  where kind = $kind
    and case
      when $exact then $part in (id, coalesce(namespace || '/', '') || name)
      else contains(lower(coalesce(namespace || '/', '') || name), lower($part))
    end
    and ($cluster is null or cluster is null or cluster = $cluster)
), placed as (
  select
    kind,
    id,
    cluster,
    min(namespace) as namespace,
    min(name) as name,
    min(first_at) as first_at,
    max(last_at) as last_at
  from found
  -- What a provider's log calls by the same name stands with the name's cluster, where there is one.
  where cluster is not null
    or (kind, id) not in (select (kind, id) from found where cluster is not null)
  group by kind, id, cluster
), account as (
  select
    link.from_id,
    min(target.namespace) as namespace,
    min(target.name) as name
  from link
  join entity as target
    on link.to_id = target.entity_id
  where link.kind = 'runs_as'
  group by link.from_id
)
select
  placed.kind || ':' || placed.id as reference,
  placed.kind,
  placed.cluster,
  placed.id,
  placed.namespace,
  placed.name,
  case placed.kind
    when 'pod' then 'system:serviceaccount:' || account.namespace || ':' || account.name
    when 'service-account' then 'system:serviceaccount:' || placed.namespace || ':' || placed.name
    when 'node' then 'system:node:' || placed.name
    when 'identity' then placed.id
  end as identity,
  placed.first_at,
  placed.last_at
from placed
left join account
  on placed.kind = 'pod'
  and account.from_id = 'pod:' || placed.cluster || '/' || placed.id
order by reference, placed.cluster, placed.name
