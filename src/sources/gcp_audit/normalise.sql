-- One entry of Cloud Audit Logs to typed columns:
-- https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
-- https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
--
-- Tables of lakes call the payload by another name, with the same fields; BigQuery holds bodies as texts of JSON:
-- https://cloud.google.com/logging/docs/export/bigquery
-- GKE's entries hold the bodies of requests; they are kept for the resources that facts are made of.
select
  * exclude (stated_at) replace (
    case when has_bodies then request_object end as request_object,
    case when has_bodies then response_object end as response_object
  ),
  case when isfinite(stated_at) then stated_at end as "at",
  nullif(nullif(place, 'private'), 'gce-internal-ip') as remote_address
from (
  with
    renamed as (
      select
        *,
        coalesce(payload_lower, payload_table) as payload,
        coalesce(payload_lower -> '$.request', payload_table -> '$.request', try_cast((payload_table ->> '$.requestJson') as json))
          as request_renamed,
        coalesce(payload_lower -> '$.response', payload_table -> '$.response', try_cast((payload_table ->> '$.responseJson') as json))
          as response_renamed
      from staged
    ),
    named as (
      select
        * exclude (
          text, observed_at, timestamp, caller_address, caller_address_renamed, log_name_lower, insert_id_lower,
          payload_lower, payload_table, payload, request_renamed, response_renamed
        ) replace (
          coalesce(log_name, log_name_lower) as log_name,
          coalesce(insert_id, insert_id_lower) as insert_id,
          coalesce(service, (payload ->> '$.serviceName')) as service,
          coalesce(method, (payload ->> '$.methodName')) as method,
          coalesce(resource_name, (payload ->> '$.resourceName')) as resource_name,
          try_cast(coalesce(status_code, (payload ->> '$.status.code')) as integer) as status_code,
          coalesce(principal_email, (payload ->> '$.authenticationInfo.principalEmail')) as principal_email,
          coalesce(principal_subject, (payload ->> '$.authenticationInfo.principalSubject')) as principal_subject,
          coalesce(key_name, (payload ->> '$.authenticationInfo.serviceAccountKeyName')) as key_name,
          coalesce(user_agent, (payload ->> '$.requestMetadata.callerSuppliedUserAgent')) as user_agent,
          coalesce(request_parent, (request_renamed ->> '$.parent')) as request_parent,
          coalesce(request_name, (request_renamed ->> '$.name')) as request_name,
          coalesce(response_name, (response_renamed ->> '$.name')) as response_name,
          try_cast(coalesce(response_code, (response_renamed ->> '$.code')) as integer) as response_code,
          truncated = 'true' as truncated,
          coalesce(delegation, payload -> '$.authenticationInfo.serviceAccountDelegationInfo') as delegation,
          coalesce(request_object, request_renamed) as request_object,
          coalesce(response_object, response_renamed) as response_object
        ),
        try_cast(timestamp as timestamptz) as stated_at,
        -- Where the caller's address is not told, a word stands for it: a place within Google's network, and no address.
        coalesce(caller_address, caller_address_renamed, (payload ->> '$.requestMetadata.callerIp'),
          (payload ->> '$.requestMetadata.callerIP')) as place
      from renamed
    )
  select
    *,
    coalesce(
      service = 'k8s.io' and regexp_matches(method, '[.](pods|pods[.](status|binding|eviction|ephemeralcontainers|resize)|secretproviderclasses|secretproviderclasspodstatuses|serviceaccounts|serviceaccounts[.]token|secrets|roles|clusterroles|rolebindings|clusterrolebindings|csidrivers|externalsecrets|clusterexternalsecrets|secretstores|clustersecretstores|vaultstaticsecrets|vaultdynamicsecrets|vaultpkisecrets|secretsyncs|deployments|replicasets|statefulsets|daemonsets|jobs|cronjobs)[.](create|update|patch|get|delete|deletecollection|list)$'),
      false
    ) as has_bodies
  from named
) as named
