-- Provider policies as of a time, and who has them. A policy lasts until something else is logged of it; a
-- snapshot says nothing about before it. What a write says that is not logged, nobody knows.
-- https://developer.hashicorp.com/vault/docs/concepts/policies

create or replace temp table policy_revision as
with stated as (
  select provider, instance, coalesce(provider_namespace, '') as provider_namespace, policy, "at", event_id, rules,
    coalesce(firm, true) as firm, evidence,
    coalesce(lead("at") over (
      partition by provider, instance, coalesce(provider_namespace, ''), policy
      order by "at", rules is null, event_id
    ), never()) as until_at
  from fact_provider_policy
  where policy is not null
    and "at" is not null
)
select provider, instance, provider_namespace, policy, "at" as valid_from, until_at, event_id, rules, firm, evidence
from stated
where rules is not null
  and "at" < until_at;

-- What policies call an identity or a vault otherwise than logs do, where that is one name alone.
create or replace temp table provider_name as
select provider, name, min(means) as means
from fact_provider_name
group by provider, name
having count(distinct means) = 1;

-- Whom a role means: the service accounts that the logs know and that fit its names.
create or replace temp table known_account as
with accounts as (
  select cluster, pod_incarnation.namespace, account.name as service_account
  from pod_service_account
  join pod_incarnation using (cluster, pod_id)
  union
  select cluster, namespace, name
  from fact_service_account
  union
  select cluster, namespace, service_account
  from provider_read
  where service_account is not null
)
select distinct cluster, namespace, service_account
from accounts
where cluster is not null
  and namespace is not null
  and service_account is not null;

create or replace temp table policy_grant as
with configured as (
  select provider, instance, coalesce(provider_namespace, '') as provider_namespace, policies, "at", event_id, firm, evidence,
    coalesce(lead("at") over (
      partition by provider, instance, provider_namespace, namespaces, service_accounts
      order by "at"
      range between interval 1 microsecond following and unbounded following
    ), never()) as until_at,
    namespaces, service_accounts
  from fact_provider_grant
  where kind = 'role'
    and "at" is not null
), used as (
  select provider, instance, coalesce(provider_namespace, '') as provider_namespace, policies, "at", event_id, firm, evidence,
    coalesce(lead("at") over (
      partition by provider, instance, provider_namespace, actor, auth_mount, role
      order by "at", event_id
    ), never()) as until_at,
    actor, actor_class, auth_mount, namespace, service_account, boundary
  from fact_provider_grant
  where kind in ('login', 'configured')
    and "at" is not null
), placed as (
  select used.* exclude (auth_mount),
    case when used.service_account is not null
      then coalesce(by_namespace.cluster, by_mount.cluster, account_cluster.cluster) end as cluster
  from used
  left join auth_mount_cluster as by_namespace
    on used.auth_mount = by_namespace.auth_mount
    and used.namespace = by_namespace.namespace
  left join auth_mount_cluster as by_mount
    on used.auth_mount = by_mount.auth_mount
    and by_mount.namespace is null
  left join account_cluster
    on used.namespace = account_cluster.namespace
    and used.service_account = account_cluster.service_account
), granted as (
  select provider, instance, provider_namespace, policies, "at" as valid_from, until_at, event_id, coalesce(firm, true) as firm,
    evidence, actor as reader, coalesce(actor_class, class_of(actor)) as class, cluster, boundary
  from placed
  union all
  -- Of which cluster the accounts are, the role does not say.
  select provider, instance, provider_namespace, policies, "at", until_at, event_id, coalesce(firm, true), evidence,
    'system:serviceaccount:' || known_account.namespace || ':' || known_account.service_account,
    class_of('system:serviceaccount:' || known_account.namespace || ':' || known_account.service_account),
    known_account.cluster, null
  from configured
  join known_account
    on (list_contains(namespaces, known_account.namespace) or list_contains(namespaces, '*'))
    and (list_contains(service_accounts, known_account.service_account) or list_contains(service_accounts, '*'))
)
select row_number() over (order by provider, instance, provider_namespace, reader, cluster, valid_from, until_at, event_id, policies) as grant_id, *
from granted
where valid_from < until_at;
