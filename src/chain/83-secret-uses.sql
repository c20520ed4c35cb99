-- secret_use: which containers take which Secret that a class or an operator fills, and how. Whether a
-- rotation reaches them follows from that: an environment variable and a subPath are filled at the start of
-- the container, a volume follows the Secret.
-- https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets
create or replace temp table filled_secret as
select cluster, namespace, secret
from class_sync
union
select cluster, namespace, name
from secret_run;

insert into secret_use
select pod_reference.cluster, pod.namespace, secret, pod.pod_id, pod.name, pod_workload.kind || '/' || pod_workload.name,
  pod_reference.kind, container, key, is_sub_path,
  case when ephemeral then pod_reference.at else pod.first_at end,
  pod.ended_at, pod_reference.grade, pod_reference.evidence
from pod_reference
join pod using (cluster, pod_id)
left join pod_workload using (cluster, pod_id)
where (pod_reference.cluster, pod.namespace, secret) in (select (cluster, namespace, secret) from filled_secret);

-- Pods of the same namespaces whose spec no log has: what they take nobody can tell.
insert into unread_pod
select pod.cluster, pod.namespace, pod.pod_id, pod.name, pod.first_at, pod.ended_at
from pod
where (pod.cluster, pod.namespace) in (select (cluster, namespace) from filled_secret)
  and (pod.cluster, pod.pod_id) not in (
    select (cluster, pod_id)
    from pod_statement
    where secret_references is not null
  );
