-- Workloads, and the chain of owners from each pod to the workload that somebody created.
-- https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/

create or replace temp table workload_known as
select cluster, namespace, kind, name,
  arg_min(uid, struct_pack("at" := "at", event := event_id)) filter (where uid is not null) as uid,
  arg_min(
    struct_pack(kind := owner_kind, name := owner_name, uid := owner_uid, evidence := evidence, "at" := "at",
      grade := case when coalesce(firm, true) then 'recorded' else 'inferred' end),
    struct_pack(unfirm := not coalesce(firm, true), "at" := "at", event := event_id)
  ) filter (where owner_name is not null) as owner,
  arg_min(
    struct_pack(actor := actor, evidence := evidence, "at" := "at"),
    struct_pack("at" := "at", event := event_id)
  ) filter (where action = 'created') as creation,
  min("at") as first_at,
  max("at") filter (where action = 'deleted') as deleted_at
from fact_workload
where name is not null
group by cluster, namespace, kind, name;

-- Four owners above a pod are more than any built-in controller makes (CronJob, Job, Pod).
create or replace temp table pod_workload as
with recursive climb as (
  select cluster, pod_id, owner.kind as kind, owner.name as name, 1 as depth
  from pod_owner
  union all
  select climb.cluster, climb.pod_id, workload_known.owner.kind, workload_known.owner.name, depth + 1
  from climb
  join pod_incarnation using (cluster, pod_id)
  join workload_known
    on climb.cluster = workload_known.cluster
    and pod_incarnation.namespace = workload_known.namespace
    and climb.kind = workload_known.kind
    and climb.name = workload_known.name
  where workload_known.owner is not null
    and depth < 4
)
select cluster, pod_id, arg_max(kind, depth) as kind, arg_max(name, depth) as name
from climb
group by cluster, pod_id;
