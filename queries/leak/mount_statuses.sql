/* ---
title: Mount statuses that report a known value
question: Which pods had this very value mounted, whatever version the provider calls it?
sources: [k8s_audit, k8s_objects]
severity: high
attack: [T1552.007]
params:
  reported_versions:
    type: varchar_list
    doc: Versions as the Vault CSI provider reports them, recomputed from the value and its HMAC key
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: Only this Kubernetes cluster }
misses: >-
  Mount statuses logged without their body, and objects mounted whole (without secretKey), whose
  content holds a request id and so differs each time.
next:
  - "`exposure/exposures` tells from when until when those pods held it"
references:
  - https://github.com/hashicorp/vault-csi-provider/blob/main/internal/provider/provider.go
  - https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclasspodstatus
--- */
with reported as (
  select
    fact_mount_status.*,
    unnest(objects) as reported_object
  from fact_mount_status
  where effective is distinct from false
)
select
  "at",
  cluster,
  namespace,
  pod_name,
  pod_uid,
  secret_provider_class,
  reported_object.id as object_id,
  reported_object.version as reported_version,
  evidence
from reported
where list_contains(from_json($reported_versions::json, '["varchar"]'), reported_object.version)
  and ($since is null or "at" >= $since)
  and ($until is null or "at" <= $until)
  and ($cluster is null or cluster = $cluster)
order by "at", cluster, namespace, pod_name, pod_uid, object_id, evidence
