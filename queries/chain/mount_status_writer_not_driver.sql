/* ---
title: Mount statuses written by somebody who is not the driver
question: Who wrote or deleted a SecretProviderClassPodStatus without being the driver or the garbage collector?
sources: [k8s_audit]
severity: high
attack: [T1565.001, T1036]
params:
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
misses: Writes with the stolen token of the driver itself; compare the node of its token with the pod's.
next:
  - "`chain/links` with the name of the pod shows what the driver itself reported for it"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/best-practices
--- */
with foreign_write as (
  select *
  from fact_mount_status
  where not writer_is_driver
    and action in ('created', 'changed', 'deleted')
    and actor not in (
      'system:serviceaccount:kube-system:generic-garbage-collector',
      'system:serviceaccount:kube-system:namespace-controller'
    )
)
select
  "at",
  cluster,
  actor,
  action,
  namespace,
  name,
  pod_name,
  secret_provider_class,
  effective,
  user_agent,
  evidence
from foreign_write
where ($since is null or "at" >= $since::timestamptz)
  and ($until is null or "at" <= $until::timestamptz)
order by "at", cluster, namespace, name, event_id
