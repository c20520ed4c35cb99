-- Secrets as a snapshot or a manifest shows them, each value by its fingerprint. Whose they are they tell by
-- label and owner; who wrote them last they do not.
insert into fact_kubernetes_secret by name
with
  stated as (
    select
      *,
      kubernetes_metadata(object) as metadata,
      coalesce(kubernetes_secret_entries(object), []) as entries
    from k8s_object
    where kind = 'Secret'
  ),
  entry_values as (
    select
      entry.event_id,
      map_from_entries(once_each(list({
        'key': entry.entry.key,
        'value': case
          when not starts_with(entry.entry.value, 'redacted:hmac-sha256:') then null
          when entry.entry.encoded then coalesce(form.decoded, entry.entry.value)
          else entry.entry.value
        end
      }))) as field_values
    from (select event_id, unnest(entries) as entry from stated) as entry
    left join k8s_objects_secret_form as form on form.stored = entry.entry.value
    where entry.entry.key is not null
    group by entry.event_id
  )
select
  "at",
  'k8s_objects' as source,
  cluster,
  event_id,
  [evidence_id] as evidence,
  firm,
  'observed' as action,
  true as effective,
  true as has_body,
  namespace,
  name,
  uid,
  (object ->> '$.type') as type,
  kubernetes_labels(metadata.labels) as labels,
  kubernetes_annotations(metadata.annotations) as annotations,
  kubernetes_owner(metadata."ownerReferences").kind as owner_kind,
  kubernetes_owner(metadata."ownerReferences").name as owner_name,
  kubernetes_owner(metadata."ownerReferences").uid as owner_uid,
  coalesce(entry_values.field_values, map {}::map(varchar, varchar)) as field_values,
  false as metadata_only,
  kubernetes_secret_keeper(metadata) as writer
from stated
left join entry_values using (event_id);
