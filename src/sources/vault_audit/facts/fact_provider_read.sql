-- Reads that gave values out. A read of a deleted or destroyed version is answered 404 inside the data, one
-- of a missing key has no data, and those of metadata and subkeys give no value.
-- https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2
insert into fact_provider_read by name
with
  given as (
    select
      *,
      case
        when is_kv and kv_verb = 'data' then (response_data -> '$.data')
        else response_data
      end as given_data,
      case when is_kv and kv_verb = 'data' then try_cast((response_data ->> '$.metadata.version') as bigint) end
        as kv_version
    from vault_event
    where outcome = 'success'
      and "at" is not null
      and (
        is_kv and operation = 'read' and kv_verb in ('data', 'value')
          and (mount_type is not null or kv_verb = 'data' or lease_id is null)
        or not is_kv and operation in ('read', 'update', 'create')
          and not regexp_matches(path, '^(sys|auth|identity|cubbyhole)/')
          and (lease_id is not null or json_exists(response_data, '$.private_key'))
        or mount_type is null and lease_id is not null
      )
  ),
  -- An answer that was wrapped is seen by whoever unwraps it.
  unwrapped as (
    select
      opened.* exclude (object),
      wrapped.object,
      case when json_exists(opened.response_data, '$.metadata.version')
        then (opened.response_data -> '$.data') else opened.response_data end as given_data,
      try_cast((opened.response_data ->> '$.metadata.version') as bigint) as kv_version
    from vault_event as opened
    join (
      select distinct instance, unnest(wraps) as wrap, object, event_id as wrapped_event
      from given
      where len(wraps) > 0
    ) as wrapped
      on wrapped.instance = opened.instance
      and (wrapped.wrap = (opened.request_data ->> '$.token')
        or list_contains(opened.tokens, wrapped.wrap)
        or list_contains(opened.accessors, wrapped.wrap))
    where opened.path = 'sys/wrapping/unwrap'
      and opened.outcome = 'success'
      and opened.response_data is not null
      and opened."at" is not null
    qualify row_number() over (partition by opened.event_id order by wrapped_event, wrapped.wrap) = 1
  ),
  reads as (
    select * exclude (wraps, tokens), len(wraps) > 0 as wrapped from given
    where len(wraps) > 0 or json_type(given_data) = 'OBJECT'
    union all by name
    select * exclude (wraps, tokens), false as wrapped from unwrapped
  )
select
  "at",
  'vault_audit' as source,
  identity as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'vault' as provider,
  instance,
  object,
  coalesce(kv_version::varchar, lease_id) as version,
  case when json_type(given_data) = 'OBJECT' then sorted_distinct(json_keys(given_data)) else [] end as fields,
  case when json_type(given_data) = 'OBJECT' then vault_field_values(given_data) end as field_values,
  wrapped,
  session,
  auth_mount,
  auth_method,
  role,
  service_account_namespace as namespace,
  service_account,
  service_account_uid,
  pod_name,
  pod_uid,
  jti,
  entity,
  shown_name as display_name,
  actor_class,
  remote_address as address,
  user_agent,
  request_id,
  token_issued_at
from reads;
