-- What a team states, one row an entry of its file.
insert into fact_stewardship by name
select
  "at",
  'custody_yaml' as source,
  coalesce((entry ->> '$.cluster'), nullif(cluster, 'default')) as cluster,
  event_id,
  [record_id || '#/workloads/' || number] as evidence,
  firm,
  team,
  (entry ->> '$.namespace') as namespace,
  (entry ->> '$.workload') as workload,
  (entry ->> '$.class') as class,
  (entry ->> '$.purpose') as purpose,
  (entry ->> '$.access_review.owner') as review_owner,
  try_cast((entry ->> '$.access_review.last_review') as date) as reviewed_on
from (
  select
    *,
    unnest(from_json(workloads, '["JSON"]')) as entry,
    unnest(range(json_array_length(workloads)::bigint)) as number
  from custody_yaml_statement
) as stated;
