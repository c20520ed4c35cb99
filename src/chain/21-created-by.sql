-- created_by: workload, pod or token -> the identity that created it (the person behind, where
-- somebody impersonated). https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
insert into link
with statements as (
  select pod_entity(cluster, pod_id) as from_id, identity_entity(cluster, creation.actor) as to_id,
    creation.at as valid_from, creation.grade as grade, creation.evidence as evidence, 'pod create' as rule
  from pod_creation
  where creation.actor is not null
  union all
  select workload_entity(cluster, namespace, kind, name), identity_entity(cluster, creation.actor),
    creation.at, 'recorded', creation.evidence, 'workload create'
  from workload_known
  where creation.actor is not null
    and namespace is not null
  union all
  select token_entity(cluster, jti), identity_entity(cluster, actor),
    min("at"), 'recorded', arg_min(evidence, struct_pack("at" := "at", event := event_id)), 'TokenRequest'
  from fact_token
  where jti is not null
    and actor is not null
  group by cluster, jti, actor
)
select
  link_key('created_by', from_id, to_id, valid_from), 'created_by', from_id, to_id, valid_from, null, grade, evidence, rule,
  'https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/'
from statements;
