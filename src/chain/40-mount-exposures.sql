-- Exposures by csi_mount: one a pod, object, version and unbroken interval.

-- The chain behind each run, link by link, in the order of the chain.
create or replace temp table run_detail as
select version_run.*, pod.ended_at, pod.end_evidence, delivery.grade as delivered_grade, delivery.evidence as delivered_evidence,
  told.version_grade as told_grade, told.version_evidence, told.possible_versions, told.read_evidence, told.read_fields,
  delivery.fields as class_fields, delivery.has_field,
  pod_mount.revision_grade, pod_mount.evidence as mount_evidence, pod_mount.revision_evidence,
  coalesce(least(next_at, pod.ended_at), next_at, pod.ended_at) as last_at
from version_run
join pod using (cluster, pod_id)
join delivery using (delivery_id)
left join delivery_version as told
  on told.delivery_id = coalesce(version_run.version_delivery_id, version_run.delivery_id)
left join pod_mount
  on version_run.cluster = pod_mount.cluster
  and version_run.pod_id = pod_mount.pod_id
  and version_run.class = pod_mount.class;

-- The attributes of a table's pods that stand behind each exposure of theirs, as links.
create or replace temp macro pod_links_of(pods) as table
with attributes as (
  select cluster, pod_id, 1 as place, 'created_by' as kind, creation.grade as grade, creation.evidence as evidence
  from pod_creation
  where creation.actor is not null
  union all
  select cluster, pod_id, 2, 'owns', owner.grade, owner.evidence
  from pod_owner
  union all
  select cluster, pod_id, 3, 'bound_to', pod_node.node.grade, pod_node.node.evidence
  from pod_node
  union all
  select cluster, pod_id, 4, 'runs_as', account.grade, account.evidence
  from pod_service_account
  union all
  select cluster, pod_id, 5, 'token_for', 'recorded', arg_min(evidence, struct_pack("at" := "at", jti := jti))
  from pod_token
  group by cluster, pod_id
)
select cluster, pod_id,
  list(struct_pack(kind := kind, grade := grade, evidence := evidence) order by place) as links
from attributes
where pod_id in (select pod_id from query_table(pods))
group by cluster, pod_id;

-- The pods of a table as holders.
create or replace temp macro pod_holders_of(pods) as table
select pod.cluster, pod.pod_id,
  struct_pack(
    kind := 'pod',
    id := pod.pod_id,
    class := 'workload',
    cluster := pod.cluster,
    namespace := pod.namespace,
    name := pod.name,
    service_account := pod.service_account,
    workload := pod_workload.kind || '/' || pod_workload.name,
    node := pod.node,
    created_by := coalesce(workload_known.creation.actor, pod.created_by)
  ) as holder
from pod
left join pod_workload using (cluster, pod_id)
left join workload_known
  on pod.cluster = workload_known.cluster
  and pod.namespace = workload_known.namespace
  and pod_workload.kind = workload_known.kind
  and pod_workload.name = workload_known.name
where pod.pod_id in (select pod_id from query_table(pods));

-- The same object through two classes of one pod: intervals that overlap are one exposure.
create or replace temp table mount_interval as
with ordered as (
  select *,
    coalesce(last_at, timestamptz '9999-01-01 00:00:00Z') as until_at,
    case when version is null then class || '/' || run else '' end as unknown_key
  from run_detail
  where last_at is null
    or last_at >= first_at
), marked as (
  select *,
    coalesce(first_at > max(until_at) over (
      partition by cluster, pod_id, object, version, unknown_key, is_candidate
      order by first_at, until_at, class, run
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from ordered
)
select *,
  sum(begins::integer) over (
    partition by cluster, pod_id, object, version, unknown_key, is_candidate
    order by first_at, until_at, class, run
    rows unbounded preceding
  ) as interval_number
from marked;

create or replace temp table mount_exposure as
with merged as (
  select cluster, pod_id, object, version, is_candidate, unknown_key, interval_number,
    min(first_at) as first_at,
    nullif(max(until_at), timestamptz '9999-01-01 00:00:00Z') as last_at,
    min(case
      when delivered_grade = 'candidate' then 4
      when delivered_grade = 'inferred' or coalesce(revision_grade, 'inferred') <> 'recorded' then 3
      else 1
    end) as grade_rank,
    min(case coalesce(told_grade, 'candidate') when 'recorded' then 1 when 'matched' then 2 when 'inferred' then 3 else 4 end) as version_rank,
    sorted_set(flatten(list(coalesce(case when has_field then class_fields end, read_fields, [])))) as fields,
    sorted_set(flatten(list(coalesce(possible_versions, [])))) as possible_versions,
    min(namespace) as namespace,
    sorted_set(list(class)) as classes,
    arg_min(
      [struct_pack(kind := 'mounts', grade := coalesce(revision_grade, 'inferred'),
        evidence := sorted_set(coalesce(mount_evidence, []) || coalesce(revision_evidence, [])))]
      || case when read_evidence is not null
        then [struct_pack(kind := 'read', grade := 'recorded', evidence := read_evidence)]
        else [] end
      || [struct_pack(kind := 'delivered', grade := delivered_grade, evidence := delivered_evidence)]
      || case when version is not null and len(version_evidence) > 0
        then [struct_pack(kind := 'resolves_to', grade := told_grade, evidence := version_evidence)]
        else [] end,
      struct_pack(first_at := first_at, class := class, run := run)
    ) as links,
    sorted_set(flatten(list(delivery_ids))) as delivery_ids
  from mount_interval
  group by cluster, pod_id, object, version, is_candidate, unknown_key, interval_number
)
select *,
  left(sha256(concat_ws(chr(10), object, coalesce(version, ''), pod_id, 'csi_mount', time_text(first_at))), 16) as exposure_id
from merged
where not is_candidate
  or not exists (
    from merged as certain
    where not certain.is_candidate
      and certain.cluster = merged.cluster
      and certain.pod_id = merged.pod_id
      and certain.object = merged.object
      and certain.version is not distinct from merged.version
      and certain.first_at <= coalesce(merged.last_at, certain.first_at)
      and coalesce(certain.last_at, merged.first_at) >= merged.first_at
  );

-- From where the values came: reads of the pod's own session, and those chosen for its mounts.
create or replace temp table mount_seen as
with uses as (
  select provider_read.read_id, session_owner.cluster, session_owner.pod_id, provider_read.object, provider_read.version,
    provider_read.address, provider_read.user_agent, provider_read.at
  from provider_read
  join session_owner using (session)
  join explained_read using (read_id)
  union
  select read_id, cluster, pod_id, object, version, address, user_agent, "at"
  from delivery_read
), placed as (
  select mount_exposure.exposure_id, uses.*
  from mount_exposure
  cross join parameter
  join uses
    on mount_exposure.cluster = uses.cluster
    and mount_exposure.pod_id = uses.pod_id
    and mount_exposure.object = uses.object
    and mount_exposure.version is not distinct from uses.version
    and uses.at >= mount_exposure.first_at - mount_window
    and uses.at <= coalesce(mount_exposure.last_at, uses.at) + clock_skew
), counted as (
  select exposure_id, address, user_agent, count(*) as count, min("at") as first_at, max("at") as last_at
  from placed
  group by exposure_id, address, user_agent
)
select exposure_id,
  list(
    struct_pack(ip := address, user_agent := user_agent, count := count, first_at := first_at, last_at := last_at)
    order by first_at, address, user_agent
  ) as seen_from
from counted
group by exposure_id;

create or replace temp table covering_log as
select distinct cluster
from stream_interval
where source = 'k8s_audit';

insert into exposure
with rivals as (
  select object, version, first_at, cluster, namespace, list(pod_id order by pod_id) as pods
  from mount_exposure
  where is_candidate
  group by object, version, first_at, cluster, namespace
)
select mount_exposure.exposure_id, mount_exposure.object, mount_exposure.version,
  case when mount_exposure.version is null then 'candidate'
    else ['recorded', 'matched', 'inferred', 'candidate'][version_rank] end,
  fields, holder, 'csi_mount', true,
  ['recorded', 'matched', 'inferred', 'candidate'][grade_rank],
  case
    when mount_exposure.version is null then possible_versions
    when is_candidate then list_filter(rivals.pods, lambda rival: rival <> mount_exposure.pod_id)
    else []
  end,
  mount_exposure.first_at, mount_exposure.last_at,
  case
    when mount_exposure.last_at is not null then 'ended'
    when covering_log.cluster is not null then 'open'
    else 'unknown'
  end,
  coalesce(seen_from, []),
  coalesce(pod_link.links, []) || mount_exposure.links
from mount_exposure
join pod_holders_of('mount_exposure') as pod_holder using (cluster, pod_id)
left join pod_links_of('mount_exposure') as pod_link using (cluster, pod_id)
left join mount_seen using (exposure_id)
left join covering_log
  on mount_exposure.cluster = covering_log.cluster
left join rivals
  on mount_exposure.object = rivals.object
  and mount_exposure.version is not distinct from rivals.version
  and mount_exposure.first_at = rivals.first_at
  and mount_exposure.cluster = rivals.cluster
  and mount_exposure.namespace = rivals.namespace;

insert into exposure_report
with shown as (
  select exposure_id, unnest(delivery_ids) as delivery_id
  from mount_exposure
)
select distinct shown.exposure_id, delivery.cluster, delivery.namespace, delivery.class,
  unnest(delivery.reported).id as object_id, unnest(delivery.reported).version as reported_version
from shown
join delivery using (delivery_id)
order by all;
