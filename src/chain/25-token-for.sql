-- token_for: token (by its id) -> the pod it is bound to. One TokenRequest serves many mounts: the
-- kubelet keeps tokens until 80 % of their life.
create or replace temp table pod_token as
select cluster, jti, pod_uid as pod_id, min("at") as "at", max(expires_at) as expires_at,
  arg_min(evidence, struct_pack("at" := "at", event := event_id)) as evidence
from fact_token
where jti is not null
  and pod_uid is not null
group by cluster, jti, pod_uid;

insert into link
select link_key('token_for', token_entity(cluster, jti), pod_entity(cluster, pod_id), "at"), 'token_for',
  token_entity(cluster, jti), pod_entity(cluster, pod_id), "at", expires_at, 'recorded', evidence,
  'TokenRequest: boundObjectRef.uid and issued-credential-id',
  'https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/'
from pod_token;
