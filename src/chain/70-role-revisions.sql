-- Roles as of a time. A revision lasts until something else is logged of the same role; a snapshot
-- says nothing about before it. What follows a delete, or a create, is another role of the same name.

create or replace temp table role_statement as
with known as (
  select distinct cluster, kind, coalesce(namespace, '') as namespace, name
  from fact_role
  where name is not null
), stated as (
  select * replace (coalesce(namespace, '') as namespace)
  from fact_role
  where name is not null
  union all by name
  -- All of a namespace, by one request that names none.
  select fact_role.* exclude (name), known.name
  from fact_role
  join known
    on fact_role.cluster = known.cluster
    and fact_role.kind = known.kind
    and fact_role.namespace = known.namespace
  where fact_role.name is null
    and action = 'deleted'
), named as (
  select cluster, kind, namespace, name, "at", event_id, evidence, action, uid, labels, aggregation,
    coalesce(firm, true) as firm,
    coalesce(complete, true) and action <> 'deleted' as whole,
    -- `rules` is an atomic list: a patch that names it replaces all of it, and so does server-side apply
    -- of the aggregation controller (staging/src/k8s.io/api/rbac/v1/types.go).
    coalesce(rules, case when coalesce(complete, true) then '[]'::json end) as rules
  from stated
), numbered as (
  select *,
    row_number() over statements as number,
    action = 'created'
      or lag(action) over statements = 'deleted'
      or uid <> last_value(uid ignore nulls) over (statements rows between unbounded preceding and 1 preceding) as begins
  from named
  window statements as (
    partition by cluster, kind, namespace, name
    order by "at", action <> 'deleted', event_id, evidence
  )
)
select *,
  count(*) filter (where begins) over (
    partition by cluster, kind, namespace, name
    order by number
  ) as incarnation
from numbered;

-- What a patch left unsaid holds on. After a write of which nothing was logged (level Metadata, a JSON
-- patch) the rules are what they were, or not: no longer certain.
create or replace temp table role_state as
with lived as (
  select *,
    count(*) filter (where whole) over (
      partition by cluster, kind, namespace, name, incarnation
      order by number
    ) as body_number
  from role_statement
), carried as (
  select *,
    last_value(rules ignore nulls) over said as rules_held,
    -- Labels are a map: a patch is laid over it (RFC 7386).
    list(coalesce(labels::varchar, '{}')) over bodies as label_parts,
    case when bool_or(whole or labels is not null) over said then label_parts end as labels_said,
    last_value(aggregation ignore nulls) over bodies as aggregation_held,
    max(number) filter (where rules is not null) over said as rules_number,
    max(number) filter (where rules is null and labels is null and aggregation is null and action <> 'deleted')
      over said as opaque_number,
    coalesce(lead("at") over (partition by cluster, kind, namespace, name order by number), timestamptz 'infinity') as until_at
  from lived
  window said as (
    partition by cluster, kind, namespace, name, incarnation
    order by number
  ), bodies as (
    partition by cluster, kind, namespace, name, incarnation, body_number
    order by number
  )
)
select cluster, kind, namespace, name, incarnation, number, "at", until_at, firm, evidence, action,
  rules_held as rules, aggregation_held as aggregation,
  list_reduce(labels_said, lambda base, patch: json_merge_patch(base, patch)::varchar)::json as labels,
  coalesce(opaque_number, 0) <= coalesce(rules_number, 0) as certain
from carried
where action <> 'deleted';

-- Statements that repeat what held begin no revision.
create or replace temp table role_revision as
with compared as (
  select *,
    coalesce(
      lag(rules::varchar) over states is distinct from rules::varchar
      or lag(labels::varchar) over states is distinct from labels::varchar
      or lag(aggregation::varchar) over states is distinct from aggregation::varchar
      or lag(certain) over states is distinct from certain,
      true
    ) as begins
  from role_state
  window states as (
    partition by cluster, kind, namespace, name, incarnation
    order by number
  )
), grouped as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, kind, namespace, name, incarnation
      order by number
    ) as revision
  from compared
)
select cluster, kind, namespace, name, incarnation, revision,
  arg_min(rules, number) as rules,
  arg_min(labels, number) as labels,
  arg_min(aggregation, number) as aggregation,
  bool_and(certain) as certain,
  arg_min(firm, number) as firm,
  arg_min(evidence, number) as evidence,
  min("at") as valid_from,
  max(until_at) as until_at,
  revision = 1 and arg_min(action, number) <> 'created' as seen_first
from grouped
group by cluster, kind, namespace, name, incarnation, revision
-- Between two statements of one instant nothing held.
having min("at") < max(until_at);
