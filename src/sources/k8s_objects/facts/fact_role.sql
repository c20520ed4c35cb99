-- Roles and cluster roles as a snapshot or a manifest shows them.
insert into fact_role by name
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  kind,
  namespace,
  name,
  uid,
  kubernetes_rules(object) as rules,
  case when json_type(object, '$.aggregationRule') = 'OBJECT'
    then (object -> '$.aggregationRule.clusterRoleSelectors') end as aggregation,
  kubernetes_labels(object -> '$.metadata.labels') as labels,
  kubernetes_rules(object) is not null as complete
from k8s_object
where kind in ('Role', 'ClusterRole')
  and starts_with(object ->> '$.apiVersion', 'rbac.authorization.k8s.io/');
