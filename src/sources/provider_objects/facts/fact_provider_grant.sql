-- Vault's roles for service accounts. The answer of `vault read` names neither the role nor its auth mount: what
-- it binds is what is known. https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#read-role
insert into fact_provider_grant by name
with
  roles as (
    select
      *,
      regexp_extract(document ->> '$.data.bound_subject', '^system:serviceaccount:([^:]+):([^:]+)$', ['namespace', 'name'])
        as subject
    from provider_object
    where object_kind = 'vault_role'
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'role' as kind,
  'vault' as provider,
  instance,
  sorted_distinct(list_concat(
    coalesce(from_json(document -> '$.data.token_policies', '["varchar"]'), []),
    coalesce(from_json(document -> '$.data.policies', '["varchar"]'), [])
  )) as policies,
  case when subject.name <> '' then [subject.namespace]
    else sorted_distinct(from_json(document -> '$.data.bound_service_account_namespaces', '["varchar"]')) end
    as namespaces,
  case when subject.name <> '' then [subject.name]
    else sorted_distinct(from_json(document -> '$.data.bound_service_account_names', '["varchar"]')) end
    as service_accounts
from roles
where subject.name <> '' or json_exists(document, '$.data.bound_service_account_names');
