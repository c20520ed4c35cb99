/* ---
title: Containers that only a restart moves to the new version
question: Who holds a superseded version in its environment or by subPath, and would a restart help by now?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: medium
attack: []
params:
  at: { type: timestamp, doc: The time asked about }
  objects: { type: varchar_list, default: null, doc: Only these objects }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Restarts of containers that no landed status of the pod shows. Processes that read a file once and keep
  what they read. Environments filled from a file by a script of the container.
next:
  - "`rotation/holders_of_version` lists all who are behind, whatever would move them"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
  - https://secrets-store-csi-driver.sigs.k8s.io/known-limitations
  - https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets
--- */
with live as (
  select *
  from exposure
  where first_at <= $at::timestamptz
    and (last_at is null or last_at > $at::timestamptz)
    and ($objects is null or object in (select unnest(from_json($objects::json, '["varchar"]'))))
    and ($cluster is null or holder.cluster = $cluster)
), old as (
  select *
  from provider_version
  where superseded_at <= $at::timestamptz
), filled as (
  -- What a container took when it started: of a Secret, by its environment or by subPath.
  select distinct live.exposure_id, live.holder, live.object, live.version, live.first_at, live.links, secret_use.secret,
    secret_use.container, case when is_sub_path then 'subPath of the Secret' else 'environment' end as way
  from live
  join secret_use
    on live.holder.cluster = secret_use.cluster
    and live.holder.id = secret_use.pod_id
    and (
      (live.path = 'secret_env' and secret_use.kind in ('env', 'env_from'))
      or (live.path = 'secret_volume' and is_sub_path)
    )
), renewed as (
  select distinct holder.cluster as cluster, holder.namespace as namespace, holder.name as secret, object, version
  from live
  where path in ('synced_secret', 'external_copy')
), mounted as (
  select *, unnest(objects) as entry
  from mount
  where ($objects is null or len(list_filter(objects, lambda item: list_contains(from_json($objects::json, '["varchar"]'), item.object))) > 0)
    and ($cluster is null or cluster = $cluster)
), started as (
  -- The driver's own files by subPath: as of the pod's first mount, whatever it mounted since.
  select cluster, pod_id, class, entry.id as id, arg_min(entry.object, valid_from) as object,
    arg_min(entry.version, valid_from) as version,
    min(valid_from) as first_at, arg_min(entry.version_evidence, valid_from) as evidence
  from mounted
  group by cluster, pod_id, class, entry.id
), behind as (
  select filled.holder.cluster as cluster, filled.holder.namespace as namespace, filled.holder.name as pod, filled.container, filled.way,
    filled.object, filled.version, filled.first_at as since, renewed.secret is not null as restart_helps,
    list_sort(list_distinct(flatten(list_transform(filled.links, lambda entry: entry.evidence)))) as evidence
  from filled
  left join renewed
    on filled.holder.cluster = renewed.cluster
    and filled.holder.namespace = renewed.namespace
    and filled.secret = renewed.secret
    and filled.object = renewed.object
    and filled.version <> renewed.version
  union all
  select mounted.cluster, mounted.namespace, mounted.pod, view.container, 'subPath of the driver''s volume',
    started.object, started.version, started.first_at, mounted.entry.version <> started.version,
    list_sort(list_distinct(started.evidence || mounted.entry.version_evidence))
  from (select *, unnest(containers) as view from mounted) as mounted
  join started
    on mounted.cluster = started.cluster
    and mounted.pod_id = started.pod_id
    and mounted.class = started.class
    and mounted.entry.id = started.id
  where mounted.valid_from <= $at::timestamptz
    and (mounted.valid_to is null or mounted.valid_to > $at::timestamptz)
    and view.sub_path = mounted.entry.id
)
select
  behind.cluster,
  behind.namespace,
  behind.pod,
  behind.container,
  behind.way,
  behind.object,
  behind.version,
  behind.since,
  old.superseded_at,
  bool_or(behind.restart_helps) as restart_helps,
  list_sort(list_distinct(flatten(list(behind.evidence)))) as evidence
from behind
join old
  on behind.object = old.object
  and behind.version = old.version
group by all
order by behind.cluster, behind.namespace, behind.pod, behind.container, behind.way, behind.object, behind.version, behind.since
