-- Exposures by provider_read: who read a value with no mount behind the read. The identity as its log
-- calls it, or the pod where it read from its own address with its own service account.
insert into exposure
with reads as (
  select *,
    case when pod_id is not null then 'pod' else 'identity' end as holder_kind,
    coalesce(pod_id, identity) as holder_id
  from own_read
), grouped as (
  select object, version, possible_versions, holder_kind, holder_id, pod_id, holder_cluster, namespace, service_account,
    max(grade_rank(coalesce(version_grade, 'recorded'))) as version_rank,
    min(class) as class, min("at") as first_at, max("at") as last_at,
    sorted_set(flatten(list(coalesce(fields, [])))) as fields,
    bool_and(firm) as firm,
    sorted_set(
      arg_min(evidence, struct_pack("at" := "at", read_id := read_id))
      || arg_max(evidence, struct_pack("at" := "at", read_id := read_id))
    ) as evidence,
    arg_min(session, struct_pack("at" := "at", read_id := read_id)) as session
  from reads
  group by object, version, possible_versions, holder_kind, holder_id, pod_id, holder_cluster, namespace, service_account
), counted as (
  select object, version, possible_versions, holder_kind, holder_id, holder_cluster, namespace, service_account, address, user_agent,
    count(*) as count, min("at") as first_at, max("at") as last_at
  from reads
  group by object, version, possible_versions, holder_kind, holder_id, holder_cluster, namespace, service_account, address,
    user_agent
), seen as (
  select object, version, possible_versions, holder_kind, holder_id, holder_cluster, namespace, service_account,
    list(
      struct_pack(ip := address, user_agent := user_agent, count := count, first_at := first_at, last_at := last_at)
      order by first_at, address, user_agent
    ) as seen_from
  from counted
  group by object, version, possible_versions, holder_kind, holder_id, holder_cluster, namespace, service_account
)
select
  left(sha256(concat_ws(chr(10), grouped.object, coalesce(grouped.version, array_to_string(grouped.possible_versions, ' ')), grouped.holder_id, 'provider_read', time_text(grouped.first_at))), 16),
  grouped.object, grouped.version,
  case when grouped.version is null then 'candidate' when firm then grade_name(version_rank) else 'inferred' end,
  fields,
  coalesce(
    pod_holder.holder,
    struct_pack(
      kind := 'identity', id := grouped.holder_id, class := coalesce(grouped.class, 'human'), cluster := grouped.holder_cluster,
      namespace := grouped.namespace, name := coalesce(grouped.service_account, grouped.holder_id),
      service_account := grouped.service_account, workload := null, node := null, created_by := null
    )
  ),
  'provider_read', true,
  case when grouped.pod_id is not null then 'inferred' when firm then 'recorded' else 'inferred' end,
  grouped.possible_versions, grouped.first_at, grouped.last_at, 'ended', seen_from,
  case when grouped.pod_id is not null then coalesce(pod_link.links, []) else [] end
    || case when session_known.evidence is not null then
      [struct_pack(
        kind := 'logged_in',
        grade := case when grouped.pod_id is not null then 'inferred' else 'recorded' end,
        evidence := session_known.evidence
      )]
      else [] end
    || [struct_pack(kind := 'read', grade := case when firm then 'recorded' else 'inferred' end, evidence := grouped.evidence)]
from grouped
join seen
  on grouped.object = seen.object
  and grouped.version is not distinct from seen.version
  and grouped.possible_versions = seen.possible_versions
  and grouped.holder_kind = seen.holder_kind
  and grouped.holder_id = seen.holder_id
  and grouped.holder_cluster is not distinct from seen.holder_cluster
  and grouped.namespace is not distinct from seen.namespace
  and grouped.service_account is not distinct from seen.service_account
left join pod_holders_of('own_read') as pod_holder
  on grouped.pod_id = pod_holder.pod_id
  and grouped.holder_cluster = pod_holder.cluster
left join pod_links_of('own_read') as pod_link
  on grouped.pod_id = pod_link.pod_id
  and grouped.holder_cluster = pod_link.cluster
left join session_known
  on grouped.session = session_known.session;
