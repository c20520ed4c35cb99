-- runs_as: pod -> service account.
insert into link
select
  link_key('runs_as', pod_entity(cluster, pod_id), account_entity(cluster, pod.namespace, account.name), pod.first_at),
  'runs_as', pod_entity(cluster, pod_id), account_entity(cluster, pod.namespace, account.name),
  pod.first_at, pod.ended_at, account.grade, account.evidence, account.rule,
  'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/'
from pod_service_account
join pod using (cluster, pod_id)
where pod.namespace is not null;
