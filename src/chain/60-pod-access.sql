-- entered_by: pod -> identity, and the exposures pod_entry, pod_logs, pod_proxy and port_forward. Whoever
-- was in a container that sees the value held it; in another container, at the logs and at the ports of the
-- pod somebody may have got it. The two are never mixed.
-- https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/
-- https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
-- https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/
create or replace temp table pod_visit as
with asked as (
  select cluster, "at", event_id, evidence, kind, namespace, pod_name, pod_uid, container, target_container, command,
    coalesce(actor, impersonated_as, 'unknown') as actor, actor_class, source_ips[1] as ip, user_agent,
    -- An ephemeral container enters with its request, and stays; what happens in it is another request.
    case when kind = 'ephemeral_container' then "at" else ended_at end as ended_at,
    case when kind in ('exec', 'attach', 'ephemeral_container') then 'pod_entry'
      when kind = 'logs' then 'pod_logs'
      when kind = 'proxy' then 'pod_proxy'
      else 'port_forward'
    end as path
  from fact_pod_access
  where pod_name is not null
     or pod_uid is not null
), found as (
  select asked.*, pod_uid as pod_id
  from asked
  where pod_uid is not null
  union all
  select asked.*, pod_incarnation.pod_id
  from asked
  asof join pod_incarnation
    on asked.cluster = pod_incarnation.cluster
    and asked.namespace = pod_incarnation.namespace
    and asked.pod_name = pod_incarnation.name
    and asked.at >= pod_incarnation.first_at
  where asked.pod_uid is null
)
select *
from found;

-- Whose processes an ephemeral container sees.
create or replace temp table debug_target as
select cluster, pod_id, container, min(target_container) as target_container
from pod_visit
where kind = 'ephemeral_container'
  and container is not null
  and target_container is not null
group by cluster, pod_id, container;

create or replace temp table visit_hold as
with met as (
  select pod_visit.*, pod_hold.* exclude (cluster, pod_id, first_at, last_at),
    pod_hold.first_at as held_from, pod_hold.last_at as held_to,
    debug_target.target_container as known_target,
    pod_sharing.pod_id is not null as shares,
    -- Without a name the server takes the only container, and refuses where there are several.
    coalesce(pod_visit.container, case when len(own_containers) = 1 then own_containers[1] end) as entered
  from pod_visit
  join pod_hold using (cluster, pod_id)
  left join pod_sharing using (cluster, pod_id)
  left join debug_target
    on pod_visit.cluster = debug_target.cluster
    and pod_visit.pod_id = debug_target.pod_id
    and pod_visit.container = debug_target.container
  where pod_hold.first_at <= coalesce(pod_visit.ended_at, pod_visit.at)
    and pod_hold.last_at > pod_visit.at
)
select *,
  greatest("at", held_from) as from_at,
  case
    when path <> 'pod_entry' then greatest("at", held_from)
    when ended_at is not null then least(ended_at, held_to)
  end as to_at,
  path = 'pod_entry' and containers is not null and (
    shares
    or coalesce(list_contains(containers, entered), false)
    or coalesce(list_contains(containers, coalesce(target_container, known_target)), false)
    or (entered is null and len(own_containers) > 0 and list_has_all(containers, own_containers))
  ) as observed,
  links || [struct_pack(
    kind := case when path = 'pod_entry' then 'entered_by' else 'could_read' end,
    grade := 'recorded',
    evidence := evidence
  )] as visit_links
from met;

-- Whoever saw a value goes on knowing it: an interval runs from the first visit to the last.
insert into exposure
with grouped as (
  select cluster, actor, path, observed, object, version, alternatives,
    min(actor_class) as class, min(from_at) as first_at,
    case when bool_and(to_at is not null) then max(to_at) end as last_at,
    grade_name(min(grade_rank(grade))) as grade,
    grade_name(min(grade_rank(version_grade))) as version_grade,
    sorted_set(flatten(list(fields))) as fields,
    arg_min(visit_links, struct_pack(grade := grade_rank(grade), from_at := from_at, event := event_id, id := exposure_id)) as links
  from visit_hold
  group by cluster, actor, path, observed, object, version, alternatives
), counted as (
  select cluster, actor, path, observed, object, version, alternatives, ip, user_agent,
    count(distinct event_id) as count, min(from_at) as first_at, max(coalesce(to_at, from_at)) as last_at
  from visit_hold
  group by cluster, actor, path, observed, object, version, alternatives, ip, user_agent
), seen as (
  select cluster, actor, path, observed, object, version, alternatives,
    list(
      struct_pack(ip := ip, user_agent := user_agent, count := count, first_at := first_at, last_at := last_at)
      order by first_at, ip, user_agent
    ) as seen_from
  from counted
  group by cluster, actor, path, observed, object, version, alternatives
)
select
  exposure_key(
    grouped.object, coalesce(grouped.version, '? ' || array_to_string(grouped.alternatives, ' ')),
    grouped.cluster || '/' || grouped.actor || case when grouped.observed or grouped.path <> 'pod_entry' then '' else ' beside' end,
    grouped.path, grouped.first_at
  ),
  grouped.object, grouped.version, version_grade, fields, identity_holder(grouped.cluster, grouped.actor, class), grouped.path,
  grouped.observed, grade, grouped.alternatives, grouped.first_at, grouped.last_at,
  case when grouped.last_at is not null then 'ended' else 'unknown' end,
  seen_from, links
from grouped
join seen
  on grouped.cluster = seen.cluster
  and grouped.actor = seen.actor
  and grouped.path = seen.path
  and grouped.observed = seen.observed
  and grouped.object = seen.object
  and grouped.version is not distinct from seen.version
  and grouped.alternatives = seen.alternatives;

insert into link
with visits as (
  select case when path = 'pod_entry' then 'entered_by' else 'could_read' end as kind,
    pod_entity(cluster, pod_id) as from_id, identity_entity(cluster, actor) as to_id, "at",
    max(ended_at) as ended_at,
    arg_min(evidence, event_id) as evidence,
    arg_min(
      concat_ws(' ', kind, 'container ' || coalesce(entered, container), left(array_to_string(command, ' '), 200)),
      event_id
    ) as rule,
    min(case path
      when 'pod_entry' then 'https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/'
      when 'pod_logs' then 'https://kubernetes.io/docs/concepts/cluster-administration/logging/'
      else 'https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/'
    end) as document
  from visit_hold
  group by all
)
select distinct on (link_id) *
from (
  select link_key(visits.kind, from_id, to_id, "at") as link_id, visits.kind, from_id, to_id, "at", ended_at, 'recorded', evidence,
    rule, document
  from visits
)
order by link_id, ended_at, evidence, rule;
