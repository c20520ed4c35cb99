-- Secrets read: one by one, by lists, and by watches, which go on reading until they end.
-- An exact field selector on the name is lifted into the name by the server; older ones left it where it was.
insert into fact_kubernetes_secret_read by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  verb,
  namespace,
  coalesce(name, nullif(regexp_extract(field_selector, '(?:^|,)metadata\.name==?([^,=!]+)', 1), '')) as name,
  label_selector,
  field_selector,
  case when verb = 'watch' then ended_at end as ended_at,
  actor_class,
  impersonated_as,
  source_ips,
  credential,
  user_agent,
  -- What was asked for stands in a header that no log has; the answer shows it. Rows of a Table carry metadata
  -- alone unless whole objects are asked for:
  -- https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
  case
    when answer_kind in ('PartialObjectMetadata', 'PartialObjectMetadataList') then true
    when answer_kind = 'Table' then k8s_audit_parameters(request_uri, 'includeObject')[1] is distinct from 'Object'
    when answer_kind in ('Secret', 'SecretList') then false
  end as metadata_only
from (
  select
    *,
    nullif(k8s_audit_parameters(request_uri, 'labelSelector')[1], '') as label_selector,
    nullif(k8s_audit_parameters(request_uri, 'fieldSelector')[1], '') as field_selector,
    case json_type(response_object) when 'VARCHAR' then (response_object ->> '$') else (response_object ->> '$.kind') end
      as answer_kind
  from k8s_audit_access
  where resource = 'secrets'
) as request;
