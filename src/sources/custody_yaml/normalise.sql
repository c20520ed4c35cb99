-- A team's file to typed columns. Its form was checked before it was landed.
-- https://yaml.org/spec/1.2.2/
select
  staged.* exclude (text, observed_at, parsed),
  observed_at as taken_at,
  (parsed ->> '$.team') as team,
  (parsed -> '$.workloads') as workloads
from (
  select *, try_cast(yaml_to_json(text) as json) as parsed
  from staged
) as staged
