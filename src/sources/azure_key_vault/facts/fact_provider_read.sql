-- Reads that gave a value out: SecretGet, of certificates with their private keys too, and the release of a key.
-- Lists, properties of deleted objects, and KeyGet and CertificateGet, which give the public part, show none:
-- https://learn.microsoft.com/azure/key-vault/certificates/about-certificates#composition-of-a-certificate
-- https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
insert into fact_provider_read by name
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
  []::varchar[] as fields,
  false as wrapped,
  auth_method,
  object_identifier as entity,
  regexp_extract(managed_identity, '([^/]+)$', 1) as display_name,
  actor_class,
  remote_address as address,
  user_agent,
  correlation_id as request_id
from azure_key_vault_event
where outcome = 'success'
  and "at" is not null
  and object is not null
  and (operation = 'SecretGet' and kind = 'secrets' or operation = 'KeyRelease' and kind = 'keys');
