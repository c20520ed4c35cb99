/* ---
title: Pods that mount a SecretProviderClass
question: Which pods name this class, since when, and which of them really got something mounted?
sources: [k8s_audit, k8s_objects]
severity: info
attack: []
params:
  namespace: { type: varchar, doc: Namespace of the class }
  class: { type: varchar, doc: Name of the SecretProviderClass }
  cluster: { type: varchar, default: null, doc: Only this cluster }
misses: Pods whose spec was not logged (level Metadata) and whose mount status has no body.
next:
  - "`exposure/exposures` with the class's objects tells which versions they held"
references: [https://secrets-store-csi-driver.sigs.k8s.io/concepts]
--- */
with mounting as (
  select
    from_id,
    min(valid_from) as mounted_at,
    max(valid_to) as ended_at,
    list_sort(list_distinct(flatten(list(evidence)))) as evidence
  from link
  where kind = 'mounts'
    and regexp_matches(to_id, '^secret_provider_class:[^/]*/' || regexp_escape($namespace || '/' || $class) || '(@|$)')
  group by from_id
), delivering as (
  select from_id, count(*) as deliveries
  from link
  where kind = 'delivered'
    and contains(to_id, '/' || $namespace || '/' || $class || '/')
  group by from_id
)
select
  pod.cluster,
  pod.namespace,
  pod.name,
  pod.uid,
  mounting.mounted_at,
  mounting.ended_at,
  coalesce(delivering.deliveries, 0) as deliveries,
  mounting.evidence
from mounting
join entity as pod
  on mounting.from_id = pod.entity_id
left join delivering
  on mounting.from_id = delivering.from_id
where $cluster is null
  or pod.cluster = $cluster
order by mounting.mounted_at, pod.cluster, pod.namespace, pod.name, pod.uid
