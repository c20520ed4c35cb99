-- Vault's policies: each path with what it gives, as a pattern of object references.
-- https://developer.hashicorp.com/vault/docs/concepts/policies#policy-syntax

-- `+` is one segment, `*` at the end is anything, a template is a segment that this cannot tell.
create or replace temp macro vault_segment_pattern(segment) as
  case
    when segment = '+' or contains(segment, '{{') then '[^/]+'
    else regexp_escape(segment)
  end;

create or replace temp macro vault_path_pattern(segments, is_glob) as
  array_to_string(list_transform(segments, lambda segment: vault_segment_pattern(segment)), '/')
    || case when is_glob then '.*' else '' end;

-- Which of several rules counts: the lowest in every one of these loses, in this order.
-- https://developer.hashicorp.com/vault/docs/concepts/policies#priority-matching
create or replace temp macro vault_priority(path) as
  printf('%06d %d %03d %06d %s',
    coalesce(nullif(least(
      coalesce(nullif(instr('/' || path || '/', '/+/'), 0), 999999),
      case when ends_with(path, '*') then len(path) else 999999 end
    ), 0), 999999),
    case when ends_with(path, '*') then 0 else 1 end,
    999 - len(list_filter(string_split(path, '/'), lambda segment: segment = '+')),
    len(path),
    path
  );

create or replace temp table provider_object_vault_rule as
with
  policies as (
    select
      event_id,
      from_json(
        vault_policy_rules(coalesce(document ->> '$.data.policy', document ->> '$.data.rules')),
        '[{ "path": "varchar", "capabilities": ["varchar"], "conditions": ["varchar"] }]'
      ) as rules
    from provider_object
    where object_kind = 'vault_policy'
  ),
  rules as (
    select event_id, unnest(rules) as rule
    from policies
    where rules is not null
  ),
  parted as (
    select
      event_id,
      rule,
      ends_with(rule.path, '*') as is_glob,
      string_split(case when ends_with(rule.path, '*') then left(rule.path, -1) else rule.path end, '/')
        as segments
    from rules
  ),
  placed as (
    select
      *,
      -- Where version 2 of the KV engine has `data`: behind the mount, which is one segment or more.
      coalesce(
        nullif(list_position(segments[2:], 'data'), 0),
        nullif(list_position(segments[2:], '+'), 0)
      ) + 1 as data_place
    from parted
  ),
  forms as (
    -- An object without versions is read at the path itself.
    select event_id, rule, 'unversioned' as applies_to, segments, is_glob, false as guessed
    from placed
    union all
    select event_id, rule, 'versioned', segments[:data_place - 1] || segments[data_place + 1:], is_glob, false
    from placed
    where data_place is not null
      and (data_place < len(segments))
    union all
    -- The glob stands for `data` as well.
    select event_id, rule, 'versioned', case when len(segments) = 1 then segments else [segments[1], ''] end, true, false
    from placed
    where data_place is null
      and is_glob
      and (len(segments) = 1 or len(segments) = 2 and starts_with('data', segments[2]))
    union all
    -- It gives something only if the mount is all of this: nothing here tells.
    select event_id, rule, 'versioned', segments, true, true
    from placed
    where data_place is null
      and is_glob
      and len(segments) > 2
      and not regexp_full_match(segments[2], 'metadata|delete|undelete|destroy|subkeys')
  )
select
  event_id,
  list({
    'pattern': vault_path_pattern(segments, is_glob),
    'applies_to': applies_to,
    'effect': case
      when list_contains(rule.capabilities, 'deny') then 'deny'
      when list_contains(rule.capabilities, 'read') then 'allow'
      else 'none'
    end,
    'priority': vault_priority(rule.path),
    'conditional': guessed or contains(rule.path, '{{') or len(rule.conditions) > 0,
    'other_than': null::varchar,
    'principals': null::varchar[],
    'other_principals': []::varchar[]
  } order by rule.path, applies_to, guessed) as rules
from forms
group by event_id;

insert into fact_provider_policy by name
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'observed' as action,
  'vault' as provider,
  instance,
  name as policy,
  coalesce(
    provider_object_vault_rule.rules,
    case when vault_policy_rules(coalesce(document ->> '$.data.policy', document ->> '$.data.rules')) = '[]' then [] end
  ) as rules
from provider_object
left join provider_object_vault_rule using (event_id)
where object_kind = 'vault_policy';

-- Policies of AWS, whether they stand alone, in a user, group or role, or at a secret. Of a managed one the default
-- version counts. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
insert into fact_provider_policy by name
with
  managed as (
    select
      * exclude (entry),
      entry ->> '$.Arn' as policy,
      list_filter(
        from_json(entry -> '$.PolicyVersionList', '[{ "Document": "json", "IsDefaultVersion": "boolean" }]'),
        lambda version: version."IsDefaultVersion"
      )[1]."Document" as document
    from provider_object_aws_entry
    where kind = 'policy'
  ),
  embedded as (
    select
      event_id, evidence, "at", firm, instance,
      aws_inline_name(entry ->> '$.Arn', inline."PolicyName") as policy,
      inline."PolicyDocument" as document
    from (
      select *, unnest(aws_inline_policies(entry, kind)) as inline
      from provider_object_aws_entry
      where kind in ('user', 'group', 'role')
    ) as entries
  ),
  stated as (
    select event_id, evidence, "at", firm, instance, policy, null as resource, document ->> '$' as document
    from managed
    union all by name
    select event_id, evidence, "at", firm, instance, policy, null as resource, document ->> '$' as document
    from embedded
    union all by name
    select
      event_id, record_id as evidence, "at", firm, string_split(document ->> '$.ARN', ':')[5] as instance,
      'resource policy of ' || (document ->> '$.ARN') as policy,
      document ->> '$.ARN' as resource,
      coalesce(document ->> '$.ResourcePolicy', '{"Statement":[]}') as document
    from provider_object
    where object_kind = 'aws_resource_policy'
  ),
  ruled as (
    select * exclude (document),
      from_json(
        aws_policy_rules(document),
        '[{ "pattern": "varchar", "other_than": "varchar", "applies_to": "varchar", "effect": "varchar", "conditional": "boolean", "principals": ["varchar"], "other_principals": ["varchar"] }]'
      ) as rules
    from stated
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [evidence] as evidence,
  firm,
  'observed' as action,
  'aws' as provider,
  instance,
  policy,
  list_transform(
    -- A secret's policy is about that secret alone, whatever it says.
    list_filter(rules, lambda rule: resource is null or regexp_full_match(resource, rule.pattern)
      and not coalesce(regexp_full_match(resource, rule.other_than), false)),
    lambda rule: {
      'pattern': coalesce(regexp_escape(resource), rule.pattern), 'applies_to': rule.applies_to, 'effect': rule.effect,
      'priority': '', 'conditional': rule.conditional,
      'other_than': case when resource is null then rule.other_than end,
      'principals': rule.principals, 'other_principals': rule.other_principals
    }
  ) as rules
from ruled;
