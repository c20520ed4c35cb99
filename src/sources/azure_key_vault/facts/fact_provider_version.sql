-- What happened to versions. Every write makes a version, the latest that is enabled is current. Deleting,
-- recovering and purging are of the object: of each version that this log named until then.
-- https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#objects-identifiers-and-versioning
-- https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview
insert into fact_provider_version by name
with
  changed as (
    select * exclude (actor_class, kind)
    from azure_key_vault_event
    where outcome = 'success' and "at" is not null and object is not null
  ),
  named as (
    select object, version, min("at") as first_at
    from changed
    where version is not null
    group by object, version
  ),
  created as (
    select *, 'created' as change
    from changed
    where operation in ('SecretSet', 'KeyCreate', 'KeyImport', 'KeyRotate', 'CertificateCreate', 'CertificateImport',
        'CertificatePendingMerge')
      and version is not null
  ),
  -- A certificate's private key is the secret of its name and version.
  -- https://learn.microsoft.com/azure/key-vault/certificates/about-certificates#composition-of-a-certificate
  composed as (
    select * replace (replace(object, '/certificates/', '/secrets/') as object)
    from created
    where operation in ('CertificateCreate', 'CertificateImport', 'CertificatePendingMerge')
  ),
  switched as (
    select *, case when enabled then 'restored' else 'disabled' end as change
    from changed
    where operation in ('SecretUpdate', 'KeyUpdate', 'CertificateUpdate') and enabled is not null
  ),
  spread as (
    select
      changed.* exclude (version),
      named.version,
      case when operation in ('SecretDelete', 'KeyDelete', 'CertificateDelete') then 'deleted' else 'restored' end
        as change
    from changed
    left join named
      on named.object = changed.object and named.first_at <= changed."at"
    where operation in ('SecretDelete', 'KeyDelete', 'CertificateDelete',
      'SecretRecover', 'KeyRecover', 'CertificateRecover')
  ),
  purged as (
    select * replace (null::varchar as version), 'metadata_deleted' as change
    from changed
    where operation in ('SecretPurge', 'KeyPurge', 'CertificatePurge')
  ),
  statements as (
    select * from created
    union all by name
    select * from composed
    union all by name
    select * from switched
    union all by name
    select * from spread
    union all by name
    select * from purged
  )
select
  "at",
  'azure_key_vault' as source,
  actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'azure' as provider,
  instance,
  object,
  version,
  change as action
from statements;
