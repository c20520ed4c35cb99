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

-- Users and roles of AWS with the policies that stand in them, that are attached to them, and those of a user's
-- groups; the boundary limits what these give.
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_id-based
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
insert into fact_provider_grant by name
with
  groups as (
    select
      event_id,
      entry ->> '$.GroupName' as name,
      aws_policies_of(entry, 'Group') as policies
    from provider_object_aws_entry
    where kind = 'group'
  ),
  of_groups as (
    select member.evidence, flatten(list(groups.policies)) as policies
    from (
      select event_id, evidence, unnest(from_json(entry -> '$.GroupList', '["varchar"]')) as name
      from provider_object_aws_entry
      where kind = 'user'
    ) as member
    join groups using (event_id, name)
    group by member.evidence
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [evidence] as evidence,
  firm,
  'configured' as kind,
  'aws' as provider,
  instance,
  entry ->> '$.Arn' as actor,
  case when kind = 'user' or contains(entry ->> '$.Arn', '/AWSReservedSSO_') then 'human' else 'workload' end as actor_class,
  sorted_distinct(list_concat(
    aws_policies_of(entry, if(kind = 'user', 'User', 'Role')),
    coalesce(of_groups.policies, [])
  )) as policies,
  entry ->> '$.PermissionsBoundary.PermissionsBoundaryArn' as boundary
from provider_object_aws_entry
left join of_groups using (evidence)
where kind in ('user', 'role')
  and in_account;
