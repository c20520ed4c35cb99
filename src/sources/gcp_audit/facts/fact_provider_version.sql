-- What happened to versions. `latest` is the version that was added last, enabled or not:
-- https://cloud.google.com/secret-manager/docs/access-secret-version
-- https://cloud.google.com/secret-manager/docs/audit-logging
insert into fact_provider_version by name
with
  changed as (
    select *, case when regexp_full_match(named_version, '[0-9]+') then named_version end as version
    from gcp_audit_event
    where outcome = 'success' and "at" is not null and object is not null
  ),
  statements as (
    select *, unnest(case action
      when 'AddSecretVersion' then ['created', 'promoted']
      when 'EnableSecretVersion' then ['restored']
      when 'DisableSecretVersion' then ['disabled']
      when 'DestroySecretVersion' then ['destroyed']
      when 'DeleteSecret' then ['metadata_deleted']
      else [] end) as change
    from changed
  )
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
  version,
  change as action
from statements
where version is not null or change in ('created', 'metadata_deleted');
