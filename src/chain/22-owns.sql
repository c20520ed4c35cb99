-- owns: workload -> workload or pod, by ownerReferences.
insert into link
with statements as (
  select workload_entity(pod_owner.cluster, pod_incarnation.namespace, owner.kind, owner.name) as from_id,
    pod_entity(pod_owner.cluster, pod_owner.pod_id) as to_id,
    pod_incarnation.first_at as valid_from, owner.grade as grade, owner.evidence as evidence
  from pod_owner
  join pod_incarnation using (cluster, pod_id)
  union all
  select workload_entity(cluster, namespace, owner.kind, owner.name), workload_entity(cluster, namespace, kind, name),
    owner.at, owner.grade, owner.evidence
  from workload_known
  where owner is not null
)
select link_key('owns', from_id, to_id, valid_from), 'owns', from_id, to_id, valid_from, null, grade, evidence,
  'ownerReferences', 'https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/'
from statements;
