-- The identities and Secrets that the links name, where no step before did.
insert into entity
with named as (
  select identity_entity(cluster, reader) as entity_id, 'identity' as kind, cluster,
    case when reader like 'system:serviceaccount:%:%' then split_part(reader, ':', 3) end as namespace,
    reader as name, first_at, until_at
  from read_chance
  union all
  select from_id, 'kubernetes_secret', cluster, split_part(from_id, '/', 2), split_part(from_id, '/', 3), first_at, until_at
  from read_chance
  where from_id like 'kubernetes_secret:%'
  union all
  select identity_entity(cluster, reader), 'identity', cluster,
    case when reader like 'system:serviceaccount:%:%' then split_part(reader, ':', 3) end,
    reader, valid_from, until_at
  from policy_right
)
select entity_id, min(kind), min(cluster), min(namespace), min(name), null, min(first_at),
  nullif(nullif(max(until_at), timestamptz 'infinity'), never())
from named
where entity_id not in (select entity_id from entity)
group by entity_id
order by entity_id;
