-- Writes of policies: what they say is hashed, so from then on it is not known, or nothing is given any more.
-- https://developer.hashicorp.com/vault/api-docs/system/policies
insert into fact_provider_policy by name
select
  "at",
  'vault_audit' as source,
  identity as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  case when operation = 'delete' then 'deleted' else 'changed' end as action,
  'vault' as provider,
  instance,
  namespace as provider_namespace,
  regexp_extract(path, '^sys/(?:policies/acl|policy)/(.+)$', 1) as policy,
  case when operation = 'delete' then [] end as rules
from vault_event
where regexp_matches(path, '^sys/(policies/acl|policy)/.')
  and operation in ('create', 'update', 'patch', 'delete')
  and outcome = 'success'
  and "at" is not null;

-- The root policy gives everything, and nobody can change it.
-- https://developer.hashicorp.com/vault/docs/concepts/policies#root-policy
insert into fact_provider_policy by name
select
  min("at") as "at",
  'vault_audit' as source,
  arg_min(event_id, { 'at': "at", 'event_id': event_id }) as event_id,
  arg_min(record_ids, { 'at': "at", 'event_id': event_id }) as evidence,
  true as firm,
  'built_in' as action,
  'vault' as provider,
  instance,
  'root' as policy,
  [{
    'pattern': '.*', 'applies_to': 'any', 'effect': 'allow', 'priority': '', 'conditional': false,
    'other_than': null::varchar, 'principals': null::varchar[], 'other_principals': []::varchar[]
  }] as rules
from vault_event
where list_contains(policies, 'root')
  and namespace is null
  and "at" is not null
group by instance;
