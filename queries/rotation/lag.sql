/* ---
title: Lag between a new version and each holder's change to it
question: How long after a version was made did each holder of the one before change, and to which?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: low
attack: []
params:
  objects: { type: varchar_list, doc: Canonical references of the objects }
  since: { type: timestamp, default: null, doc: Only versions made at or after this time }
  until: { type: timestamp, default: null, doc: Only versions made at or before this time }
misses: >-
  Pods that came after the version: they mount it at once. A holder that ended before it changed has neither
  time nor lag. Versions whose creation no landed provider log shows.
next:
  - "`rotation/holders_of_version` lists who is still behind at a time"
  - "`rotation/not_effective` tells why"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
--- */
with held as (
  select object, version, path, holder, first_at, last_at, exposure_id, evidence
  from (
    select *, list_sort(list_distinct(flatten(list_transform(links, lambda entry: entry.evidence)))) as evidence
    from exposure
  ) as exposure
  where path in ('csi_mount', 'synced_secret', 'external_copy', 'secret_env', 'secret_volume')
    and object in (select unnest(from_json($objects::json, '["varchar"]')))
), made as (
  select *
  from provider_version
  where ($since is null or created_at >= $since::timestamptz)
    and ($until is null or created_at <= $until::timestamptz)
), behind as (
  select made.object, made.version, made.created_at, held.path, held.holder, held.version as version_before, held.last_at,
    held.evidence, held.exposure_id
  from made
  join held
    on made.object = held.object
    and made.version <> held.version
    and held.first_at < made.created_at
    and (held.last_at is null or held.last_at > made.created_at)
), changed as (
  select behind.exposure_id, behind.version, min(struct_pack("at" := held.first_at, version := held.version, evidence := held.evidence)) as next
  from behind
  join held
    on behind.object = held.object
    and behind.path = held.path
    and behind.holder.kind = held.holder.kind
    and behind.holder.id = held.holder.id
    and behind.holder.cluster is not distinct from held.holder.cluster
    and behind.version_before <> held.version
    and held.first_at >= behind.created_at
  group by behind.exposure_id, behind.version
)
select
  behind.object,
  behind.version,
  behind.created_at,
  behind.path,
  behind.holder.cluster as cluster,
  behind.holder.namespace as namespace,
  behind.holder.name as holder,
  behind.version_before,
  next.at as changed_at,
  next.version as changed_to,
  date_diff('second', behind.created_at, next.at) as lag_seconds,
  behind.last_at is null as still_behind,
  list_sort(list_distinct(behind.evidence || coalesce(next.evidence, []))) as evidence
from behind
left join changed
  on behind.exposure_id = changed.exposure_id
  and behind.version = changed.version
order by behind.created_at, behind.object, behind.version, behind.path, cluster, namespace, holder, behind.exposure_id
