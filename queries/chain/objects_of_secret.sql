/* ---
title: Provider objects that a Kubernetes Secret held
question: Which provider objects did this Secret hold, synced by the driver or copied, and from when until when?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: info
attack: [T1552.007]
params:
  namespace: { type: varchar, doc: Namespace of the Secret }
  secret: { type: varchar, doc: Name of the Secret }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: >-
  Secrets whose values come from no provider: nothing tells what is in them. A copy that was made by hand is
  known only where the values were logged, and so have fingerprints.
next:
  - custody blast-radius --object <object> tells who held it, in this Secret and elsewhere
  - "`privilege/secret_readers` tells who may read the Secret"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
  - https://kubernetes.io/docs/concepts/configuration/secret/
--- */
select
  holder.cluster as cluster,
  object,
  list(distinct path order by path) as paths,
  list(distinct version order by version) filter (where version is not null) as versions,
  min(first_at) as first_at,
  case when bool_or(last_at is null) then null else max(last_at) end as last_at
from exposure
where holder.kind = 'kubernetes_secret'
  and holder.namespace = $namespace
  and holder.name = $secret
  and ($cluster is null or holder.cluster = $cluster)
group by holder.cluster, object
order by holder.cluster, object
