/* ---
title: Rotation switched on that does nothing
question: Where is rotation enabled and not effective, by its settings or by mounts that stay behind?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: medium
attack: []
params:
  at: { type: timestamp, doc: The time asked about }
  grace_seconds: { type: integer, default: 600, doc: How far a mount may be behind before it counts }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Clusters whose driver no snapshot and no write shows. Failed remounts: driver 1.6 answers the kubelet as if
  they had worked, so only mounts that stay behind show them. Objects whose version no log tells.
next:
  - "`governance/mounts` shows the settings of each mount and which record states them"
  - "`rotation/holders_of_version` lists who is still on an old version"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
--- */
with stated as (
  -- Where two objects state a setting differently, nothing is said.
  select cluster, setting, case when count(distinct value) = 1 then min(value) end as value,
    flatten(list(evidence order by object)) as evidence
  from driver_setting
  where ($cluster is null or cluster = $cluster)
    and used_from <= $at::timestamptz
    and (valid_to is null or valid_to > $at::timestamptz)
    and setting in ('driver_version', 'rotation_enabled', 'requires_republish')
  group by cluster, setting
), configured as (
  select
    cluster,
    max(value) filter (where setting = 'driver_version') as driver_version,
    max(value) filter (where setting = 'rotation_enabled') = 'true' as flag,
    max(value) filter (where setting = 'requires_republish') = 'true' as requires_republish,
    flatten(list(evidence order by setting)) as evidence
  from (select cluster, setting, value, evidence from stated)
  group by cluster
), dated as (
  select *,
    case when regexp_matches(driver_version, '^v?[0-9]+[.][0-9]+')
      then list_transform(regexp_extract_all(driver_version, '[0-9]+')[1:2], lambda part: part::integer) >= [1, 6]
    end as by_republish
  from configured
), live as (
  select *, unnest(objects) as entry
  from mount
  where valid_from <= $at::timestamptz
    and (valid_to is null or valid_to > $at::timestamptz)
)
select
  cluster,
  driver_version,
  case when flag then 'the flag --enable-secret-rotation is set, and the CSIDriver does not require republish'
    else 'the CSIDriver requires republish, and the flag --enable-secret-rotation is not set' end as reason,
  null as namespace,
  null as pod,
  null as class,
  null as object,
  null as version,
  null as superseded_at,
  list_sort(list_distinct(evidence)) as evidence
from dated
where by_republish
  and flag <> requires_republish
union all
select
  dated.cluster,
  driver_version,
  'rotation is on, and the mount stays on a version that was superseded',
  live.namespace,
  live.pod,
  live.class,
  live.entry.object,
  live.entry.version,
  provider_version.superseded_at,
  list_sort(list_distinct(dated.evidence || provider_version.evidence || live.entry.version_evidence))
from dated
join live
  on dated.cluster = live.cluster
join provider_version
  on live.entry.object = provider_version.object
  and live.entry.version = provider_version.version
where flag
  and (requires_republish or not by_republish)
  and provider_version.superseded_at <= $at::timestamptz - to_seconds($grace_seconds)
order by cluster, namespace nulls first, pod, class, object, version, reason
