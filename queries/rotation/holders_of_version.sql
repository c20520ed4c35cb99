/* ---
title: Pods, copies and consumers still on a version
question: Which pods, Secrets and env consumers hold this version, or any superseded one, at this time?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: medium
attack: []
params:
  objects: { type: varchar_list, doc: Canonical references of the objects }
  at: { type: timestamp, doc: The time asked about }
  version: { type: varchar, default: null, doc: "This version; without it, whatever was superseded by then" }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Containers that mount a file of the driver by subPath: `rotation/restart_needed` lists them. Copies inside a
  process, and holders that no landed log shows.
next:
  - "`rotation/restart_needed` tells which of them only a restart moves"
  - "`rotation/lag` tells how long the others took"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
  - https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets
--- */
select
  exposure.object,
  exposure.version,
  exposure.version_grade,
  exposure.path,
  exposure.holder.cluster as cluster,
  exposure.holder.namespace as namespace,
  exposure.holder.name as holder,
  exposure.holder.workload as workload,
  exposure.first_at as since,
  provider_version.superseded_at,
  exposure.alternatives,
  exposure.grade,
  list_sort(list_distinct(flatten(list_transform(exposure.links, lambda entry: entry.evidence)))) as evidence
from exposure
left join provider_version
  on exposure.object = provider_version.object
  and exposure.version = provider_version.version
where exposure.object in (select unnest(from_json($objects::json, '["varchar"]')))
  and exposure.path in ('csi_mount', 'synced_secret', 'external_copy', 'secret_env', 'secret_volume')
  and ($cluster is null or exposure.holder.cluster = $cluster)
  and exposure.first_at <= $at::timestamptz
  and (exposure.last_at is null or exposure.last_at > $at::timestamptz)
  and case
    when $version is null then provider_version.superseded_at <= $at::timestamptz
    else exposure.version = $version or (exposure.version is null and list_contains(exposure.alternatives, $version))
  end
order by exposure.object, exposure.version, exposure.path, cluster, namespace, holder, since, exposure.exposure_id
