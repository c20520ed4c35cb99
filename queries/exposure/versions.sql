/* ---
title: Versions of a credential, and what became of each
question: Which versions of this object are there, who made them, and when did each end?
sources: [vault_audit]
severity: info
attack: [T1552.007]
params:
  objects: { type: varchar_list, doc: Canonical references of the objects }
  version: { type: varchar, default: null, doc: "Only this version, as the provider names it" }
  held: { type: json, default: null, doc: "Only these: a list of {object, version, alternatives}" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: >-
  KV version 1 numbers nothing. A version that was neither written nor read while the provider's log
  was kept is not listed; `metadata.created_time` is hashed by Vault and cannot date one.
next:
  - "`exposure/exposures` with the same objects tells who held each version"
  - "`coverage/unknowns` tells which part of the provider's log is missing"
references:
  - https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2
  - https://developer.hashicorp.com/vault/docs/audit/schema
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), held as (
  select
    entry.object,
    unnest(coalesce(entry.alternatives, []) || [entry.version]) as version
  from (
    select unnest(from_json($held::json, '[{ "object": "varchar", "version": "varchar", "alternatives": ["varchar"] }]')) as entry
  ) as listed
)
select
  object,
  version,
  created_at,
  created_by,
  superseded_at,
  ended_at,
  ended_by,
  same_value,
  evidence
from provider_version
where object in (select object from asked)
  and ($version is null or version = $version)
  and ($held is null or (object, version) in (select (object, version) from held))
  and ($until is null or created_at is null or created_at <= $until::timestamptz)
  and (
    $since is null
    or superseded_at is null
    or superseded_at >= $since::timestamptz
    or exists (
      from exposure
      where exposure.object = provider_version.object
        and exposure.version = provider_version.version
        and (exposure.last_at is null or exposure.last_at >= $since::timestamptz)
    )
  )
order by object, try_cast(version as bigint), created_at, version
