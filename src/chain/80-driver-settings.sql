-- How the driver and its providers were configured, as of a time: one row a setting, object and unbroken
-- interval, so that a mount can be told under which version and switches it came about.
-- https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
create or replace temp table setting_statement as
with stated as (
  select cluster, kind, provider, concat_ws(' ', kind, concat_ws('/', namespace, name)) as object, "at", event_id, evidence,
    coalesce(firm, true) as firm, action, unnest([
      struct_pack(setting := 'driver_version', value := case when kind = 'driver' then version end),
      struct_pack(setting := 'provider_version', value := case when kind = 'provider' then version end),
      struct_pack(setting := 'rotation_enabled', value := rotation_enabled::varchar),
      struct_pack(setting := 'rotation_poll_interval', value := rotation_poll_interval),
      struct_pack(setting := 'requires_republish', value := requires_republish::varchar),
      struct_pack(setting := 'sync_secret', value := sync_secret::varchar)
    ]) as entry
  from fact_driver_configuration
)
select * exclude (entry), entry.setting as setting, case when action <> 'deleted' then entry.value end as value
from stated
where action = 'deleted'
   or entry.value is not null;

-- The first statement is also the best guess for the time before it, unless it is the creation.
insert into driver_setting
with compared as (
  select *,
    lag(value) over statements as value_before,
    row_number() over statements as number
  from setting_statement
  window statements as (partition by cluster, object, setting order by "at", event_id, evidence, value)
), changed as (
  select *
  from compared
  where number = 1
     or value is distinct from value_before
), runs as (
  select cluster, setting, provider, object, value, "at" as valid_from,
    lead("at") over (partition by cluster, object, setting order by number) as valid_to,
    number > 1 or action = 'created' as since_then,
    case when firm then 'recorded' else 'inferred' end as grade,
    evidence
  from changed
)
select cluster, setting, provider, object, value, valid_from, valid_to,
  case when since_then then valid_from else timestamptz '0001-01-01 00:00:00Z' end,
  grade, evidence
from runs
where value is not null;
