-- The groups that authenticated users came with: the first request of each set. Those of the user put on are
-- what the impersonator chose, not what that user is a member of.
insert into fact_group_membership by name
with
  seen as (
    select
      cluster,
      username as actor,
      user_groups,
      min(struct_pack(
        "at" := coalesce(received_at, legacy_at, stage_at),
        record_id := record_id
      )) as first
    from k8s_audit_record
    where user_groups is not null
      and username is not null
      and coalesce(received_at, legacy_at, stage_at) is not null
    group by cluster, username, user_groups
  ),
  membership as (
    select cluster, actor, sorted_distinct(from_json(try_cast(user_groups as json), '["VARCHAR"]')) as groups, min(first) as first
    from seen
    group by all
  )
select
  membership.first."at" as "at",
  'k8s_audit' as source,
  membership.cluster,
  membership.actor,
  event_record.event_id,
  [membership.first.record_id] as evidence,
  true as firm,
  membership.groups
from membership
join event_record on event_record.record_id = membership.first.record_id
where len(membership.groups) > 0;
