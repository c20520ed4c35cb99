-- The same for clouds, whose policies are statements: of all that are about a holder and an object, one that denies
-- counts before those that allow. A boundary limits what the holder's own policies give; over accounts both sides
-- have to allow. What stands above an account (SCPs, RCPs) is not seen.
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

create or replace temp table cloud_object as
with asked as (
  select object, object as path, case when contains(object, ':secretsmanager:') then ['secretsmanager:GetSecretValue']
      else ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath', 'ssm:GetParameterHistory'] end as actions,
    'aws' as provider, string_split(object, ':')[5] as account
  from named_object
  where starts_with(object, 'arn:')
  union all
  -- Scopes of roles are places in the tree of resources; of a vault that nothing printed only its name is known.
  select object, coalesce(provider_name.name, '/providers/microsoft.keyvault/vaults/' || regexp_extract(object, '^https://([^.]+)', 1))
      || regexp_extract(object, '(/secrets/.+)$', 1),
    ['role assignment', 'access policy'], 'azure', null
  from named_object
  left join provider_name
    on provider_name.provider = 'azure'
    and regexp_extract(object, '^(https://[^/]+)/', 1) = provider_name.means
  where regexp_matches(object, '^https://[^/]+/secrets/')
  union all
  -- A project has an id and a number, and prints have either.
  select object, unnest(list_distinct([object, coalesce(provider_name.means, numbered.name) || regexp_extract(object, '^projects/[^/]+(/.+)$', 1)])),
    ['secretmanager.versions.access'], 'gcp', null
  from named_object
  left join provider_name
    on provider_name.provider = 'gcp'
    and regexp_extract(object, '^projects/[^/]+') = provider_name.name
  left join provider_name as numbered
    on numbered.provider = 'gcp'
    and regexp_extract(object, '^projects/[^/]+') = numbered.means
  where starts_with(object, 'projects/')
)
select object, path, provider, account, unnest(actions) as action
from asked;

-- An account of AWS as policies name it.
create or replace temp macro account_root(arn) as regexp_replace(arn, '^(arn:[^:]+):[a-z]+::([0-9]+):.*$', '\1:iam::\2:root');

create or replace temp table cloud_rule as
with rules as (
  select * exclude (rules), unnest(rules) as rule
  from policy_revision
)
select rules.* exclude (rule), object, account, action,
  rule.effect, rule.principals, rule.other_principals,
  -- A vault that was not printed may heed its access policies alone.
  rule.conditional
    or action = 'role assignment'
      and 'access policies of ' || regexp_extract(object, '^(https://[^/]+)/', 1) not in (select policy from policy_revision)
    as conditional
from rules
join cloud_object
  on rules.provider = cloud_object.provider
  and rule.applies_to in (action, 'any')
  and regexp_full_match(path, rule.pattern)
  and not coalesce(regexp_full_match(path, rule.other_than), false);

create or replace temp table cloud_address as
select addressed.* exclude (principal), coalesce(means, principal) as principal
from (
  select *, unnest(principals) as principal
  from cloud_rule
) as addressed
left join provider_name
  on addressed.provider = provider_name.provider
  and principal = provider_name.name;

-- Who has policies, and whom policies of resources name beside these: at AWS such a one may have others that deny.
create or replace temp table cloud_holder as
with named as (
  select distinct provider, principal as reader
  from cloud_address
  where effect = 'allow'
)
select grant_id as holder_id, provider, reader, class, cluster, valid_from, until_at, firm, evidence, policies, boundary,
  true as is_listed
from policy_grant
where provider in (select provider from cloud_object)
union all
select -row_number() over (order by provider, reader), provider, reader,
  case when regexp_matches(reader, ':role/|^[0-9a-f-]{36}$|^principal:') then 'workload' else class_of(reader) end, null, timestamptz '0001-01-01 00:00:00Z',
  never(), true, [], [], null, provider <> 'aws'
from named
where (provider, reader) not in (select (provider, reader) from policy_grant);

-- Whether these sides together allow. The account that owns the object gives its own identities nothing by naming
-- itself. What a resource gives to a user by name, no boundary limits.
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
create or replace temp macro cloud_allows(sides, is_same_account, is_limited, reader) as
  case
    when is_same_account then
      list_has_any(sides, ['own', 'named', 'anybody']) and (not is_limited or list_contains(sides, 'limit'))
      or list_contains(sides, 'named') and contains(reader, ':user/')
    else list_contains(sides, 'own') and (not is_limited or list_contains(sides, 'limit'))
      and list_has_any(sides, ['named', 'anybody', 'account'])
  end;

create or replace temp table cloud_chance as
with held as (
  select holder_id, provider, unnest(policies) as policy, 'own' as side
  from cloud_holder
  union all
  select holder_id, provider, boundary, 'limit'
  from cloud_holder
  where boundary is not null
), concerning as (
  select held.holder_id, side, cloud_rule.*
  from held
  join cloud_rule using (provider, policy)
  where principals is null
), sided as (
  select * exclude (principals, other_principals), []::varchar[] as left_out
  from concerning
  union all by name
  select holder_id, 'named' as side, cloud_address.* exclude (principals, principal, other_principals), other_principals as left_out
  from cloud_address
  join cloud_holder
    on cloud_address.provider = cloud_holder.provider
    and principal = reader
  union all by name
  select holder_id, 'account' as side, cloud_address.* exclude (principals, principal, other_principals), other_principals as left_out
  from cloud_address
  join cloud_holder
    on cloud_address.provider = cloud_holder.provider
    and principal = account_root(reader)
    and principal <> reader
  union all by name
  select holder_id, 'anybody' as side, cloud_address.* exclude (principals, principal, other_principals), other_principals as left_out
  from cloud_address
  join cloud_holder
    on cloud_address.provider = cloud_holder.provider
    and principal = '*'
    and principal <> reader
), said as (
  select holder_id, side, object, action, effect, conditional, policy, sided.firm, sided.evidence,
    greatest(cloud_holder.valid_from, sided.valid_from) as valid_from,
    least(cloud_holder.until_at, sided.until_at) as until_at
  from sided
  join cloud_holder using (holder_id)
  where cloud_holder.valid_from < sided.until_at
    and sided.valid_from < cloud_holder.until_at
    and not list_contains(left_out, reader)
), concerned as (
  select distinct holder_id, object
  from said
  where effect = 'allow'
), known as (
  select holder_id, held.policy, greatest(cloud_holder.valid_from, policy_revision.valid_from) as valid_from,
    least(cloud_holder.until_at, policy_revision.until_at) as until_at
  from held
  join cloud_holder using (holder_id)
  join policy_revision
    on held.provider = policy_revision.provider
    and held.policy = policy_revision.policy
    and cloud_holder.valid_from < policy_revision.until_at
    and policy_revision.valid_from < cloud_holder.until_at
), boundary_time as (
  select holder_id, object, unnest([valid_from, until_at]) as "at"
  from said
  join concerned using (holder_id, object)
  union
  select holder_id, object, unnest([valid_from, until_at])
  from known
  join concerned using (holder_id)
), span as (
  select holder_id, object, "at" as valid_from,
    lead("at") over (partition by holder_id, object order by "at") as until_at
  from boundary_time
), understood as (
  select span.holder_id, span.object, span.valid_from, count(distinct known.policy) as policies
  from span
  join known
    on span.holder_id = known.holder_id
    and span.valid_from >= known.valid_from
    and span.valid_from < known.until_at
  group by span.holder_id, span.object, span.valid_from
), asked as (
  select holder_id, count(distinct policy) as policies
  from held
  group by holder_id
), counted as (
  select span.holder_id, span.object, action, span.valid_from, span.until_at,
    bool_or(effect = 'deny' and not conditional) as denied,
    bool_or(effect = 'deny') as doubted,
    coalesce(list(distinct side) filter (where effect = 'allow'), []) as sides,
    coalesce(list(distinct side) filter (where effect = 'allow' and not conditional), []) as plain_sides,
    bool_and(said.firm) filter (where effect = 'allow') as firm,
    list(policy) filter (where effect = 'allow' and side <> 'limit') as policies,
    flatten(list(evidence) filter (where effect = 'allow')) as evidence
  from span
  join said
    on span.holder_id = said.holder_id
    and span.object = said.object
    and span.valid_from >= said.valid_from
    and span.valid_from < said.until_at
  where span.until_at is not null
  group by span.holder_id, span.object, action, span.valid_from, span.until_at
), judged as (
  select counted.* exclude (firm, policies, evidence), counted.policies, cloud_holder.evidence || counted.evidence as evidence,
    counted.firm and cloud_holder.firm as firm, reader, class, cluster, is_listed,
    boundary is not null as is_limited,
    cloud_object.account is not distinct from string_split(reader, ':')[5] as is_same_account,
    coalesce(understood.policies, 0) = coalesce(asked.policies, 0) as is_understood
  from counted
  join cloud_holder using (holder_id)
  join cloud_object using (object, action)
  left join understood
    on counted.holder_id = understood.holder_id
    and counted.object = understood.object
    and counted.valid_from = understood.valid_from
  left join asked
    on counted.holder_id = asked.holder_id
)
select holder_id, object, valid_from, until_at, reader, class, cluster,
  min(case
    when not (is_listed and is_understood) or doubted or not cloud_allows(plain_sides, is_same_account, is_limited, reader) then 4
    when not firm then 3
    else 2
  end) as rank,
  sorted_set(flatten(list(policies))) as policies,
  sorted_set(flatten(list(evidence))) as evidence
from judged
where not denied
  and not (is_same_account and ends_with(reader, ':root'))
  and (cloud_allows(sides, is_same_account, is_limited, reader) or not is_listed and list_contains(sides, 'named'))
group by holder_id, object, valid_from, until_at, reader, class, cluster;

insert into policy_chance by name
select holder_id as grant_id, object, valid_from, until_at, policies, evidence, rank, reader, class, cluster
from cloud_chance;
