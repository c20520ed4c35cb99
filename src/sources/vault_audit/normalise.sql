-- One entry of a Vault or OpenBao audit device to typed columns:
-- https://developer.hashicorp.com/vault/docs/audit/schema and https://openbao.org/docs/audit/
--
-- Keys come in any order, and what is empty is left out: absence is not a statement. Data stays JSON, its
-- keys are the users' own. Numbers may be numbers, strings or hashes, so versions are read later.
select
  staged.* exclude (text, observed_at, entry),
  case when isfinite(entry."time") then entry."time" end as "at",
  entry."type" as part,
  nullif(entry.error, '') as error,
  coalesce(entry.forwarded, 'false') = 'true' or nullif(entry.forwarded_from, '') is not null as forwarded,
  entry.request.id as request_id,
  entry.request.operation as operation,
  entry.request.path as path,
  coalesce(nullif(entry.request.mount_point, ''), nullif(entry.response.mount_point, '')) as mount_point,
  coalesce(nullif(entry.request.mount_type, ''), nullif(entry.response.mount_type, '')) as mount_type,
  nullif(rtrim(entry.request.namespace.path, '/'), '') as namespace,
  entry.request.remote_address as remote_address,
  coalesce(
    entry.request.headers."user-agent"[1], entry.request.headers."User-Agent"[1]
  ) as user_agent,
  nullif(entry.request.client_token, '') as request_token,
  nullif(entry.request.client_token_accessor, '') as request_accessor,
  nullif(entry.auth.client_token, '') as auth_token,
  nullif(entry.auth.accessor, '') as auth_accessor,
  nullif(entry.auth.display_name, '') as display_name,
  nullif(entry.auth.entity_id, '') as entity_id,
  entry.auth.metadata as metadata,
  list_sort(list_distinct(coalesce(entry.response.auth.policies, entry.auth.policies))) as policies,
  case when isfinite(entry.auth.token_issue_time) then entry.auth.token_issue_time end as token_issued_at,
  entry.request."data" as request_data,
  nullif(entry.response.auth.client_token, '') as issued_token,
  nullif(entry.response.auth.accessor, '') as issued_accessor,
  nullif(entry.response.auth.display_name, '') as issued_display_name,
  nullif(entry.response.auth.entity_id, '') as issued_entity_id,
  entry.response.auth.metadata as issued_metadata,
  nullif(entry.response.secret.lease_id, '') as lease_id,
  entry.response."data" as response_data,
  try_cast((entry.response."data" ->> '$.http_status_code') as integer) as http_status_code,
  nullif(entry.response.wrap_info.token, '') as wrap_token,
  nullif(entry.response.wrap_info.accessor, '') as wrap_accessor,
  case when json_array_length(entry.response.warnings) > 0 then entry.response.warnings end as warnings
from (
  select
    *,
    try(from_json(text, '{
      "time": "TIMESTAMPTZ",
      "type": "VARCHAR",
      "error": "VARCHAR",
      "forwarded": "VARCHAR",
      "forwarded_from": "VARCHAR",
      "auth": {
        "client_token": "VARCHAR", "accessor": "VARCHAR", "display_name": "VARCHAR", "entity_id": "VARCHAR",
        "metadata": "JSON", "policies": ["VARCHAR"], "token_issue_time": "TIMESTAMPTZ"
      },
      "request": {
        "id": "VARCHAR", "operation": "VARCHAR", "path": "VARCHAR",
        "mount_point": "VARCHAR", "mount_type": "VARCHAR",
        "namespace": { "path": "VARCHAR" },
        "remote_address": "VARCHAR",
        "headers": { "user-agent": ["VARCHAR"], "User-Agent": ["VARCHAR"] },
        "client_token": "VARCHAR", "client_token_accessor": "VARCHAR",
        "data": "JSON"
      },
      "response": {
        "auth": {
          "client_token": "VARCHAR", "accessor": "VARCHAR", "display_name": "VARCHAR",
          "entity_id": "VARCHAR", "metadata": "JSON", "policies": ["VARCHAR"]
        },
        "mount_point": "VARCHAR", "mount_type": "VARCHAR",
        "secret": { "lease_id": "VARCHAR" },
        "data": "JSON",
        "wrap_info": { "token": "VARCHAR", "accessor": "VARCHAR" },
        "warnings": "JSON"
      }
    }')) as entry
  from staged
) as staged
