-- One entry of the audit log of an Akeyless account to typed columns, from JSON, or from text with a value behind each
-- name: https://docs.akeyless.io/docs/audit-logs
--
-- The names of an item in `request_parameters` are those that parsers of others read; `names` asks for several.
select
  named.* exclude (
    text, observed_at, is_text, time_text, time_stated, time_short, time_received, account_stated, access_stated,
    action_stated, item_type_stated, status_stated, duration_stated, unique_id_stated, access_type_stated,
    parameter_access_type, parameter_unique_id, parameter_user_agent, parameter_version, resolved_item_name,
    parameter_item_name, parameter_name, address_stated, parameter_names
  ),
  case when isfinite(try_cast(time_text as timestamptz)) then try_cast(time_text as timestamptz) end as "at"
from (
  with told as (
    select *, json_valid(text) is not true as is_text
    from staged
  )
  select *,
    coalesce(time_stated, time_short, time_received, case when is_text then
      regexp_extract(text, '([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)', 1)
    end) as time_text,
    nullif(coalesce(account_stated, case when is_text then regexp_extract(text, '\baccount_id["'']?\s*[:=]\s*["'']?([\w-]+)', 1) end), '')
      as account,
    nullif(coalesce(access_stated, case when is_text then regexp_extract(text, '\baccess_id["'']?\s*[:=]\s*["'']?([\w-]+)', 1) end), '')
      as access_id,
    -- Tools write the same with dashes.
    nullif(replace(lower(coalesce(action_stated, case when is_text then
      regexp_extract(text, '\baction["'']?\s*[:=]\s*["'']?([\w-]+)', 1) end)), '-', '_'), '') as action,
    nullif(coalesce(item_type_stated, case when is_text then regexp_extract(text, '\bitem_type["'']?\s*[:=]\s*["'']?([\w-]+)', 1) end), '')
      as item_type,
    try_cast(coalesce(status_stated, case when is_text then regexp_extract(text, '\bstatus["'']?\s*[:=]\s*["'']?([0-9]{3})\b', 1) end)
      as integer) as status,
    coalesce(duration_stated, case when is_text then regexp_extract(text, '\bduration["'']?\s*[:=]\s*["'']?([0-9.]+)', 1) end)
      as duration,
    nullif(coalesce(unique_id_stated, parameter_unique_id, case when is_text then
      regexp_extract(text, '\bunique_id["'']?\s*[:=]\s*["'']?([^\s,}"'']+)', 1) end), '') as unique_id,
    lower(nullif(coalesce(access_type_stated, parameter_access_type, case when is_text then
      regexp_extract(text, '\baccess_type["'']?\s*[:=]\s*["'']?([\w-]+)', 1) end), '')) as access_type,
    nullif(coalesce(parameter_user_agent, case when is_text then
      regexp_extract(text, '\buser_agent["'']?\s*[:=]\s*["'']?([^\s,}"'']+)', 1) end), '') as user_agent,
    nullif(regexp_extract(coalesce(parameter_version, case when is_text then
      regexp_extract(text, '[^\w]version["'']?\s*[:=]\s*["'']?([0-9]+)', 1) end), '^[0-9]+$'), '') as version,
    -- Proxies on the way add theirs: the first is the client's.
    trim(split_part(case json_type(address_stated)
      when 'ARRAY' then address_stated ->> '$[0]'
      when 'VARCHAR' then address_stated ->> '$'
      else case when is_text then regexp_extract(text, '\bremote_addr["'']?\s*[:=]\s*[\["'']*([0-9a-fA-F.:]+)', 1) end
    end, ',', 1)) as remote_address,
    case
      when nullif(resolved_item_name, '') is not null then [resolved_item_name]
      when json_type(parameter_names) = 'ARRAY' then from_json(parameter_names, '["VARCHAR"]')
      when json_type(parameter_names) = 'VARCHAR' then [parameter_names ->> '$']
      when coalesce(nullif(parameter_item_name, ''), nullif(parameter_name, '')) is not null
        then [coalesce(nullif(parameter_item_name, ''), parameter_name)]
      when is_text then list_filter([coalesce(
        nullif(regexp_extract(text, '\b(?:resolved_item_name|item_name)["'']?\s*[:=]\s*"([^"]+)"', 1), ''),
        nullif(trim(regexp_extract(text, '\b(?:resolved_item_name|item_name)["'']?\s*[:=]\s*([^,}"\[\]]+?)(?:\s+\w+\s*[:=]|\s*[,}\]]|\s*$)', 1)), ''),
        nullif(regexp_extract(text, '[^\w]name["'']?\s*[:=]\s*["'']?(/[^\s,}"'']+)', 1), '')
      )], lambda one: one is not null)
    end as items
  from told
) as named
