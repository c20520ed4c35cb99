-- could_read: provider object -> identity whose policies let it read the object. A right is no read: none of
-- this is ever observed. Of the rules that match, those of the highest priority decide; deny comes before allow.
-- https://developer.hashicorp.com/vault/docs/concepts/policies#priority-matching

create or replace temp table named_object as
with named as (
  select object, version
  from provider_version
  union
  select object, version
  from exposure
  union
  select object, pinned_version
  from class_object
)
select object, count(version) > 0 as is_versioned
from named
where object is not null
group by object;

create or replace temp table policy_object as
with parted as (
  select object, is_versioned,
    regexp_extract(object, '^vault:(?:([^!/:]+)!)?(?:([^:]+):)?(.+)$', ['instance', 'provider_namespace', 'path']) as part
  from named_object
)
select object, is_versioned, 'vault' as provider,
  coalesce(nullif(part.instance, ''), 'default') as instance,
  coalesce(nullif(part.provider_namespace, '') || '/', '') || part.path as path
from parted
where part.path <> '';

-- Which rules of which policy reach which object: what a namespace's policy says is said from there.
-- https://developer.hashicorp.com/vault/docs/enterprise/namespaces
create or replace temp table policy_reach as
with rules as (
  select policy_revision.* exclude (rules), unnest(rules) as rule
  from policy_revision
)
select rules.provider, rules.instance, rules.provider_namespace, policy, valid_from, until_at, event_id, object,
  rule.priority, rule.effect, rule.conditional
from rules
join policy_object
  on rules.provider = policy_object.provider
  and rules.instance = policy_object.instance
where rule.applies_to in ('any', case when is_versioned then 'versioned' else 'unversioned' end)
  and (rules.provider_namespace = '' or starts_with(path, rules.provider_namespace || '/'))
  and regexp_full_match(
    case when rules.provider_namespace = '' then path else substr(path, len(rules.provider_namespace) + 2) end,
    rule.pattern
  );

-- What may decide about a holder and an object, and when. A policy of which nothing is known at a time may deny;
-- the one that everybody has denies nothing unless somebody wrote it anew.
-- https://developer.hashicorp.com/vault/docs/concepts/policies#default-policy
create or replace temp table policy_chance as
with held as (
  select grant_id, provider, instance, provider_namespace, valid_from, until_at, unnest(policies) as policy
  from policy_grant
), said as (
  select held.grant_id, held.provider_namespace, policy_revision.policy, policy_revision.event_id,
    greatest(held.valid_from, policy_revision.valid_from) as valid_from,
    least(held.until_at, policy_revision.until_at) as until_at,
    policy_revision.firm, policy_revision.evidence
  from held
  join policy_revision
    on held.provider = policy_revision.provider
    and held.instance = policy_revision.instance
    and held.provider_namespace = policy_revision.provider_namespace
    and held.policy = policy_revision.policy
    and held.valid_from < policy_revision.until_at
    and policy_revision.valid_from < held.until_at
), reached as (
  select said.*, object, priority, effect, conditional
  from said
  join policy_reach
    on said.event_id = policy_reach.event_id
    and said.policy = policy_reach.policy
    and said.provider_namespace = policy_reach.provider_namespace
), concerned as (
  select distinct grant_id, object
  from reached
  where effect = 'allow'
), boundary as (
  select grant_id, object, unnest([valid_from, until_at]) as "at"
  from reached
  join concerned using (grant_id, object)
  union
  -- Where nothing more is known of one of its policies, that one may say anything.
  select grant_id, object, unnest([valid_from, until_at])
  from said
  join concerned using (grant_id)
), span as (
  select grant_id, object, "at" as valid_from,
    lead("at") over (partition by grant_id, object order by "at") as until_at
  from boundary
), known as (
  select span.grant_id, span.object, span.valid_from, count(distinct said.policy) as policies
  from span
  join said
    on span.grant_id = said.grant_id
    and span.valid_from >= said.valid_from
    and span.valid_from < said.until_at
  where said.policy <> 'default'
  group by span.grant_id, span.object, span.valid_from
), asked as (
  select grant_id, count(distinct policy) as policies
  from held
  where policy <> 'default'
  group by grant_id
), decided as (
  select span.grant_id, span.object, span.valid_from, span.until_at,
    bool_or(effect = 'deny') as denied,
    bool_or(effect = 'allow' and not conditional) as is_plain,
    bool_or(effect = 'allow') as allowed,
    bool_and(firm) filter (where effect = 'allow') as firm,
    sorted_set(list(policy) filter (where effect = 'allow')) as policies,
    sorted_set(flatten(list(evidence) filter (where effect = 'allow'))) as evidence
  from (
    select span.*, reached.* exclude (grant_id, object, valid_from, until_at),
      max(priority) over (partition by span.grant_id, span.object, span.valid_from) as priority_max
    from span
    join reached
      on span.grant_id = reached.grant_id
      and span.object = reached.object
      and span.valid_from >= reached.valid_from
      and span.valid_from < reached.until_at
    where span.until_at is not null
  ) as span
  where priority = priority_max
  group by span.grant_id, span.object, span.valid_from, span.until_at
)
select decided.grant_id, decided.object, decided.valid_from, decided.until_at, decided.policies,
  sorted_set(decided.evidence || policy_grant.evidence) as evidence,
  case
    when not is_plain or coalesce(known.policies, 0) < coalesce(asked.policies, 0) then 4
    when not (decided.firm and policy_grant.firm) then 3
    else 2
  end as rank,
  reader, class, cluster
from decided
join policy_grant using (grant_id)
left join known
  on decided.grant_id = known.grant_id
  and decided.object = known.object
  and decided.valid_from = known.valid_from
left join asked
  on decided.grant_id = asked.grant_id
where allowed
  and not denied;
