-- Entries of GKE as records of the Kubernetes audit log. The log has no stages, levels, addresses of requests,
-- groups or tokens: one entry is one request that ended; how much of it was logged is seen by its bodies.
-- https://cloud.google.com/kubernetes-engine/docs/how-to/audit-logging
with
  entries as (
    select
      *,
      -- <group>/<version>/[namespaces/<namespace>/]<resource>[/<name>[/<subresource>]]; a namespace itself is
      -- a resource of the cluster.
      string_split(resource_name, '/') as path,
      regexp_extract(method, '[.]([a-z]+)$', 1) as verb,
      string_split(method, '.') as words
    from gcp_audit_record
    where service = 'k8s.io'
  ),
  placed as (
    select
      *,
      case
        when path[3] = 'namespaces' and len(path) > 4 and path[5] not in ('finalize', 'status') then 4
        else 2
      end as before_resource
    from entries
  ),
  named as (
    select
      *,
      -- Without a path the method tells: io.k8s.<group>.<version>.<resource>[.<subresource>].<verb>
      coalesce(path[before_resource + 1], words[-2]) as resource,
      nullif(path[before_resource + 2], '') as name,
      nullif(path[before_resource + 3], '') as subresource,
      case when before_resource = 4 then path[4] end as namespace,
      nullif(path[1], 'core') as api_group,
      coalesce(cluster_name, cluster) as kubernetes_cluster
    from placed
  )
select
  record_id,
  batch_id,
  stream,
  kubernetes_cluster as cluster,
  left(sha256(coalesce(kubernetes_cluster, '')), 8) as cluster_mark,
  "row",
  "position",
  kind,
  sha256_source,
  sha256_stored,
  flags,
  redactions,
  case
    when response_object is not null then 'RequestResponse'
    when request_object is not null then 'Request'
    else 'Metadata'
  end as level,
  insert_id as audit_id,
  -- A connection is logged once, and how long it was open nowhere.
  case when subresource in ('exec', 'attach', 'portforward') then 'ResponseStarted' else 'ResponseComplete' end as stage,
  verb,
  coalesce(principal_email, principal_subject) as username,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  user_agent,
  resource,
  subresource,
  namespace,
  name,
  api_group,
  -- The status is gRPC's; the answer may have the one of HTTP. https://cloud.google.com/apis/design/errors#handling_errors
  case
    when response_code between 100 and 599 then response_code
    when coalesce(status_code, 0) = 0 and resource = 'pods' and subresource in ('exec', 'attach', 'portforward') then 101
    when coalesce(status_code, 0) = 0 then case when verb = 'create' then 201 else 200 end
    else case status_code
      when 3 then 400 when 4 then 504 when 5 then 404 when 6 then 409 when 7 then 403 when 8 then 429
      when 9 then 400 when 10 then 409 when 11 then 400 when 12 then 501 when 14 then 503 when 16 then 401
      else 500
    end
  end as code,
  (response_object ->> '$.details.uid') as details_uid,
  "at" as received_at,
  "at" as stage_at,
  issued_credential_id,
  decision,
  truncated,
  gcp_kubernetes_object(request_object) as request_object,
  gcp_kubernetes_object(response_object) as response_object,
  case when resource in ('daemonsets', 'deployments')
    then coalesce(response_object -> '$.spec.template.spec.containers', request_object -> '$.spec.template.spec.containers')
    end as containers
from named
