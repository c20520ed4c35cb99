/* ---
title: Mounts whose labels, annotations and custody.yaml contradict each other
question: For which mounts do two places state another purpose, reviewer or last review, and which records say so?
sources: [k8s_audit, k8s_objects, custody_yaml]
severity: low
attack: []
params:
  at: { type: timestamp, doc: The time of the review }
  cluster: { type: varchar, default: null, doc: Only this cluster }
  namespace: { type: varchar, default: null, doc: Only this namespace }
misses: >-
  Statements in words that no purpose has are none, and so contradict nothing. Within one custody.yaml the entry
  that says more is meant, and what a more general one says is not held against it.
next:
  - "`governance/mounts` takes the statement that comes first: pod, workload, then custody.yaml"
references:
  - https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
--- */
with asked as (
  select mount_id, cluster, namespace, pod_id, pod, workload, owner, class
  from mount
  where grade is not null
    and valid_from <= $at::timestamptz
    and (valid_to is null or valid_to > $at::timestamptz)
    and ($cluster is null or cluster = $cluster)
    and ($namespace is null or namespace = $namespace)
), stated as (
  select
    mount_id,
    attribute,
    rule,
    arg_min(
      struct_pack(value := value, evidence := evidence),
      struct_pack(preference := preference, value := value, evidence := evidence)
    ) as said,
    min(preference) as preference
  from asked
  join stewardship
    on asked.namespace = stewardship.namespace
    and (stewardship.cluster is null or asked.cluster = stewardship.cluster)
    and (stewardship.pod_id is null or asked.pod_id = stewardship.pod_id)
    and (stewardship.workload is null or stewardship.workload in (asked.workload, asked.owner))
    and (stewardship.class is null or asked.class = stewardship.class)
    and stewardship.used_from <= $at::timestamptz
    and (stewardship.valid_to is null or stewardship.valid_to > $at::timestamptz)
  group by mount_id, attribute, rule
), contradicting as (
  select
    mount_id,
    attribute,
    list(said.value || ', by ' || rule order by preference, rule) as statements,
    list_sort(list_distinct(flatten(list(said.evidence)))) as evidence
  from stated
  group by mount_id, attribute
  having count(distinct said.value) > 1
)
select
  asked.cluster,
  asked.namespace,
  asked.pod,
  asked.workload,
  asked.class,
  contradicting.attribute,
  contradicting.statements,
  contradicting.evidence
from contradicting
join asked
  on contradicting.mount_id = asked.mount_id
order by asked.cluster, asked.namespace, asked.pod, asked.class, contradicting.attribute, asked.mount_id
