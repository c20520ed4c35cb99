-- Writes of Secrets, and what answers showed of them. Bodies are there only above Metadata level, and their
-- values are fingerprints since they landed. The patch of a driver that sets owners has no data.
insert into fact_kubernetes_secret by name
with
  -- Numbered by nothing: the number only leads from the values back to the row.
  stated as materialized (
    select
      *,
      row_number() over () as number,
      kubernetes_metadata(case when json_type(body) = 'OBJECT' then body end) as metadata,
      case when verb <> 'delete' then kubernetes_secret_entries(body) end as entries
    from (
      select *, case when json_type(object) in ('OBJECT', 'ARRAY') then object end as body
      from k8s_audit_object
      where resource = 'secrets'
    ) as written
  ),
  entry_values as (
    select
      entry.number,
      map_from_entries(once_each(list({
        'key': entry.entry.key,
        'value': case
          when not starts_with(entry.entry.value, 'redacted:hmac-sha256:') then null
          when entry.entry.encoded then coalesce(form.decoded, entry.entry.value)
          else entry.entry.value
        end
      }))) as field_values
    from (select number, unnest(entries) as entry from stated) as entry
    left join k8s_audit_secret_form as form on form.stored = entry.entry.value
    where entry.entry.key is not null
    group by entry.number
  )
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  code <> 409 and not dry_run as effective,
  body is not null and verb <> 'delete' as has_body,
  coalesce(namespace, metadata.namespace) as namespace,
  coalesce(name, metadata.name) as name,
  coalesce(
    metadata.uid,
    case when verb = 'delete' then coalesce(
      (response_object ->> '$.metadata.uid'), (request_object ->> '$.preconditions.uid')) end,
    details_uid,
    uid
  ) as uid,
  (body ->> '$.type') as type,
  kubernetes_labels(metadata.labels) as labels,
  kubernetes_annotations(metadata.annotations) as annotations,
  kubernetes_owner(metadata."ownerReferences").kind as owner_kind,
  kubernetes_owner(metadata."ownerReferences").name as owner_name,
  kubernetes_owner(metadata."ownerReferences").uid as owner_uid,
  case
    when entries is not null then coalesce(entry_values.field_values, map {}::map(varchar, varchar))
    -- A whole object without data is a Secret without values.
    when verb in ('create', 'update') and json_type(body) = 'OBJECT' or answered
      then map {}::map(varchar, varchar)
  end as field_values,
  case
    when verb in ('create', 'update', 'get') then false
    when verb = 'patch' then not kubernetes_touches_data(request_object)
  end as metadata_only,
  user_agent,
  case
    when verb = 'get' then kubernetes_secret_keeper(metadata)
    when impersonated_username is null
      then kubernetes_secret_writer(actor, user_agent, kubernetes_secret_keeper(metadata))
  end as writer
from stated
left join entry_values using (number);
