-- What each subject is granted: bindings joined with the rules of their roles. Rights only add up, so
-- each rule stands for itself. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
insert into role_grant
with joined as (
  select binding_subject.cluster, subject_kind, subject, nullif(binding_subject.namespace, '') as namespace, rule, binding,
    role_kind || ' ' || case when role_namespace = '' then '' else role_namespace || '/' end || role_name as role,
    greatest(binding_subject.valid_from, role_rule.valid_from) as valid_from,
    least(binding_subject.until_at, role_rule.until_at) as until_at,
    case
      when not binding_subject.certain or not role_rule.certain then 'candidate'
      when not binding_subject.firm or not role_rule.firm then 'inferred'
      else 'matched'
    end as grade,
    (binding_subject.valid_from >= role_rule.valid_from and binding_subject.seen_first)
      or (role_rule.valid_from >= binding_subject.valid_from and role_rule.seen_first) as seen_first,
    binding_subject.evidence as binding_evidence, role_rule.evidence as role_evidence
  from binding_subject
  join role_rule
    on binding_subject.cluster = role_rule.cluster
    and binding_subject.role_kind = role_rule.kind
    and binding_subject.role_namespace = role_rule.namespace
    and binding_subject.role_name = role_rule.name
    and binding_subject.valid_from < role_rule.until_at
    and role_rule.valid_from < binding_subject.until_at
), marked as (
  select *,
    coalesce(valid_from > max(until_at) over (
      partition by cluster, subject_kind, subject, namespace, rule, binding, role, grade
      order by valid_from, until_at, binding_evidence, role_evidence
      rows between unbounded preceding and 1 preceding
    ), true) as begins
  from joined
), islands as (
  select *,
    count(*) filter (where begins) over (
      partition by cluster, subject_kind, subject, namespace, rule, binding, role, grade
      order by valid_from, until_at, binding_evidence, role_evidence
      rows unbounded preceding
    ) as island
  from marked
)
select cluster, subject_kind, subject, namespace, rule.verbs, rule.api_groups, rule.resources, rule.resource_names,
  binding, role,
  min(valid_from), nullif(max(until_at), timestamptz 'infinity'),
  arg_min(seen_first, struct_pack("at" := valid_from, seen_first := seen_first)), grade,
  arg_min(binding_evidence, struct_pack("at" := valid_from, evidence := binding_evidence)),
  arg_min(role_evidence, struct_pack("at" := valid_from, evidence := role_evidence))
from islands
group by cluster, subject_kind, subject, namespace, rule, binding, role, grade, island;

-- The group that no object grants anything: the API server asks no RBAC about it.
-- https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege
insert into role_grant
select distinct cluster, 'group', 'system:masters', null::varchar, ['*'], ['*'], ['*'], []::varchar[], 'system:masters', null::varchar,
  null::timestamptz, null::timestamptz, false, 'matched', []::varchar[], []::varchar[]
from (
  select cluster from fact_role_binding
  union
  select cluster from fact_group_membership
);

-- The first snapshot that would show a role of this kind, if it were there. A snapshot is what nobody asked
-- for; a `get` in the audit log shows one object and says nothing of others.
create or replace temp table role_snapshot as
select cluster, kind, min("at") as "at"
from fact_role
where action = 'observed'
  and actor is null
group by cluster, kind;

-- A role that is missing grants nothing. It is missing where a snapshot does not have it, or its create or
-- delete is logged; before the first statement about it, nobody knows.
insert into role_grant_gap
with role_stated as (
  select cluster, kind, namespace, name, min("at") as first_at,
    arg_min(action, struct_pack("at" := "at", number := number)) = 'created' as made
  from role_statement
  group by cluster, kind, namespace, name
), unstated as (
  select binding_subject.*,
    least(
      until_at,
      coalesce(role_snapshot.at, timestamptz 'infinity'),
      case when made then valid_from else coalesce(first_at, timestamptz 'infinity') end
    ) as gap_until
  from binding_subject
  left join role_stated
    on binding_subject.cluster = role_stated.cluster
    and binding_subject.role_kind = role_stated.kind
    and binding_subject.role_namespace = role_stated.namespace
    and binding_subject.role_name = role_stated.name
  left join role_snapshot
    on binding_subject.cluster = role_snapshot.cluster
    and binding_subject.role_kind = role_snapshot.kind
  where role_kind is null
    or role_namespace is not null
), gaps as (
  select cluster, subject_kind, subject, namespace, binding, role_kind, role_name, valid_from, gap_until as until_at,
    'role not logged' as reason, evidence
  from unstated
  where valid_from < gap_until
  union all
  select binding_subject.cluster, subject_kind, subject, binding_subject.namespace, binding, role_kind, role_name,
    greatest(binding_subject.valid_from, role_revision.valid_from), least(binding_subject.until_at, role_revision.until_at),
    'rules not logged', sorted_set(binding_subject.evidence || role_revision.evidence)
  from binding_subject
  join role_revision
    on binding_subject.cluster = role_revision.cluster
    and binding_subject.role_kind = role_revision.kind
    and binding_subject.role_namespace = role_revision.namespace
    and binding_subject.role_name = role_revision.name
    and binding_subject.valid_from < role_revision.until_at
    and role_revision.valid_from < binding_subject.until_at
  where not role_revision.certain
    or role_revision.rules is null
  union all
  select cluster, null, null, namespace, binding, role_kind, role_name, valid_from, until_at, 'subjects not logged', evidence
  from binding_revision
  where not certain
    or subjects is null
)
select cluster, subject_kind, subject, nullif(namespace, ''), binding, role_kind || ' ' || role_name,
  valid_from, nullif(until_at, timestamptz 'infinity'), reason, evidence
from gaps;
