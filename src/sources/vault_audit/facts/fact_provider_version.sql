-- What happened to versions. A delete of the latest names none, and lists of versions may be hashed; a hash
-- is known where some read asked for the version by it and was answered in plain. A success is no proof
-- that there was such a version: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
insert into fact_provider_version by name
with
  changed as (
    select *
    from vault_event
    where outcome = 'success' and "at" is not null
  ),
  known_hash as (
    select
      instance,
      (request_data ->> '$.version') as hash,
      min(response_data ->> '$.metadata.version') as version
    from changed
    where is_kv and kv_verb = 'data' and operation = 'read'
      and starts_with((request_data ->> '$.version'), 'hmac-sha256:')
      and try_cast((response_data ->> '$.metadata.version') as bigint) is not null
    group by all
    having count(distinct (response_data ->> '$.metadata.version')) = 1
  ),
  listed as (
    select
      changed.*,
      unnest(from_json(request_data -> '$.versions', '["VARCHAR"]')) as listed_version
    from changed
    where is_kv and kv_verb in ('delete', 'undelete', 'destroy') and operation in ('create', 'update', 'patch')
  ),
  statements as (
    select
      * exclude (tokens, wraps),
      coalesce(try_cast((response_data ->> '$.version') as bigint)::varchar) as version,
      'created' as change,
      case when json_type(request_data -> '$.data') = 'OBJECT'
        then vault_field_values(request_data -> '$.data') end as field_values
    from changed
    where is_kv and kv_verb = 'data' and operation in ('create', 'update', 'patch')
    union all by name
    select * exclude (tokens, wraps), null::varchar as version, 'deleted' as change
    from changed
    where is_kv and kv_verb in ('data', 'value') and operation = 'delete'
    union all by name
    select * exclude (tokens, wraps), null::varchar as version, 'metadata_deleted' as change
    from changed
    where is_kv and kv_verb = 'metadata' and operation = 'delete'
    union all by name
    select
      listed.* exclude (tokens, wraps, listed_version),
      coalesce(try_cast(listed.listed_version as bigint)::varchar, known_hash.version) as version,
      case listed.kv_verb
        when 'delete' then 'deleted'
        when 'undelete' then 'restored'
        when 'destroy' then 'destroyed'
      end as change
    from listed
    left join known_hash
      on known_hash.instance = listed.instance and known_hash.hash = listed.listed_version
    union all by name
    select
      * exclude (tokens, wraps),
      null::varchar as version,
      'created' as change,
      case when json_type(request_data) = 'OBJECT' then vault_field_values(request_data) end as field_values
    from changed
    where mount_type in ('kv', 'generic') and kv_verb = 'value' and operation in ('create', 'update')
    union all by name
    select * exclude (tokens, wraps), lease_id as version, 'created' as change
    from changed
    where not (is_kv and mount_type is not null) and lease_id is not null
    union all by name
    -- Only a lease that the path names is plain: https://developer.hashicorp.com/vault/api-docs/system/leases
    select
      * exclude (tokens, wraps, object),
      'vault:'
        || case when instance <> 'default' then instance || '!' else '' end
        || coalesce(namespace || ':', '')
        || regexp_extract(path, '^sys/leases/revoke/(.+)/[^/]+$', 1) as object,
      substr(path, len('sys/leases/revoke/') + 1) as version,
      'destroyed' as change
    from changed
    where regexp_matches(path, '^sys/leases/revoke/.+/[^/]+$')
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
  version,
  change as action,
  field_values
from statements;
