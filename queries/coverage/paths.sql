/* ---
title: What the landed logs cover, path by path
question: For which intervals would these logs show each way to hold the credential?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: []
params:
  objects: { type: varchar_list, default: null, doc: "Only clusters and instances that these objects concern" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: Only this cluster or provider instance }
misses: >-
  Silence inside an interval: a log that kept running but lost events covers it here. Streams less than
  five minutes apart count as one interval.
next:
  - "`coverage/unknowns` tells what follows from the gaps, and what to collect"
references:
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
  - https://developer.hashicorp.com/vault/docs/audit
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), concerned as (
  select distinct cluster
  from object_configuration
  where $objects is null
    or object in (select object from asked)
  union
  select holder.cluster
  from exposure
  where holder.cluster is not null
    and ($objects is null or object in (select object from asked))
), stream as (
  select
    case source when 'k8s_audit' then 'csi_mount' else 'provider_read' end as path,
    cluster,
    first_at,
    last_at
  from stream_interval
  where source in ('k8s_audit', 'vault_audit')
    and first_at is not null
), marked as (
  select
    *,
    coalesce(
      first_at > max(last_at) over (
        partition by path, cluster
        order by first_at, last_at
        rows between unbounded preceding and 1 preceding
      ) + interval 5 minute,
      true
    ) as begins
  from stream
), numbered as (
  select
    *,
    sum(begins::integer) over (
      partition by path, cluster
      order by first_at, last_at
      rows unbounded preceding
    ) as number
  from marked
), covered as (
  select
    path,
    cluster,
    min(first_at) as first_at,
    max(last_at) as last_at
  from numbered
  group by path, cluster, number
), status_level as (
  select
    cluster,
    bool_or(has_body) as has_body
  from fact_mount_status
  where action in ('created', 'changed')
  group by cluster
), answered as (
  select
    covered.cluster,
    covered.path,
    case
      when covered.path = 'provider_read' then 'full'
      when status_level.has_body then 'full'
      when status_level.cluster is not null then 'partial: mount statuses without bodies'
      else 'partial: no mount status logged'
    end as state,
    covered.first_at,
    covered.last_at
  from covered
  left join status_level
    on covered.cluster = status_level.cluster
  where covered.path = 'provider_read'
    or $objects is null
    or covered.cluster in (select cluster from concerned)
    or not exists (from concerned)
  union all
  select
    concerned.cluster,
    'csi_mount',
    'none',
    null,
    null
  from concerned
  where concerned.cluster not in (select cluster from covered where path = 'csi_mount')
  union all
  select
    null,
    'provider_read',
    'none',
    null,
    null
  where not exists (from covered where path = 'provider_read')
  union all
  select
    null,
    'csi_mount',
    'none',
    null,
    null
  where not exists (from covered where path = 'csi_mount')
    and not exists (from concerned)
)
select
  cluster,
  path,
  split_part(state, ':', 1) as state,
  first_at as "from",
  last_at as until
from answered
where ($until is null or first_at is null or first_at <= $until::timestamptz)
  and ($since is null or last_at is null or last_at >= $since::timestamptz)
  and ($cluster is null or cluster is null or path = 'provider_read' or cluster = $cluster)
order by path, cluster, "from", until, state
