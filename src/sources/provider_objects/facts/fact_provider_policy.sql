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

-- Azure: role assignments that let read values, by the four built-in roles that do. A name counts as the log has it:
-- an application's id, a user's principal name. Groups are named as such, nothing here tells their members.
-- https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security
-- https://learn.microsoft.com/azure/key-vault/general/rbac-guide#azure-built-in-roles-for-key-vault-data-plane-operations
insert into fact_provider_policy by name
with
  assigned as (
    select
      event_id, record_id, "at", firm,
      lower(document ->> '$.scope') as scope,
      document ->> '$.roleDefinitionName' as role,
      document ->> '$.principalType' as principal_type,
      nullif(document ->> '$.principalName', '') as principal_name,
      lower(document ->> '$.principalId') as principal_id,
      nullif(document ->> '$.condition', '') is not null as is_conditional,
      lower(regexp_extract(document ->> '$.roleDefinitionId', '([^/]+)$', 1)) in (
        '00482a5a-887f-4fb3-b363-3b7fe8e74483', -- Key Vault Administrator
        'b86a8fe4-44ce-4948-aee5-eccb2c155cd7', -- Key Vault Secrets Officer
        '4633458b-17de-408a-b874-0445c86b69e6', -- Key Vault Secrets User
        'db79e9a7-68ee-4b58-9aeb-b90e7c24fcba'  -- Key Vault Certificate User
      ) as reads
    from provider_object
    where object_kind = 'azure_role_assignment'
  ),
  named as (
    select *,
      case
        when principal_type = 'Group' then 'group:' || coalesce(principal_name, principal_id)
        else principal_id
      end as principal,
      nullif(regexp_extract(scope, '(/providers/microsoft[.]keyvault/vaults/.+)$', 1), '') as place
    from assigned
  ),
  -- A vault's name is its own everywhere. Which vaults lie in a group or subscription, the print of the vault tells.
  reached as (
    select *, '.*' || regexp_escape(place) || '(?:/.*)?' as pattern, false as is_guessed
    from named
    where place is not null
    union all
    select *, regexp_escape(rtrim(scope, '/')) || '/.*', false
    from named
    where place is null
    union all
    select *, '/providers/.*', true
    from named
    where place is null
      and scope <> '/'
    -- Nor does any print here tell which subscriptions a management group has.
    union all
    select *, '/subscriptions/.*', true
    from named
    where starts_with(scope, '/providers/microsoft.management/')
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'observed' as action,
  'azure' as provider,
  coalesce(nullif(regexp_extract(scope, '^/subscriptions/([^/]+)', 1), ''), 'tenant') as instance,
  role || ' at ' || scope || ' to ' || coalesce(principal_name, principal_id) as policy,
  coalesce(list({
    'pattern': pattern, 'applies_to': 'role assignment', 'effect': 'allow', 'priority': '',
    'conditional': is_conditional or is_guessed or principal_type = 'Group', 'other_than': null::varchar,
    'principals': [principal], 'other_principals': []::varchar[]
  } order by pattern) filter (where reads), []) as rules
from reached
group by all;

-- A vault heeds its access policies or role assignments, never both.
-- https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy
insert into fact_provider_policy by name
with
  vaults as (
    select
      event_id, record_id, "at", firm,
      rtrim(lower(document ->> '$.properties.vaultUri'), '/') as url,
      lower(document ->> '$.id') as place,
      coalesce((document ->> '$.properties.enableRbacAuthorization')::boolean, false) as by_roles,
      coalesce(from_json(
        document -> '$.properties.accessPolicies',
        '[{ "objectId": "varchar", "applicationId": "varchar", "permissions": { "secrets": ["varchar"] } }]'
      ), []) as entries
    from provider_object
    where object_kind = 'azure_vault'
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'observed' as action,
  'azure' as provider,
  coalesce(nullif(regexp_extract(place, '^/subscriptions/([^/]+)', 1), ''), 'tenant') as instance,
  'access policies of ' || url as policy,
  case
    when by_roles then []
    else [{
      'pattern': regexp_escape(place) || '/.*', 'applies_to': 'role assignment', 'effect': 'deny', 'priority': '',
      'conditional': false, 'other_than': null::varchar, 'principals': ['*'], 'other_principals': []::varchar[]
    }] || list_transform(
      list_filter(entries, lambda entry: len(list_filter(entry.permissions.secrets,
        lambda permission: lower(permission) in ('get', 'all'))) > 0),
      lambda entry: {
        'pattern': regexp_escape(place) || '/secrets/.*', 'applies_to': 'access policy', 'effect': 'allow', 'priority': '',
        -- Both the user and the application have to ask.
        'conditional': entry."applicationId" is not null, 'other_than': null::varchar,
        'principals': [lower(entry."objectId")], 'other_principals': []::varchar[]
      }
    )
  end as rules
from vaults;

-- Google Cloud: a policy at a secret, or above it in the tree of resources, which hands its policies down.
-- https://cloud.google.com/iam/docs/resource-hierarchy-access-control
-- https://cloud.google.com/secret-manager/docs/access-control
insert into fact_provider_policy by name
with
  ruled as (
    select *,
      from_json(
        gcp_policy_rules(document::varchar),
        '[{ "pattern": "varchar", "other_than": "varchar", "applies_to": "varchar", "effect": "varchar", "conditional": "boolean", "principals": ["varchar"], "other_principals": ["varchar"] }]'
      ) as rules
    from provider_object
    where object_kind = 'gcp_policy'
  )
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'observed' as action,
  'gcp' as provider,
  coalesce(nullif(regexp_extract(name, '/projects/([^/]+)', 1), ''), regexp_extract(name, '([^/]+/[^/]+)$', 1)) as instance,
  'policy of ' || regexp_replace(name, '^//[^/]+/', '') as policy,
  list_transform(rules, lambda rule: {
    'pattern': rule.pattern, 'applies_to': rule.applies_to, 'effect': rule.effect, 'priority': '',
    'conditional': rule.conditional, 'other_than': rule.other_than, 'principals': rule.principals,
    'other_principals': rule.other_principals
  }) as rules
from ruled
where rules is not null;
