/* ---
title: Reads of values with no mount behind them
question: Who read a credential directly, though no mount of a pod explains the read?
sources: [k8s_audit, vault_audit]
severity: high
attack: [T1528, T1552.007]
params:
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  workloads_only:
    type: boolean
    default: false
    doc: Only service accounts, whose values normally come by a mount (a stolen token shows here)
misses: >-
  A read from the very address and client of the provider, for an object that a live pod of the same
  service account mounts, cannot be told from the mount's own.
next:
  - "`exposure/logins_of_service_account` with the account of the reader shows where it logged in from"
  - "`exposure/timeline` with the object shows what happened around the read"
references:
  - https://attack.mitre.org/techniques/T1528/
  - https://developer.hashicorp.com/vault/docs/platform/k8s/csi
--- */
with direct as (
  select *
  from exposure
  where path = 'provider_read'
)
select
  first_at,
  last_at,
  holder.kind as holder_kind,
  holder.id as holder_id,
  holder.class as holder_class,
  holder.cluster as cluster,
  object,
  version,
  list_sort(list_distinct(list_transform(seen_from, lambda seen: seen.ip))) as addresses,
  list_sum(list_transform(seen_from, lambda seen: seen.count))::bigint as reads,
  exposure_id
from direct
where ($since is null or last_at >= $since::timestamptz)
  and ($until is null or first_at <= $until::timestamptz)
  and (not $workloads_only or holder.class = 'workload')
order by first_at, holder_id, object, version, exposure_id
