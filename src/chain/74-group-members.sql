-- Who was seen in which group. A log shows when a user came with a group, not since when or until when:
-- from the first sight on, and `inferred`. Groups that follow from a name have no list of members.
-- https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens
create or replace temp macro implied_group(name) as
  name in ('system:authenticated', 'system:unauthenticated', 'system:serviceaccounts')
  or starts_with(name, 'system:serviceaccounts:');

create or replace temp table group_member as
with seen as (
  select cluster, actor, unnest(groups) as group_name, "at", evidence, event_id
  from fact_group_membership
  where actor is not null
)
select cluster, actor, group_name, min("at") as first_at,
  arg_min(evidence, struct_pack("at" := "at", event := event_id)) as evidence
from seen
where not implied_group(group_name)
group by cluster, actor, group_name;

-- Bindings of each user, by name or as a member.
create or replace temp table bound_user as
select cluster, subject_kind, subject, namespace, role_kind, role_namespace, role_name, valid_from, until_at,
  case when certain then 1 else 4 end as rank, evidence
from binding_subject
union all
select binding_subject.cluster, 'user', actor, namespace, role_kind, role_namespace, role_name,
  greatest(valid_from, first_at), until_at, case when certain then 3 else 4 end,
  sorted_set(binding_subject.evidence || group_member.evidence)
from binding_subject
join group_member
  on binding_subject.cluster = group_member.cluster
  and binding_subject.subject = group_member.group_name
  and group_member.first_at < binding_subject.until_at
where subject_kind = 'group';
