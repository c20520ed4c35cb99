/* ---
title: What happened to a credential, in order of time
question: What happened to this object and its holders, one after the other?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: [T1552.007]
params:
  objects: { type: varchar_list, doc: Canonical references of the objects }
  version: { type: varchar, default: null, doc: "Only this version, as the provider names it, and what may be it" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  fields: { type: varchar_list, default: null, doc: Only holders of one of these fields }
  cluster: { type: varchar, default: null, doc: "Only this cluster, and what belongs to no known one" }
misses: >-
  Polls that brought nothing new stand behind the exposure they belong to; only the first and last read
  of each identity are shown. Changes of a class that leave the object as it was are not.
next:
  - "`exposure/exposures` gives each holder's whole interval with its links"
  - custody show <evidence id> opens the record behind a row
references:
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
  - https://developer.hashicorp.com/vault/docs/audit/schema
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), word(path, begins, ends, shown) as (
  values
    ('csi_mount', 'mounted', 'mount ended', 'delivered'),
    ('provider_read', 'read', 'read for the last time', 'read'),
    ('synced_secret', 'synced to a Secret', 'Secret no longer holds it', 'synced_to'),
    ('external_copy', 'copied to a Secret', 'Secret no longer holds it', 'copied_to'),
    ('secret_env', 'taken into an environment', 'environment gone', 'consumed_by'),
    ('secret_volume', 'taken into a volume', 'volume no longer holds it', 'consumed_by'),
    ('secret_read', 'Secret read', 'Secret read for the last time', 'copy_read_by'),
    ('pod_entry', 'pod entered', 'pod left', 'entered_by'),
    ('pod_logs', 'logs of a holder read', 'logs of a holder read for the last time', 'could_read'),
    ('pod_proxy', 'holder called by proxy', 'holder called by proxy for the last time', 'could_read'),
    ('port_forward', 'port of a holder forwarded', 'port of a holder forwarded for the last time', 'could_read'),
    ('node_access', 'node of a holder open', 'node of a holder no longer open', 'could_read'),
    ('log_copy', 'written to a log', null, 'logged')
), held as (
  select
    exposure.*,
    coalesce(word.begins, path) as begins,
    coalesce(word.ends, path || ' ended') as ends,
    case
      when holder.kind = 'pod' then 'pod ' || coalesce(holder.namespace || '/' || holder.name, holder.id)
      when holder.kind = 'kubernetes_secret' then 'Secret ' || holder.id
      when holder.kind = 'identity' then holder.id
      else holder.kind || ' ' || holder.id
    end as who,
    coalesce(list_filter(links, lambda link: link.kind = word.shown)[-1].evidence, links[-1].evidence) as evidence
  from exposure
  left join word
    using (path)
  where object in (select object from asked)
    and (
      $fields is null
      or coalesce(len(fields), 0) = 0
      or list_has_any(fields, from_json($fields::json, '["varchar"]'))
    )
), refused as (
  -- Events of providers alone name an object, and all of those are derived: none has to be looked for in the
  -- segments, where the events of clusters lie by the million.
  select event_id, "at", object, actor, action, outcome, source_ips
  from derived_event
  where object in (select object from asked)
    and outcome in ('denied', 'failure')
), happening as (
  select
    "at",
    case action
      when 'created' then 'version created'
      when 'deleted' then 'version deleted'
      when 'restored' then 'version restored'
      when 'destroyed' then 'version destroyed'
      when 'metadata_deleted' then 'all versions deleted'
      else 'version ' || action
    end as event,
    object,
    version,
    actor as who,
    null::varchar as cluster,
    null::varchar as grade,
    null::varchar as detail,
    evidence
  from fact_provider_version
  where object in (select object from asked)
  union all
  select
    first_at,
    begins,
    object,
    version,
    who,
    holder.cluster,
    grade,
    concat_ws(', ',
      holder.workload,
      'as ' || holder.service_account,
      'on ' || holder.node,
      case when path <> 'csi_mount' then 'from ' || seen_from[1].ip end,
      case when not observed then 'potential' end
    ),
    evidence
  from held
  union all
  select
    last_at,
    ends,
    object,
    version,
    who,
    holder.cluster,
    grade,
    null,
    evidence
  from held
  where last_at is not null
    and (path = 'csi_mount' or last_at > first_at)
  union all
  select
    "at",
    'request ' || outcome,
    object,
    null,
    actor,
    null,
    null,
    concat_ws(', ', action, 'from ' || source_ips[1]),
    (select list(record_id order by record_id) from derived_event_record
      where derived_event_record.event_id = refused.event_id)
  from refused
  union all
  select
    valid_from,
    'class names the object',
    object,
    null,
    null,
    cluster,
    null,
    namespace || '/' || class || ', file ' || object_id || coalesce(', field ' || field, ''),
    []
  from object_configuration
  where object in (select object from asked)
)
select
  "at",
  event,
  object,
  version,
  who,
  cluster,
  grade,
  detail,
  evidence
from happening
where ($version is null or version is null or version = $version)
  and ($since is null or "at" >= $since::timestamptz)
  and ($until is null or "at" <= $until::timestamptz)
  and ($cluster is null or cluster is null or cluster = $cluster)
order by "at", event, object, version, who, cluster, detail, evidence
