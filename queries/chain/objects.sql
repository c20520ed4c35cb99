/* ---
title: Provider objects that the logs name
question: Which objects are there whose name holds this, and how many held them?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: []
params:
  part: { type: varchar, default: "", doc: Any part of the name; empty for all }
  exact: { type: boolean, default: false, doc: The part is the whole name }
misses: Objects that no log, no class and no snapshot names.
next:
  - custody blast-radius --object <object> tells who held it
references: [https://developer.hashicorp.com/vault/docs/audit/schema]
--- */
with named as (
  select name as object
  from entity
  where kind = 'provider_object'
    and case when $exact then name = $part else contains(lower(name), lower($part)) end
), versions as (
  select
    object,
    count(*) as versions,
    arg_max(version, struct_pack(number := try_cast(version as bigint), created := created_at, version := version)) as newest
  from provider_version
  group by object
), holders as (
  select
    object,
    count(distinct holder.id) as holders,
    min(first_at) as first_at,
    max(coalesce(last_at, first_at)) as last_at
  from exposure
  group by object
)
select
  named.object,
  coalesce(versions, 0) as versions,
  newest as newest_version,
  coalesce(holders, 0) as holders,
  first_at,
  last_at
from named
left join versions
  on named.object = versions.object
left join holders
  on named.object = holders.object
order by named.object
