-- The policies of a token stand in plain on every entry of it: who has which, from when they changed.
-- https://developer.hashicorp.com/vault/docs/audit/schema
create or replace temp table vault_grant as
with
  seen as (
    select "at", event_id, record_ids, instance, namespace, identity, actor_class, auth_mount, role,
      service_account_namespace, service_account, policies
    from vault_event
    where len(policies) > 0 and identity is not null and "at" is not null and outcome = 'success'
  )
select *
from seen
qualify lag(policies) over (
    partition by instance, namespace, identity, auth_mount, role
    order by "at", event_id
  ) is distinct from policies;

insert into fact_provider_grant by name
select
  "at",
  'vault_audit' as source,
  identity as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'login' as kind,
  'vault' as provider,
  instance,
  namespace as provider_namespace,
  policies,
  actor_class,
  auth_mount,
  role,
  service_account_namespace as namespace,
  service_account
from vault_grant;
