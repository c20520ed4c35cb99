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
  case when starts_with(issued_credential_id, 'JTI=') then substr(issued_credential_id, 5) end as jti,
  namespace,
  name as service_account,
  case when bound.kind = 'Pod' then bound.name end as pod_name,
  case when bound.kind = 'Pod' then bound.uid end as pod_uid,
  coalesce(answer.spec.audiences, request.spec.audiences) as audiences,
  answer.status."expirationTimestamp" as expires_at
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
