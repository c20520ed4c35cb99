-- One entry of Cloud Audit Logs to typed columns:
-- https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
-- https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
--
-- GKE's entries hold the bodies of requests; they are kept for the resources that facts are made of.
select
  staged.* exclude (text, observed_at, timestamp, caller_address, caller_address_renamed)
  replace (
    try_cast(status_code as integer) as status_code,
    try_cast(response_code as integer) as response_code,
    truncated = 'true' as truncated,
    case when has_bodies then request_object end as request_object,
    case when has_bodies then response_object end as response_object
  ),
  case when isfinite(try_cast(timestamp as timestamptz)) then try_cast(timestamp as timestamptz) end as "at",
  -- Where the caller's address is not told, a word stands for it: a place within Google's network, and no address.
  coalesce(caller_address, caller_address_renamed) as place,
  nullif(nullif(coalesce(caller_address, caller_address_renamed), 'private'), 'gce-internal-ip') as remote_address
from (
  select
    *,
    coalesce(
      service = 'k8s.io' and regexp_matches(method, '[.](pods|pods[.](status|binding|eviction|ephemeralcontainers|resize)|secretproviderclasses|secretproviderclasspodstatuses|serviceaccounts|serviceaccounts[.]token|secrets|roles|clusterroles|rolebindings|clusterrolebindings|csidrivers|externalsecrets|clusterexternalsecrets|secretstores|clustersecretstores|vaultstaticsecrets|vaultdynamicsecrets|vaultpkisecrets|secretsyncs|deployments|replicasets|statefulsets|daemonsets|jobs|cronjobs)[.](create|update|patch|get|delete|deletecollection|list)$'),
      false
    ) as has_bodies
  from staged
) as staged
