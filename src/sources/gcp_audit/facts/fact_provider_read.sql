-- Reads of values. A word in place of the caller's address is a place too: mounts are read from there, or are not.
-- The log has the name as it was asked for: `latest` is the version of the day, an alias any.
-- https://cloud.google.com/secret-manager/docs/audit-logging
insert into fact_provider_read by name
select
  "at",
  'gcp_audit' as source,
  actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'gcp' as provider,
  coalesce(project, 'default') as instance,
  object,
  case when regexp_full_match(named_version, '[0-9]+') then named_version end as version,
  case when not regexp_full_match(named_version, '[0-9]+|latest') then 'candidate' end as version_grade,
  []::varchar[] as fields,
  false as wrapped,
  pool as auth_mount,
  principal_email as role,
  service_account_namespace as namespace,
  service_account,
  key_name as entity,
  principal_email as display_name,
  actor_class,
  place as address,
  user_agent
from gcp_audit_event
where outcome = 'success'
  and "at" is not null
  and object is not null
  and action = 'AccessSecretVersion';
