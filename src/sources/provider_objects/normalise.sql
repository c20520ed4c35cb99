-- A policy, role or binding as a vendor's command line prints it, to its kind and its JSON.
-- https://developer.hashicorp.com/vault/docs/commands/read
select
  staged.* exclude (text, observed_at, parsed),
  observed_at as taken_at,
  case
    when json_type(parsed, '$.data.policy') = 'VARCHAR' and json_type(parsed, '$.data.name') = 'VARCHAR'
      then 'vault_policy'
    when json_type(parsed, '$.data.rules') = 'VARCHAR' and json_type(parsed, '$.data.name') = 'VARCHAR'
      then 'vault_policy'
    when json_exists(parsed, '$.data.bound_service_account_names')
      or json_exists(parsed, '$.data.bound_subject')
      then 'vault_role'
  end as object_kind,
  coalesce(parsed ->> '$.data.name', parsed ->> '$.Name', parsed ->> '$.resource', parsed ->> '$.id') as name,
  parsed as document
from (
  select *, try_cast(text as json) as parsed
  from staged
) as staged
