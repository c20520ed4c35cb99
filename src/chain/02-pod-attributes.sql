-- What is known of each pod: who created it, its node, service account, owner, volumes, addresses.
-- Each attribute keeps the evidence that states it; a source that is not firm is asked last.

-- Pods made from a template are alike: where only the nameless creation request was logged
-- (level Request), the body of the last creation for the same owner is theirs.
create or replace temp table pod_template as
select cluster, namespace, owner_name, "at", event_id, evidence, actor, owner_kind, owner_uid,
  service_account, csi_volumes, mutated, containers, secret_references, share_process_namespace, host_paths,
  privileged_containers, host_pid
from fact_pod
where action = 'created'
  and name is null
  and owner_name is not null;

create or replace temp table pod_statement as
select cluster, pod_id, "at", event_id, evidence, actor, action,
  struct_pack(unfirm := not coalesce(firm, true), late := coalesce(mutated, false)::integer, "at" := "at", event := event_id) as rank,
  case when coalesce(firm, true) then 'recorded' else 'inferred' end as grade,
  node, pod_ips, host_ip, service_account, owner_kind, owner_name, owner_uid, csi_volumes, containers,
  secret_references, share_process_namespace, host_paths, privileged_containers, host_pid
from pod_fact
union all
select pod_incarnation.cluster, pod_incarnation.pod_id, pod_template.at, pod_template.event_id,
  pod_template.evidence, pod_template.actor, 'created',
  struct_pack(unfirm := true, late := 2, "at" := pod_template.at, event := pod_template.event_id),
  'inferred', null, null, null, service_account, owner_kind, owner_name, owner_uid, csi_volumes, containers,
  secret_references, share_process_namespace, host_paths, privileged_containers, host_pid
from pod_incarnation
asof join pod_template
  on pod_incarnation.cluster = pod_template.cluster
  and pod_incarnation.namespace = pod_template.namespace
  and regexp_replace(pod_incarnation.name, '-[^-]+$', '') = pod_template.owner_name
  and pod_incarnation.first_at >= pod_template.at;

create or replace temp table pod_creation as
select cluster, pod_id,
  arg_min(struct_pack("at" := "at", actor := actor, evidence := evidence, grade := grade), rank) as creation
from pod_statement
where action = 'created'
group by cluster, pod_id;

create or replace temp table pod_owner as
select cluster, pod_id,
  arg_min(
    struct_pack(kind := owner_kind, name := owner_name, uid := owner_uid, evidence := evidence, grade := grade, "at" := "at"),
    rank
  ) as owner
from pod_statement
where owner_name is not null
group by cluster, pod_id;

create or replace temp table pod_volumes as
select cluster, pod_id,
  arg_min(struct_pack(volumes := csi_volumes, evidence := evidence, grade := grade, "at" := "at"), rank) as spec
from pod_statement
where csi_volumes is not null
group by cluster, pod_id;

create or replace temp table pod_node as
with statements as (
  select cluster, uid as pod_id, node, 1 as preference, "at", event_id, evidence,
    case when coalesce(firm, true) then 'recorded' else 'inferred' end as grade,
    'pods/binding' as rule
  from fact_pod_binding
  where uid is not null
  union all
  select fact_pod_binding.cluster, pod_id, node, 2, "at", event_id, evidence, 'inferred', 'pods/binding by name'
  from fact_pod_binding
  asof join pod_incarnation
    on fact_pod_binding.cluster = pod_incarnation.cluster
    and fact_pod_binding.namespace = pod_incarnation.namespace
    and fact_pod_binding.name = pod_incarnation.name
    and fact_pod_binding.at >= pod_incarnation.first_at
  where fact_pod_binding.uid is null
  union all
  select cluster, pod_id, node, 3, "at", event_id, evidence, grade, 'pod spec'
  from pod_statement
  union all
  select cluster, pod_uid, node, 4, "at", event_id, evidence, 'recorded', 'mount status'
  from fact_mount_status
  where pod_uid is not null
    and action <> 'deleted'
    and writer_is_driver is distinct from false
  union all
  select cluster, pod_uid, node, 5, "at", event_id, evidence, 'recorded', 'token claims'
  from fact_token_use
  where pod_uid in (select uid from pod_known)
  union all
  select cluster, pod_uid, regexp_extract(actor, '^system:node:(.+)$', 1), 6, "at", event_id, evidence,
    'recorded', 'TokenRequest by kubelet'
  from fact_token
  where pod_uid is not null
    and actor like 'system:node:%'
)
select cluster, pod_id,
  arg_min(
    struct_pack(name := node, evidence := evidence, grade := grade, rule := rule, "at" := "at"),
    struct_pack(preference := preference, "at" := "at", event := event_id)
  ) as node
from statements
where node is not null
group by cluster, pod_id;

create or replace temp table pod_service_account as
with statements as (
  select cluster, pod_id, service_account as name, rank.unfirm::integer * 10 + 1 as preference, "at", event_id,
    evidence, grade, 'pod spec' as rule
  from pod_statement
  union all
  select cluster, pod_uid, service_account, 2, "at", event_id, evidence, 'recorded', 'TokenRequest bound to the pod'
  from fact_token
  where pod_uid is not null
  union all
  select cluster, pod_uid, split_part(actor, ':', 4), 3, "at", event_id, evidence, 'recorded', 'token claims'
  from fact_token_use
  where pod_uid in (select uid from pod_known)
    and actor like 'system:serviceaccount:%:%'
)
select cluster, pod_id,
  arg_min(
    struct_pack(name := name, evidence := evidence, grade := grade, rule := rule, "at" := "at"),
    struct_pack(preference := preference, "at" := "at", event := event_id)
  ) as account
from statements
where name is not null
group by cluster, pod_id;

create or replace temp table pod_removal as
select cluster, pod_id,
  arg_min(struct_pack("at" := "at", evidence := evidence), struct_pack("at" := "at", event := event_id))
    filter (where action = 'removed') as removed,
  arg_max(struct_pack("at" := "at", evidence := evidence), struct_pack("at" := "at", event := event_id))
    filter (where action = 'deleting') as deleting
from pod_fact
group by cluster, pod_id;
