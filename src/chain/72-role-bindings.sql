-- Bindings as of a time, one row a subject. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding

create or replace temp table binding_statement as
with known as (
  select distinct cluster, kind, coalesce(namespace, '') as namespace, name
  from fact_role_binding
  where name is not null
), stated as (
  select * replace (coalesce(namespace, '') as namespace)
  from fact_role_binding
  where name is not null
  union all by name
  select fact_role_binding.* exclude (name), known.name
  from fact_role_binding
  join known
    on fact_role_binding.cluster = known.cluster
    and fact_role_binding.kind = known.kind
    and fact_role_binding.namespace = known.namespace
  where fact_role_binding.name is null
    and action = 'deleted'
), named as (
  select cluster, kind, namespace, name, "at", event_id, evidence, action, uid, role_kind, role_name,
    coalesce(firm, true) as firm,
    coalesce(subjects, case when coalesce(complete, true) then [] end) as subjects
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

-- roleRef cannot change while the binding lives, so whatever statement shows it tells it for all; the
-- subjects are an atomic list, and after a write without a body no longer certain.
create or replace temp table binding_state as
with carried as (
  select *,
    first_value(role_kind ignore nulls) over life as role_kind_held,
    first_value(role_name ignore nulls) over life as role_name_held,
    last_value(subjects ignore nulls) over said as subjects_held,
    max(number) filter (where subjects is not null) over said as subjects_number,
    coalesce(lead("at") over (partition by cluster, kind, namespace, name order by number), timestamptz 'infinity') as until_at
  from binding_statement
  window said as (
    partition by cluster, kind, namespace, name, incarnation
    order by number
  ), life as (
    partition by cluster, kind, namespace, name, incarnation
    order by number
    rows between unbounded preceding and unbounded following
  )
)
select cluster, kind, namespace, name, incarnation, number, "at", until_at, firm, evidence, action,
  role_kind_held as role_kind, role_name_held as role_name, subjects_held as subjects,
  coalesce(subjects_number = number, false) as certain
from carried
where action <> 'deleted';

create or replace temp table binding_revision as
with compared as (
  select *,
    lag(number) over states is null
      or lag(subjects) over states is distinct from subjects
      or lag(certain) over states is distinct from certain as begins
  from binding_state
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
  kind || ' ' || case when namespace = '' then '' else namespace || '/' end || name as binding,
  min(role_kind) as role_kind,
  min(role_name) as role_name,
  -- A Role is looked for in the binding's namespace; a ClusterRoleBinding has none, so finds none.
  case
    when min(role_kind) = 'ClusterRole' then ''
    when min(role_kind) = 'Role' then nullif(namespace, '')
  end as role_namespace,
  arg_min(subjects, number) as subjects,
  bool_and(certain) as certain,
  arg_min(firm, number) as firm,
  arg_min(evidence, number) as evidence,
  min("at") as valid_from,
  max(until_at) as until_at,
  revision = 1 and arg_min(action, number) <> 'created' as seen_first
from grouped
group by cluster, kind, namespace, name, incarnation, revision
having min("at") < max(until_at);

-- As `appliesToUser` (pkg/registry/rbac/validation/rule.go) compares: a ServiceAccount by its user name,
-- its namespace by default the binding's; without any namespace it is nobody. Names are case-sensitive.
create or replace temp table binding_subject as
with entries as (
  select * exclude (subjects), unnest(subjects) as entry
  from binding_revision
), named as (
  select * exclude (entry),
    case entry.kind when 'Group' then 'group' else 'user' end as subject_kind,
    case
      when entry.kind in ('User', 'Group') then entry.name
      when entry.kind = 'ServiceAccount'
        then 'system:serviceaccount:' || coalesce(nullif(entry.namespace, ''), nullif(namespace, '')) || ':' || entry.name
    end as subject
  from entries
)
select distinct *
from named
where subject is not null;
