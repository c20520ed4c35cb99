-- Exposures by node_access: on a node where a pod held a version, whoever may see the node's files or
-- processes could have taken it. Potential, never observed.
-- https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
-- https://kubernetes.io/docs/concepts/security/pod-security-standards/
-- https://kubernetes.io/docs/tasks/debug/debug-cluster/kubectl-node-debug/
-- https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes

-- Where the kubelet keeps the volumes of pods: by default, and as paths of mounts show it.
create or replace temp table kubelet_root as
select cluster, regexp_extract(target_path, '^(/.*)/pods/[^/]+/volumes/', 1) as root
from fact_mount_status
where regexp_matches(target_path, '^/.*/pods/[^/]+/volumes/')
union
select distinct cluster, '/var/lib/kubelet'
from pod;

create or replace temp macro covers(path, root) as
  starts_with(root || '/', rtrim(path, '/') || '/')
  or starts_with(rtrim(path, '/') || '/', root || '/pods/');

-- Pods of the driver and its providers stand on every node by design: not they, but whoever enters them.
create or replace temp table machinery as
select pod.cluster, pod.pod_id
from pod
join pod_owner using (cluster, pod_id)
left join (
  select distinct cluster, namespace, name
  from fact_driver_configuration
  where kind in ('driver', 'provider')
) as configured
  on pod.cluster = configured.cluster
  and pod.namespace = configured.namespace
  and owner.name = configured.name
where owner.kind = 'DaemonSet'
  and (
    configured.name is not null
    or regexp_matches(owner.name, '(csi-secrets-store|secrets-store-csi|csi-provider)')
  );

-- Where no log has their pods, their tokens name them and their node.
create or replace temp table machinery_token as
select cluster, split_part(actor, ':', 3) as namespace, pod_name, min(node) as node
from fact_token_use
where regexp_matches(actor, '^system:serviceaccount:[^:]+:[^:]*(secrets-store-csi-driver|csi-secrets-store|csi-provider)[^:]*$')
  and pod_name is not null
  and node is not null
group by cluster, split_part(actor, ':', 3), pod_name
having count(distinct node) = 1;

create or replace temp table reaching_pod as
with stated as (
  select cluster, pod_id, evidence, rank, grade,
    coalesce(host_pid, false) as sees_processes,
    coalesce(len(privileged_containers), 0) > 0 as privileged,
    coalesce(list_transform(host_paths, lambda entry: entry.path), []) as paths
  from pod_statement
  where host_pid
     or len(privileged_containers) > 0
     or len(host_paths) > 0
)
select stated.* exclude (paths), coalesce(covers(path, root), false) as sees_files
from (
  select *, unnest(case when len(paths) > 0 then paths else [null] end) as path
  from stated
) as stated
join kubelet_root using (cluster);

create or replace temp table node_pod as
select reaching.cluster, reaching.pod_id, pod.node, pod.first_at, coalesce(pod.ended_at, never()) as ended_at,
  pod_holder.holder.created_by as created_by,
  arg_min(reaching.evidence, rank) as evidence,
  arg_min(reaching.grade, rank) as grade,
  concat_ws(', ',
    case when bool_or(sees_files) then 'hostPath over the kubelet''s volumes' end,
    case when bool_or(privileged) then 'privileged container' end,
    case when bool_or(sees_processes) then 'hostPID' end
  ) as reach
from reaching_pod as reaching
join pod using (cluster, pod_id)
join pod_holders_of('reaching_pod') as pod_holder using (cluster, pod_id)
where (sees_files or privileged or sees_processes)
  and pod.node is not null
  and (reaching.cluster, reaching.pod_id) not in (select (cluster, pod_id) from machinery)
group by reaching.cluster, reaching.pod_id, pod.node, pod.first_at, pod.ended_at, pod_holder.holder.created_by;

-- Who was there when; `actor` null is the node itself. Controllers make pods for somebody else.
create or replace temp table node_presence as
select cluster, node, null::varchar as actor, null::varchar as class, first_at, ended_at, grade, evidence, 'pod with ' || reach as rule,
  pod_id as presence_id
from node_pod
union all
select cluster, node, created_by, class_of(created_by), first_at, ended_at, grade, evidence, 'made a pod with ' || reach, pod_id
from node_pod
where created_by is not null
  and not regexp_matches(created_by, '^system:(serviceaccount:kube-system:[^:]*-controller$|kube-|node:|apiserver)')
union all
select cluster, node, coalesce(actor, impersonated_as, 'unknown'), actor_class, "at", "at", 'recorded', evidence, 'nodes/proxy',
  event_id
from fact_node_access
where node is not null
union all
select pod_visit.cluster, pod.node, pod_visit.actor, pod_visit.actor_class, pod_visit.at, coalesce(pod_visit.ended_at, pod_visit.at),
  'recorded', sorted_set(pod_visit.evidence || coalesce(node_pod.evidence, [])),
  pod_visit.kind || ' into ' || case when node_pod.pod_id is null then 'a pod of the driver or a provider' else 'a pod with ' || reach end,
  pod_visit.event_id
from pod_visit
join pod using (cluster, pod_id)
left join node_pod using (cluster, pod_id)
left join machinery using (cluster, pod_id)
where pod_visit.path = 'pod_entry'
  and pod.node is not null
  and (node_pod.pod_id is not null or machinery.pod_id is not null)
union all
select cluster, machinery_token.node, coalesce(actor, impersonated_as, 'unknown'), actor_class, "at", coalesce(ended_at, "at"),
  'recorded', evidence, kind || ' into a pod of the driver or a provider', event_id
from fact_pod_access
join machinery_token using (cluster, namespace, pod_name)
where kind in ('exec', 'attach', 'ephemeral_container');

-- What was on each node, as unbroken times of one version: pods are many, versions few.
create or replace temp table node_hold as
with wanted as (
  select distinct cluster, node
  from node_presence
), held as (
  select pod_hold.*
  from pod_hold
  join wanted using (cluster, node)
), marked as (
  select *,
    coalesce(first_at > max(last_at) over (
      partition by cluster, node, object, version, alternatives
      order by first_at, last_at, exposure_id
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from held
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by cluster, node, object, version, alternatives
      order by first_at, last_at, exposure_id
      rows unbounded preceding
    ) as number
  from marked
)
select cluster, node, object, version, alternatives,
  min(first_at) as first_at, max(last_at) as last_at,
  grade_name(min(grade_rank(grade))) as grade,
  grade_name(min(grade_rank(version_grade))) as version_grade,
  sorted_set(flatten(list(fields))) as fields,
  arg_min(links, struct_pack(grade := grade_rank(grade), first_at := first_at, id := exposure_id)) as links
from numbered
group by cluster, node, object, version, alternatives, number;

create or replace temp table node_meeting as
select node_presence.cluster, node_presence.node, actor, class, rule, presence_id,
  node_hold.object, node_hold.version, node_hold.alternatives, node_hold.version_grade, node_hold.fields,
  greatest(node_presence.first_at, node_hold.first_at) as first_at,
  least(node_presence.ended_at, node_hold.last_at) as last_at,
  weakest(node_hold.grade, node_presence.grade) as grade,
  node_hold.links || [struct_pack(kind := 'could_read', grade := node_presence.grade, evidence := node_presence.evidence)] as links,
  node_presence.evidence, node_presence.grade as presence_grade
from node_presence
join node_hold using (cluster, node)
where node_presence.first_at < node_hold.last_at
  and node_presence.ended_at >= node_hold.first_at
union all
-- The kubelet pulls images with the Secret; no container sees it.
select consumption.cluster, consumption.node, null, null, 'imagePullSecrets', consumption.pod_id,
  secret_run.object, secret_run.version, secret_run.alternatives, secret_run.version_grade, secret_run.fields,
  greatest(consumption.first_at, secret_run.first_at),
  least(consumption.ended_at, coalesce(secret_run.last_at, never())),
  weakest(secret_run.grade, consumption.grade),
  secret_run.links || [struct_pack(kind := 'consumed_by', grade := consumption.grade, evidence := consumption.evidence)],
  consumption.evidence, consumption.grade
from consumption
join secret_run
  on consumption.cluster = secret_run.cluster
  and consumption.namespace = secret_run.namespace
  and consumption.secret = secret_run.name
where consumption.kind = 'image_pull'
  and consumption.node is not null
  and consumption.first_at < coalesce(secret_run.last_at, never())
  and consumption.ended_at > secret_run.first_at;

-- A node holds while somebody may look; whoever looked goes on knowing.
insert into exposure
with placed as (
  select *, coalesce(actor, node) as holder_id, actor is null as is_node
  from node_meeting
), marked as (
  select *,
    case
      when is_node then coalesce(first_at > max(last_at) over (
        partition by cluster, is_node, holder_id, object, version, alternatives
        order by first_at, last_at, presence_id, node
        rows between unbounded preceding and 1 preceding
      ), true)
      else row_number() over sequence = 1
    end as begins
  from placed
  window sequence as (
    partition by cluster, is_node, holder_id, object, version, alternatives
    order by first_at, last_at, presence_id, node
  )
), numbered as (
  select *,
    sum(begins::integer) over (
      partition by cluster, is_node, holder_id, object, version, alternatives
      order by first_at, last_at, presence_id, node
      rows unbounded preceding
    ) as number
  from marked
), grouped as (
  select cluster, is_node, holder_id, object, version, alternatives, number,
    min(class) as class, min(first_at) as first_at, nullif(max(last_at), never()) as last_at,
    grade_name(min(grade_rank(grade))) as grade,
    grade_name(min(grade_rank(version_grade))) as version_grade,
    sorted_set(flatten(list(fields))) as fields,
    arg_min(links, struct_pack(grade := grade_rank(grade), first_at := first_at, id := presence_id, node := node)) as links
  from numbered
  group by cluster, is_node, holder_id, object, version, alternatives, number
)
select
  exposure_key(
    object, coalesce(version, '? ' || array_to_string(alternatives, ' ')),
    grouped.cluster || '/' || holder_id, 'node_access', first_at
  ),
  object, version, version_grade, fields,
  case
    when is_node then holder_of('node', holder_id, 'node', grouped.cluster, null::varchar, holder_id, null::varchar, holder_id)
    else identity_holder(grouped.cluster, holder_id, class)
  end,
  'node_access', false, grade, alternatives, first_at, last_at,
  case when last_at is not null then 'ended' when covering_log.cluster is not null then 'open' else 'unknown' end,
  [], links
from grouped
left join covering_log
  on grouped.cluster = covering_log.cluster;

insert into link
select distinct on (link_id) *
from (
  select link_key('could_read', node_entity(cluster, node), identity_entity(cluster, actor), min(first_at)) as link_id, 'could_read',
    node_entity(cluster, node), identity_entity(cluster, actor), min(first_at), nullif(max(last_at), never()),
    min(presence_grade), min(evidence), rule,
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/'
  from node_meeting
  where actor is not null
  group by cluster, node, actor, rule, presence_id
)
order by all;
