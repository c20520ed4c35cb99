/* ---
title: What the landed logs cover, path by path
question: Which log would show each way to hold the credential, at which level, and for which intervals is it there?
sources: [k8s_audit, k8s_objects, vault_audit, provider_objects]
severity: info
attack: []
params:
  objects: { type: varchar_list, default: null, doc: "Only clusters and instances that these objects concern" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: "Only this cluster, and every provider" }
  path: { type: varchar, default: null, doc: "Only this path, such as secret_read" }
  silence_minutes: { type: integer, default: 5, doc: "A silence of a log is a gap if it is longer than this" }
  rhythm_factor: { type: integer, default: 6, doc: "… and longer than so many times the usual distance of its records" }
misses: >-
  Events that the API server dropped (a full webhook buffer) leave no mark in the log. Whether streams that go
  on beside a silent one are copies of it or logs of other API servers, no record tells. A policy may leave
  out users or namespaces of a resource that it logs otherwise.
next:
  - "`coverage/gaps` tells each gap with its rhythm, `coverage/collect` what to collect next"
  - "`coverage/unknowns` tells what follows from the gaps"
references:
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
  - https://kubernetes.io/docs/concepts/architecture/leases/
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
), level as (
  from (values (1, 'Metadata'), (2, 'Request'), (3, 'RequestResponse')) as named(rank, name)
), need as (
  -- The mount status names its versions in the body, a pod its volumes and environment, a binding its subjects.
  -- Who reads a Secret or enters a pod stands in each event's metadata.
  from (values
    ('csi_mount', 'secretproviderclasspodstatuses', 'write', 2),
    ('csi_mount', 'pods', 'write', 1),
    ('synced_secret', 'secrets', 'write', 1),
    ('external_copy', 'secrets', 'write', 1),
    ('secret_env', 'pods', 'write', 2),
    ('secret_volume', 'pods', 'write', 2),
    ('secret_volume', 'secrets', 'write', 1),
    ('secret_read', 'secrets', 'read', 1),
    ('pod_entry', 'pods/exec', 'connect', 1),
    ('pod_entry', 'pods/attach', 'connect', 1),
    ('pod_entry', 'pods/ephemeralcontainers', 'write', 2),
    ('pod_logs', 'pods/log', 'connect', 1),
    ('pod_proxy', 'pods/proxy', 'connect', 1),
    ('port_forward', 'pods/portforward', 'connect', 1),
    ('node_access', 'nodes/proxy', 'connect', 1),
    ('node_access', 'pods', 'write', 2),
    ('rbac', 'roles', 'write', 2),
    ('rbac', 'clusterroles', 'write', 2),
    ('rbac', 'rolebindings', 'write', 2),
    ('rbac', 'clusterrolebindings', 'write', 2)
  ) as named(path, resource, access, rank)
), path_log as (
  select path, 'k8s_audit: ' || string_agg(resource || ' at ' || level.name, ', ' order by resource) as log
  from need
  join level using (rank)
  group by path
), log as (
  select source, cluster, min(first_at) as first_at, max(last_at) as last_at
  from log_span
  group by source, cluster
), named as (
  select path_log.path, path_log.log, log.source, log.cluster, log.first_at, log.last_at
  from path_log
  cross join log
  where log.source = 'k8s_audit'
    and ($objects is null or log.cluster in (select cluster from concerned) or not exists (from concerned))
  union all
  select 'provider_read', source, source, cluster, first_at, last_at
  from log
  where source <> 'k8s_audit'
  union all
  select 'log_copy', source || ': any record', source, cluster, first_at, last_at
  from log
), shown as (
  select row_number() over (order by path, source, cluster) as shown_id, *
  from named
), gap as (
  -- Told in src/chain/93-log-silences.sql: the usual distance is the median weighted by time. An API server writes
  -- all the time, its leases are renewed every few seconds; a sample of a few lines a day has no gap of hours.
  select source, cluster, kind, resource, access, first_at, last_at
  from log_silence
  where seconds > greatest($silence_minutes * 60, $rhythm_factor * usual_seconds)
), path_gap as (
  select shown_id, gap.kind, gap.resource, gap.access, gap.first_at, gap.last_at
  from (select shown_id, path, source, cluster from shown) as shown
  join gap using (source, cluster)
  where gap.resource is null
    or exists (
      from need
      where need.path = shown.path
        and need.resource = gap.resource
        and need.access = gap.access
    )
), damage as (
  select shown_id, log_damage.records, log_damage.first_at, log_damage.last_at
  from (select shown_id, source, cluster from shown)
  join log_damage using (source, cluster)
), loss as (
  select shown_id, log_loss.kind, log_loss.topic, log_loss.first_at, log_loss.last_at
  from (select shown_id, source, cluster from shown)
  join log_loss using (source, cluster)
), boundary as (
  select shown_id, unnest([first_at, last_at]) as "at"
  from shown
  union
  select shown_id, unnest([first_at, last_at])
  from path_gap
  union
  select shown_id, unnest([first_at, last_at])
  from damage
  union
  select shown_id, unnest([first_at, last_at])
  from loss
  union
  -- A level of a resource that is not its first one begins here.
  select shown_id, valid_from
  from shown
  join log_level_span using (source, cluster)
  where isfinite(valid_from)
), segment as (
  select shown_id, "at" as first_at,
    coalesce(lead("at") over (partition by shown_id order by "at"), "at") as last_at
  from boundary
), covered as (
  select shown_id, path, log, source, cluster, segment.first_at, segment.last_at
  from shown
  join segment using (shown_id)
  where segment.first_at < segment.last_at
    or shown.first_at = shown.last_at
), seen as (
  select covered.shown_id, covered.first_at, need.resource, need.rank,
    case need.access when 'connect' then 'connection to ' else need.access || ' of ' end || need.resource as what,
    log_level_span.level, is_mixed, truncated, records, level.rank as seen_rank
  from covered
  join need using (path)
  left join log_level_span
    on covered.source = log_level_span.source
    and covered.cluster = log_level_span.cluster
    and need.resource = log_level_span.resource
    and need.access = log_level_span.access
    and covered.first_at >= valid_from
    and covered.first_at < valid_to
  left join level
    on log_level_span.level = level.name
), reason as (
  select shown_id, first_at, 1 as place,
    'no ' || string_agg(what, ', ' order by resource) || ' is logged: none was made, or the policy leaves it out'
      as why
  from seen
  where records is null
  group by shown_id, first_at
  union all
  select shown_id, first_at, 2,
    what || case when is_mixed then ' is logged in part at ' else ' is logged at ' end
      || coalesce(level, 'no stated level')
  from seen
  where records is not null
    and coalesce(seen_rank, 0) < rank
  union all
  select shown_id, first_at, 3, truncated || ' records of ' || resource || ' were cut off'
  from seen
  where truncated > 0
    and rank > 1
  union all
  select shown_id, covered.first_at, 4,
    case path_gap.kind
      when 'one_resource' then 'no ' || path_gap.access || ' of ' || path_gap.resource || ' here, though the log shows them steadily'
      when 'one_stream' then 'a stream of the log is silent, others go on: one API server or node, unless they are copies'
    end
  from covered
  join path_gap using (shown_id)
  where covered.first_at >= path_gap.first_at
    and covered.last_at <= path_gap.last_at
  union all
  select shown_id, covered.first_at, 5, damage.records || if(damage.records = 1, ' record', ' records') || ' could not be read'
  from covered
  join damage using (shown_id)
  where covered.first_at >= damage.first_at
    and covered.last_at <= damage.last_at
  union all
  select shown_id, covered.first_at, 6,
    case loss.kind when 'gap' then 'messages of topic ' || loss.topic || ' were lost' else 'topic ' || loss.topic || ' was made anew' end
  from covered
  join loss using (shown_id)
  where covered.first_at >= loss.first_at
    and covered.last_at <= loss.last_at
), reasons as (
  select shown_id, first_at, string_agg(why, '; ' order by place, why) as why
  from (select distinct * from reason)
  group by shown_id, first_at
), levels as (
  select shown_id, first_at, string_agg(resource || ' at ' || level, ', ' order by resource) as level
  from seen
  group by shown_id, first_at
), holes as (
  select shown_id, covered.first_at, min(
      case path_gap.kind
        when 'between_streams' then 'no stream has a record: a rotated file is missing'
        when 'whole_log' then 'the log is silent'
      end) as why
  from covered
  join path_gap using (shown_id)
  where covered.first_at >= path_gap.first_at
    and covered.last_at <= path_gap.last_at
  group by shown_id, covered.first_at
), judged as (
  select covered.*,
    case when holes.why is not null then 'none' when reasons.why is not null then 'partial' else 'full' end as state,
    case when holes.why is null then levels.level end as level,
    coalesce(holes.why, reasons.why) as why
  from covered
  left join holes using (shown_id, first_at)
  left join reasons using (shown_id, first_at)
  left join levels using (shown_id, first_at)
), numbered as (
  select *,
    row_number() over (partition by shown_id order by first_at)
      - row_number() over (partition by shown_id, state, level, why order by first_at) as number
  from judged
), policy_instance as (
  select distinct
    case left(object, 4) when 'vaul' then 'vault' when 'arn:' then 'aws' when 'http' then 'azure' else 'gcp' end as provider,
    case left(object, 4)
      when 'vaul' then coalesce(nullif(regexp_extract(object, '^vault:([^!/:]+)!', 1), ''), 'default')
      when 'arn:' then string_split(object, ':')[5]
      when 'http' then split_part(object, '/', 3)
      else split_part(object, '/', 2)
    end as instance
  from (
    select object
    from asked
    union all
    select object
    from exposure
    where $objects is null
  ) as named
  where regexp_matches(object, '^(vault:|arn:|https://|projects/)')
), policy_known as (
  -- What a vault of Azure heeds is told by its own print alone.
  select
    provider,
    case when provider = 'azure' then regexp_extract(policy, '^access policies of https://(.+)$', 1) else instance end as instance,
    min("at") as first_at,
    max("at") as last_at
  from fact_provider_policy
  where action = 'observed'
    and rules is not null
  group by all
), answered as (
  select path, cluster, log, state, level, min(first_at) as first_at, max(last_at) as last_at, why
  from numbered
  group by shown_id, path, cluster, log, state, level, why, number
  union all
  select path_log.path, concerned.cluster, path_log.log, 'none', null, null, null,
    'no Kubernetes audit log of this cluster was landed'
  from concerned
  cross join path_log
  where concerned.cluster not in (select cluster from log where source = 'k8s_audit')
  union all
  select path, null, log, 'none', null, null, null, 'no Kubernetes audit log was landed at all'
  from path_log
  where not exists (from log where source = 'k8s_audit')
    and not exists (from concerned)
  union all
  select 'provider_read', null, 'the audit log of the provider', 'none', null, null, null, 'no log of a provider was landed'
  where not exists (from log where source <> 'k8s_audit')
  union all
  select 'provider_policy', instance, 'provider_objects: policies and roles', if(first_at is null, 'none', 'partial'), null,
    first_at, last_at,
    if(first_at is null, 'no policy of this instance was landed',
      'policies as they were when they were printed; what the log shows written since is not known')
  from policy_instance
  left join policy_known using (provider, instance)
)
select
  cluster,
  path,
  state,
  first_at as "from",
  last_at as until,
  log,
  level,
  why
from answered
where ($until is null or first_at is null or first_at <= $until::timestamptz)
  and ($since is null or last_at is null or last_at >= $since::timestamptz)
  and ($path is null or path = $path)
  and ($cluster is null or cluster is null or log not like 'k8s_audit:%' or cluster = $cluster)
order by path, cluster, "from", until, log, state, why
