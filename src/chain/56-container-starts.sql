-- When containers read what they hold for good: an environment variable and a subPath mount are filled
-- when the container starts, and never again until it starts anew.
-- https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-environment-variables
-- https://secrets-store-csi-driver.sigs.k8s.io/known-limitations
create or replace temp table pod_reference as
with stated as (
  select pod_id, cluster, "at", event_id, evidence, grade, rank, containers, unnest(secret_references) as reference
  from pod_statement
  where secret_references is not null
), named as (
  select *,
    list_filter(containers, lambda container: container.name = reference.container)[1].kind = 'ephemeral' as ephemeral
  from stated
)
select cluster, pod_id, reference.kind as kind, reference.secret as secret, reference.container as container,
  reference.key as key, nullif(reference.sub_path, '') is not null as is_sub_path,
  coalesce(bool_and(ephemeral), false) as ephemeral,
  min("at") as "at",
  arg_min(evidence, rank) as evidence,
  arg_min(grade, rank) as grade
from named
where reference.secret is not null
group by cluster, pod_id, reference.kind, reference.secret, reference.container, reference.key,
  nullif(reference.sub_path, '') is not null;

-- Those that name a Secret which ever held something.
create or replace temp table consumption as
select pod_reference.*, pod.namespace, pod.node,
  case when ephemeral then pod_reference.at else pod.first_at end as first_at,
  coalesce(pod.ended_at, never()) as ended_at
from pod_reference
join pod using (cluster, pod_id)
where (pod_reference.cluster, pod.namespace, pod_reference.secret) in (select (cluster, namespace, name) from secret_run);

-- Starts that the status of the pod shows; whole seconds.
create or replace temp table container_start as
with stated as (
  select cluster, pod_id, "at", event_id, evidence, unnest(container_states) as state
  from pod_fact
  where container_states is not null
    and (cluster, pod_id) in (select (cluster, pod_id) from consumption)
)
select cluster, pod_id, state.name as container, state.started_at as started_at,
  min(coalesce(state.restart_count, 0)) as restart_count,
  arg_min(evidence, struct_pack("at" := "at", event := event_id)) as evidence
from stated
where state.started_at is not null
group by cluster, pod_id, state.name, state.started_at;

-- The lives of each container, one after the other. What it read first is decided by its first start
-- where that is logged (restart count 0), else by the pod's creation.
create or replace temp table container_life as
with consumers as (
  select cluster, pod_id, container, min(first_at) as first_at, max(ended_at) as ended_at
  from consumption
  where container is not null
    and (kind in ('env', 'env_from') or is_sub_path)
  group by cluster, pod_id, container
), births as (
  select consumers.cluster, consumers.pod_id, consumers.container, consumers.first_at, consumers.ended_at,
    0 as life, container_start.started_at, coalesce(container_start.evidence, []) as evidence
  from consumers
  left join (
    select *
    from container_start
    where restart_count = 0
    qualify row_number() over (partition by cluster, pod_id, container order by started_at) = 1
  ) as container_start using (cluster, pod_id, container)
  union all
  select consumers.cluster, consumers.pod_id, consumers.container, container_start.started_at, consumers.ended_at,
    restart_count, container_start.started_at, container_start.evidence
  from consumers
  join container_start using (cluster, pod_id, container)
  where restart_count > 0
)
select cluster, pod_id, container, life, started_at, evidence,
  greatest(first_at, min(first_at) over (partition by cluster, pod_id, container)) as first_at,
  least(coalesce(lead(first_at) over (partition by cluster, pod_id, container order by life, first_at), ended_at), ended_at) as last_at
from births;
