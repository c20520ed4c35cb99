-- The groups that authenticated users came with: the first request of each set. Those of the user put on are
-- what the impersonator chose, not what that user is a member of.
-- What arrives may be the first, so they are made anew each time.
delete from fact_group_membership where source = 'k8s_audit';

insert into fact_group_membership by name
with
  membership as (
    select
      cluster,
      username as actor,
      sorted_distinct(from_json(try_cast(user_groups as json), '["VARCHAR"]')) as groups,
      min(first) as first
    from k8s_audit_first_request
    where user_groups is not null and username is not null
    group by all
  )
select
  membership.first."at" as "at",
  'k8s_audit' as source,
  membership.cluster,
  membership.actor,
  membership.first.event_id,
  [membership.first.record_id] as evidence,
  true as firm,
  membership.groups
from membership
where len(membership.groups) > 0;
