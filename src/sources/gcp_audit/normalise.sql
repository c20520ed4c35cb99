-- One entry of Cloud Audit Logs to typed columns:
-- https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
-- https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
select
  staged.* exclude (text, observed_at, timestamp, status_code, caller_address, caller_address_renamed),
  case when isfinite(try_cast(timestamp as timestamptz)) then try_cast(timestamp as timestamptz) end as "at",
  try_cast(status_code as integer) as status_code,
  -- Where the caller's address is not told, a word stands for it.
  nullif(nullif(coalesce(caller_address, caller_address_renamed), 'private'), 'gce-internal-ip') as remote_address
from staged
