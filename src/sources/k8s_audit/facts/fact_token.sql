-- Tokens issued: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
-- The annotation holds the credential id as a later request would show it, `JTI=` and the claim.
insert into fact_token by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_token(issued_credential_id) as jti,
  namespace,
  name as service_account,
  case when bound.kind = 'Pod' then bound.name end as pod_name,
  case when bound.kind = 'Pod' then bound.uid end as pod_uid,
  coalesce(answer.spec.audiences, request.spec.audiences) as audiences,
  answer.status."expirationTimestamp" as expires_at,
  k8s_audit_token(credential_id) as credential,
  token_pod_uid as credential_pod_uid
from (
  select *, coalesce(answer.spec."boundObjectRef", request.spec."boundObjectRef") as bound
  from (
    select
      *,
      from_json(request_object, '{ "spec": { "audiences": ["VARCHAR"],
        "boundObjectRef": { "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR" } } }') as request,
      from_json(response_object, '{ "spec": { "audiences": ["VARCHAR"],
        "boundObjectRef": { "kind": "VARCHAR", "name": "VARCHAR", "uid": "VARCHAR" } },
        "status": { "expirationTimestamp": "TIMESTAMPTZ" } }') as answer
    from k8s_audit_stated
    where resource = 'serviceaccounts' and subresource = 'token' and verb = 'create'
  ) as event
) as event;
