-- Each landed object is an event of its own: it was seen in the state that it shows.
--
-- The time is the one given with --observed-at, else the file's own, and then nothing that follows from it
-- can be more than inferred. The instance is that of --vault-instance: no command prints it.
create or replace temp table provider_object as
select
  event_id_of('provider_objects', record_id) as event_id,
  record_id,
  cluster as instance,
  coalesce(batch_observed_at, taken_at) as "at",
  batch_observed_at is not null as firm,
  flags,
  object_kind,
  name,
  document
from provider_objects_record;

-- What a print of a whole account holds, one row a user, group, role and managed policy; and roles printed alone,
-- without their policies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
create or replace temp macro aws_inline_policies(entry, kind) as
  coalesce(from_json(
    case kind
      when 'user' then entry -> '$.UserPolicyList'
      when 'group' then entry -> '$.GroupPolicyList'
      else entry -> '$.RolePolicyList'
    end,
    '[{ "PolicyName": "varchar", "PolicyDocument": "json" }]'
  ), []);

create or replace temp macro aws_inline_name(arn, name) as name || ' in ' || arn;

create or replace temp macro aws_policies_of(entry, kind) as list_concat(
  list_transform(
    aws_inline_policies(entry, lower(kind)),
    lambda inline: aws_inline_name(entry ->> '$.Arn', inline."PolicyName")
  ),
  coalesce(list_transform(
    from_json(entry -> '$.AttachedManagedPolicies', '[{ "PolicyArn": "varchar" }]'),
    lambda attached: attached."PolicyArn"
  ), [])
);

create or replace temp table provider_object_aws_entry as
with
  lists as (
    select *, unnest(['User', 'Group', 'Role', 'Policy']) as what
    from provider_object
    where object_kind = 'aws_account'
  ),
  entries as (
    select
      *,
      case what when 'Policy' then 'Policies' else what || 'DetailList' end as list_name,
      unnest(range(json_array_length(document, case what when 'Policy' then '$.Policies' else '$.' || what || 'DetailList' end)::bigint))
        as place
    from lists
  ),
  placed as (
    select
      event_id, record_id, "at", firm, lower(what) as kind, true as in_account,
      record_id || '#/' || list_name || '/' || place as evidence,
      document -> ('$.' || list_name || '[' || place || ']') as entry
    from entries
    union all
    select event_id, record_id, "at", firm, 'role', false, record_id || '#/Role', document -> '$.Role'
    from provider_object
    where object_kind = 'aws_role'
  )
select *, string_split(entry ->> '$.Arn', ':')[5] as instance
from placed
where json_type(entry, '$.Arn') = 'VARCHAR';

insert into derived_event by name
select
  event_id,
  'provider_objects' as source,
  instance as cluster,
  "at",
  'observe' as action,
  object_kind as resource,
  name,
  'success' as outcome,
  []::varchar[] as source_ips,
  coalesce(sorted_distinct(list_concat(flags, [
    case when "at" is null then 'no_time' end,
    -- No fact is made of it, or its policy is not understood, and so nobody's right follows from it.
    case when object_kind is null
      or object_kind = 'vault_policy'
        and vault_policy_rules(coalesce(document ->> '$.data.policy', document ->> '$.data.rules')) is null
      or object_kind = 'aws_resource_policy'
        and aws_policy_rules(coalesce(document ->> '$.ResourcePolicy', '{"Statement":[]}')) is null
      then 'unreadable' end
  ])), []) as flags
from provider_object;

insert into derived_event_record by name
select event_id, record_id, 'object' as part
from provider_object;

insert into stream_interval by name
select
  record.stream,
  'provider_objects' as source,
  record.cluster,
  min(object."at") as first_at,
  max(object."at") as last_at,
  count(distinct object.event_id) as events,
  []::varchar[] as levels
from provider_objects_record as record
join provider_object as object using (record_id)
group by record.stream, record.cluster;
