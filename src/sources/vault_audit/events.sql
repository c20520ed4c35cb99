-- Entries of Vault's and OpenBao's audit devices to events.
--
-- An event is (instance, request id): the request and the response entry, from as many devices as wrote
-- them. Every device hashes with a salt of its own (https://developer.hashicorp.com/vault/docs/audit), so
-- hashes are compared within an event only to find out which of them mean the same session.
-- `help` entries have no id (https://github.com/hashicorp/vault/issues/32026), nor have those of KMIP:
-- nothing unites them, each is an event of its own.

create or replace temp macro vault_key(instance, request_id, record_id) as
  case
    when request_id is null then 'record ' || record_id
    else concat_ws(chr(10), coalesce(instance, ''), request_id)
  end;

create or replace temp macro vault_is_response(part) as coalesce(ends_with(part, 'response'), false);

create or replace temp table vault_copy as
with
  copies as (
    select
      record_id,
      vault_key(cluster, nullif(request_id, ''), record_id) as key,
      part, display_name, entity_id, path, operation, namespace, http_status_code
    from vault_audit_record
  ),
  codes as (
    select *, min(http_status_code) over parts <> max(http_status_code) over parts as other_code
    from copies
    window parts as (partition by key, part)
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(display_name) over keys <> max(display_name) over keys
          then 'user ' || coalesce(display_name, min(display_name) over keys) end,
        case when min(entity_id) over keys <> max(entity_id) over keys
          then 'entity ' || coalesce(entity_id, min(entity_id) over keys) end,
        case when min(path) over keys <> max(path) over keys
          then 'path ' || coalesce(path, min(path) over keys) end,
        case when min(operation) over keys <> max(operation) over keys
          then 'operation ' || coalesce(operation, min(operation) over keys) end,
        case when min(namespace) over keys <> max(namespace) over keys
          then 'namespace ' || coalesce(namespace, min(namespace) over keys) end,
        case when bool_or(other_code) over keys
          then 'code ' || coalesce(http_status_code, min(http_status_code) over keys) end
      ) as variant
    from codes
    window keys as (partition by key)
  )
select
  record_id,
  event_id_of('vault_audit', case when variant = '' then key else key || chr(10) || variant end)
    as event_id,
  variant <> '' as contradiction,
  row_number() over (
    partition by key, variant
    order by case when vault_is_response(part) then 0 else 1 end, record_id
  ) as rank
from statements;

create or replace temp table vault_united as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  any_value(record.cluster) as instance,
  bool_or(vault_is_response(record.part)) as answered,
  not bool_and(vault_is_response(record.part)) as asked,
  min(record."at") as "at",
  max(case when vault_is_response(record.part) then record."at" end) as ended_at,
  arg_min(record.error, copy.rank) as error,
  bool_or(record.forwarded) as forwarded,
  arg_min(record.request_id, copy.rank) as request_id,
  arg_min(record.operation, copy.rank) as operation,
  arg_min(record.path, copy.rank) as path,
  arg_min(record.mount_point, copy.rank) as mount_point,
  arg_min(record.mount_type, copy.rank) as mount_type,
  arg_min(record.namespace, copy.rank) as namespace,
  arg_min(record.remote_address, copy.rank) as remote_address,
  arg_min(record.user_agent, copy.rank) as user_agent,
  arg_min(record.display_name, copy.rank) as display_name,
  arg_min(record.entity_id, copy.rank) as entity_id,
  arg_min(record.metadata, copy.rank) as metadata,
  arg_min(record.policies, copy.rank) as policies,
  arg_min(record.token_issued_at, copy.rank) as token_issued_at,
  arg_min(record.request_data, copy.rank) as request_data,
  arg_min(record.issued_token, copy.rank) as issued_token,
  arg_min(record.issued_display_name, copy.rank) as issued_display_name,
  arg_min(record.issued_entity_id, copy.rank) as issued_entity_id,
  arg_min(record.issued_metadata, copy.rank) as issued_metadata,
  arg_min(record.lease_id, copy.rank) as lease_id,
  arg_min(record.response_data, copy.rank) as response_data,
  arg_min(record.http_status_code, copy.rank) as http_status_code,
  sorted_distinct(list(coalesce(record.request_accessor, record.auth_accessor))) as accessors,
  sorted_distinct(list(record.issued_accessor)) as issued_accessors,
  sorted_distinct(list_concat(list(record.request_token), list(record.auth_token))) as tokens,
  sorted_distinct(list_concat(list(record.wrap_token), list(record.wrap_accessor))) as wraps,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from vault_copy as copy
join vault_audit_record as record using (record_id)
group by copy.event_id;

-- Hashes of one accessor under the salts of several devices: the lowest stands for the session.
create or replace temp table vault_session_name as
with recursive
  pair as (
    select instance, unnest(accessors) as one, accessors as others
    from vault_united
    where len(accessors) > 1
    union all
    select instance, unnest(issued_accessors) as one, issued_accessors as others
    from vault_united
    where len(issued_accessors) > 1
  ),
  edge as (select distinct instance, one, unnest(others) as other from pair),
  reached(instance, accessor, session) as (
    select instance, one, other from edge
    union
    select reached.instance, reached.accessor, edge.other
    from reached
    join edge on edge.instance = reached.instance and edge.one = reached.session
  )
select instance, accessor, min(session) as session
from reached
group by instance, accessor;

create or replace temp macro vault_kv_split(path) as
  regexp_extract(path, '^([^/]+(?:/[^/]+)*?)/(?:data|metadata|delete|undelete|destroy|subkeys)/.', 1);

-- What a path names. With `mount_point` logged the mount is known; older servers leave it out, and then
-- the first /data/ (or other verb of KV version 2) after the first segment parts mount and path:
-- https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
create or replace temp macro vault_mount(mount_point, mount_type, path) as
  case
    when mount_point is not null and starts_with(path, mount_point) then rtrim(mount_point, '/')
    when coalesce(mount_type, 'kv') in ('kv', 'generic') and vault_kv_split(path) <> ''
      then vault_kv_split(path)
    else split_part(path, '/', 1)
  end;

-- The verb of KV version 2, or `value` for version 1: a secret of version 1 may well be called data/….
create or replace temp macro vault_kv_verb(rest, request_data, response_data) as
  case
    when regexp_matches(rest, '^data/.')
      and (response_data is null
        or json_exists(response_data, '$.metadata')
        or json_exists(response_data, '$.version')
        or json_exists(response_data, '$.http_status_code')
        or json_exists(response_data, '$.error'))
      then 'data'
    when regexp_matches(rest, '^(detailed-)?metadata/')
      and (response_data is null
        or json_exists(response_data, '$.current_version')
        or json_exists(response_data, '$.versions')
        or json_exists(response_data, '$.keys')
        or json_exists(response_data, '$.http_status_code'))
      then 'metadata'
    when regexp_matches(rest, '^subkeys/.')
      and (response_data is null or json_exists(response_data, '$.subkeys')
        or json_exists(response_data, '$.http_status_code'))
      then 'subkeys'
    when regexp_matches(rest, '^(delete|undelete|destroy)/.') and json_exists(request_data, '$.versions')
      then split_part(rest, '/', 1)
    else 'value'
  end;

-- Names of claims differ with the mapping; case, punctuation and a leading `kubernetes` do not count.
create or replace temp macro vault_claims(metadata) as
  case when json_type(metadata) = 'OBJECT' then
    [
      {
        'name': regexp_replace(
          lower(regexp_replace(claim.key, '[^A-Za-z0-9]', '', 'g')), '^(kubernetesio|kubernetes|k8s)', ''),
        'value': claim.value
      }
      for claim in list_sort(map_entries(from_json(metadata, '"MAP(VARCHAR,VARCHAR)"')))
    ]
  end;

-- Values per field as logged: hashes, and numbers and booleans in plain.
create or replace temp macro vault_field_values(fields) as
  map_from_entries(once_each(map_entries(from_json(fields, '"MAP(VARCHAR,VARCHAR)"'))));

create or replace temp macro vault_claim(claims, names) as
  list_filter(claims, lambda claim: list_contains(names, claim.name) and claim.value <> '')[1].value;

create or replace temp macro vault_outcome(answered, error, code, empty_read) as
  case
    when code = 403 or contains(lower(error), 'permission denied') then 'denied'
    when code >= 400 or error is not null then 'failure'
    when not answered then 'unknown'
    when empty_read then 'failure'
    else 'success'
  end;

-- One row an event, with its path taken apart and its session named.
create or replace temp table vault_request as
with
  parted as (
    select
      *,
      vault_mount(mount_point, mount_type, path) as mount,
      ltrim(substr(path, len(vault_mount(mount_point, mount_type, path)) + 1), '/') as rest,
      coalesce(issued_accessors[1], accessors[1]) as own_accessor,
      regexp_matches(path, '^auth/.+/(login(/.*)?|(oidc/)?callback)$')
        or regexp_matches(path, '^auth/token/create(-orphan|/.*)?$') and len(issued_accessors) > 0
        as is_login
    from vault_united
  ),
  named as (
    select
      *,
      -- A path of an unknown type is a secret's unless it belongs to the server itself.
      coalesce(mount_type in ('kv', 'generic'),
        not regexp_matches(path, '^(sys|auth|identity|cubbyhole)/')) as is_kv,
      vault_kv_verb(rest, request_data, response_data) as kv_verb,
      vault_claims(coalesce(issued_metadata, metadata)) as claims,
      coalesce(issued_display_name, display_name) as shown_name,
      coalesce(issued_entity_id, entity_id) as entity
    from parted
  )
select
  named.* exclude (mount, rest, own_accessor),
  mount,
  case when is_kv and kv_verb <> 'value' then regexp_replace(rest, '^[^/]+/', '') else rest end as rest,
  case when is_login then own_session.session else used_session.session end as mapped_session,
  case when is_login then own_accessor else accessors[1] end as accessor,
  case when is_login and len(issued_accessors) > 0 and starts_with(path, 'auth/token/create')
    then coalesce(used_session.session, accessors[1]) end as parent_session,
  vault_outcome(
    answered, error, http_status_code,
    operation = 'read' and response_data is null and len(wraps) = 0 and lease_id is null
      and len(issued_accessors) = 0
  ) as outcome
from named
left join vault_session_name as own_session
  on own_session.instance = named.instance and own_session.accessor = named.own_accessor
left join vault_session_name as used_session
  on used_session.instance = named.instance and used_session.accessor = named.accessors[1];

-- The login behind each session: later entries of a token do not name the mount it came from.
create or replace temp table vault_session as
select
  instance,
  coalesce(mapped_session, accessor) as session,
  arg_min(
    case
      when starts_with(mount_point, 'auth/') then rtrim(substr(mount_point, 6), '/')
      else regexp_extract(path, '^auth/(.+?)/(?:login|oidc/callback|callback|create)', 1)
    end,
    { 'at': "at", 'event_id': event_id }
  ) as auth_mount,
  arg_min(mount_type, { 'at': "at", 'event_id': event_id }) as auth_method
from vault_request
where is_login and outcome = 'success' and accessor is not null
group by instance, coalesce(mapped_session, accessor);

create or replace temp table vault_event as
with
  claimed as (
    select
      request.* exclude (mapped_session, accessor),
      coalesce(mapped_session, accessor) as session,
      case
        when not is_login then session.auth_mount
        when starts_with(mount_point, 'auth/') then rtrim(substr(mount_point, 6), '/')
        else nullif(regexp_extract(path, '^auth/(.+?)/(?:login|oidc/callback|callback|create)', 1), '')
      end as known_auth_mount,
      case when is_login then mount_type else session.auth_method end as known_auth_method,
      vault_claim(claims, ['serviceaccountname', 'serviceaccount', 'saname', 'sa']) as account_claim,
      vault_claim(claims, ['serviceaccountnamespace', 'namespace', 'ns', 'podnamespace', 'sanamespace'])
        as namespace_claim,
      -- The subject of a projected token names the account, and so does the name made of it.
      regexp_extract(
        coalesce(
          vault_claim(claims, ['sub', 'subject', 'serviceaccountname', 'serviceaccount', 'saname', 'sa']),
          ''
        ) || ' ' || coalesce(shown_name, ''),
        'system:serviceaccount:([^:\s]+):([^:\s]+)',
        ['namespace', 'name']
      ) as subject
    from vault_request as request
    left join vault_session as session
      on session.instance = request.instance
      and session.session = coalesce(request.mapped_session, request.accessor)
  ),
  identified as (
    select
      *,
      coalesce(
        case when subject.namespace <> '' then subject.namespace end,
        case when account_claim is not null then namespace_claim end
      ) as service_account_namespace,
      coalesce(
        case when subject.name <> '' then subject.name end,
        case when namespace_claim is not null then account_claim end
      ) as service_account,
      vault_claim(claims, ['serviceaccountuid', 'sauid']) as service_account_uid,
      vault_claim(claims, ['podname', 'pod']) as pod_name,
      vault_claim(claims, ['poduid']) as pod_uid,
      vault_claim(claims, ['jti', 'jwtid', 'credentialid']) as jti,
      vault_claim(claims, ['role', 'rolename']) as role,
      vault_claim(claims, ['rolename']) as app_role,
      vault_claim(claims, ['username']) as username
    from claimed
  ),
  mounted as (
    select
      *,
      coalesce(
        known_auth_mount,
        -- Kubernetes auth calls a token `<mount>-<namespace>-<account>`.
        case when service_account is not null
            and ends_with(shown_name, '-' || service_account_namespace || '-' || service_account)
          then nullif(left(shown_name,
            len(shown_name) - len(service_account_namespace) - len(service_account) - 2), '') end,
        case when app_role is not null and username is null then shown_name end
      ) as auth_mount,
      coalesce(
        known_auth_method,
        case
          when pod_name is not null or pod_uid is not null or jti is not null or subject.name <> ''
            then 'jwt'
          when service_account is not null then 'kubernetes'
          when app_role is not null then 'approle'
        end
      ) as auth_method
    from identified
  ),
  identities as (
    select
      *,
      case
        when service_account is not null
          then 'system:serviceaccount:' || service_account_namespace || ':' || service_account
        when username is not null then username
        when shown_name = replace(auth_mount, '/', '-') or shown_name = auth_method
          or shown_name in ('approle', 'jwt', 'oidc', 'cert', 'kubernetes', 'token')
          then coalesce(coalesce(auth_mount, shown_name) || ':' || role, entity, shown_name)
        else coalesce(shown_name, entity)
      end as identity
    from mounted
  )
select
  * exclude (known_auth_mount, known_auth_method, account_claim, namespace_claim, subject, app_role,
    tokens, wraps),
  tokens,
  wraps,
  case
    when service_account is not null then kubernetes_actor_class(identity)
    when identity is null then null
    when username is not null
      or auth_method in ('userpass', 'ldap', 'oidc', 'okta', 'github', 'radius', 'saml', 'token')
      or identity in ('root', 'token')
      or regexp_matches(shown_name, '^(userpass|ldap|oidc|okta|github|radius|saml)-')
      then 'human'
    when role is not null
      or auth_method in ('approle', 'jwt', 'kubernetes', 'aws', 'azure', 'gcp', 'cert')
      then 'workload'
    else 'human'
  end as actor_class,
  case when mount is not null and rest <> '' and not regexp_matches(path, '^(sys|auth|identity)/') then
    'vault:'
      || case when instance <> 'default' then instance || '!' else '' end
      || coalesce(namespace || ':', '')
      || mount || '/' || rtrim(rest, '/')
  end as object
from identities;

insert into derived_event by name
select
  event_id,
  'vault_audit' as source,
  instance as cluster,
  "at",
  ended_at,
  identity as actor,
  actor_class,
  operation as action,
  mount_type as resource,
  namespace,
  path as name,
  object,
  outcome,
  http_status_code as code,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  user_agent,
  coalesce(sorted_distinct(list_concat(flags, [
    case when contradiction then 'contradiction' end,
    -- A responder's own search for a value shows the value's hash, and is no use of it.
    case when starts_with(path, 'sys/audit-hash/') then 'audit_hash' end,
    case when forwarded then 'forwarded' end,
    case when "at" is null then 'no_time' end,
    -- A device writes both entries of a request, so a lone one tells of a line that is missing; a new device
    -- is tried with one line: https://developer.hashicorp.com/vault/docs/audit
    case when request_id <> '' and path <> 'sys/audit/test' and not answered then 'no_response' end,
    case when request_id <> '' and not asked then 'no_request' end
  ])), []) as flags
from vault_event;

insert into derived_event_record by name
select copy.event_id, copy.record_id, null::varchar as pointer,
  case when vault_is_response(record.part) then 'response' else 'request' end as part
from vault_copy as copy
join vault_audit_record as record using (record_id);

insert into stream_interval by name
select
  record.stream,
  'vault_audit' as source,
  record.cluster,
  min(record."at") as first_at,
  max(record."at") as last_at,
  count(distinct copy.event_id) as events,
  []::varchar[] as levels
from vault_audit_record as record
join vault_copy as copy using (record_id)
group by record.stream, record.cluster;

insert into log_minute by name
select batch_id, stream, 'vault_audit' as source, cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from vault_audit_record
where "at" is not null
group by batch_id, stream, cluster, date_trunc('minute', "at")
order by batch_id, "minute";
