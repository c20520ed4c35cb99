-- One audit.k8s.io record to typed columns: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
--
-- The values are read while the bytes are scanned (`columns` in source.ts) and get their types here. Bodies
-- are kept for the resources that facts are made of: they are most of a log's bytes and most of them say
-- nothing about the chain. A value of an odd type becomes null; nothing in here can fail on a record.
select
  staged.* exclude (text, observed_at, moved_level, openshift_level, timestamp_at, created_at, request_metadata,
    response_metadata, response_kind, request_containers, response_containers, bodies)
  replace (
    try(from_json(source_ips, '["VARCHAR"]')) as source_ips,
    try_cast(code as integer) as code,
    case when isfinite(received_at) then received_at end as received_at,
    case when isfinite(stage_at) then stage_at end as stage_at,
    -- The server says so in an annotation; AKS puts a remark in a body's place
    -- (https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/aksaudit), and what a shipper cut
    -- off has the flag.
    case
      when truncated = 'true'
        or request_object = '"skipped-too-big-size-object"'
        or response_object = '"skipped-too-big-size-object"'
        or contains(flags, '"truncated"')
      then true
      when truncated is not null then false
    end as truncated,
    -- Kept where a fact names the token behind a request: nearly every request has one.
    case
      when resource = 'secrets'
        or resource = 'serviceaccounts' and subresource = 'token'
        or resource in ('pods', 'nodes', 'services') and subresource is not null
      then credential_id
    end as credential_id,
    case
      when request_object = '"skipped-too-big-size-object"' then null
      when bodies in ('whole', 'listed') then request_object
      when bodies in ('metadata', 'containers') then request_metadata
    end as request_object,
    case
      when response_object = '"skipped-too-big-size-object"' then null
      when bodies = 'whole' or bodies = 'listed' and (response_kind ->> '$') = 'SecretList' then response_object
      when bodies = 'listed' then response_kind
      when bodies in ('metadata', 'containers') then response_metadata
    end as response_object
  ),
  case when isfinite(coalesce(timestamp_at, created_at)) then coalesce(timestamp_at, created_at) end as legacy_at,
  case
    when bodies is not null and resource = 'pods' and verb = 'create' and subresource is null
    then contains(text, '\"mutated\":true')
  end as mutated,
  case when bodies = 'containers' then coalesce(response_containers, request_containers) end as containers,
  -- https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
  case when contains(request_uri, 'dryRun=') and regexp_matches(request_uri, '[?&]dryRun=[^&]') then true end
    as dry_run
from (
  select
    * replace (
      coalesce(moved_level, openshift_level, level) as level,
      try_cast(received_at as timestamptz) as received_at,
      try_cast(stage_at as timestamptz) as stage_at,
      try_cast(timestamp_at as timestamptz) as timestamp_at,
      try_cast(created_at as timestamptz) as created_at
    ),
    case
      -- This level has no bodies: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
      when coalesce(moved_level, openshift_level, level) = 'Metadata' then null
      when resource in ('pods', 'secretproviderclasses', 'secretproviderclasspodstatuses', 'serviceaccounts')
        and (verb <> 'list' and verb <> 'watch' or verb is null)
        and (subresource is null
          or subresource in ('status', 'binding', 'token', 'eviction', 'ephemeralcontainers', 'resize'))
      then 'whole'
      when resource in ('secrets', 'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings', 'csidrivers',
          'externalsecrets', 'clusterexternalsecrets', 'secretstores', 'clustersecretstores',
          'vaultstaticsecrets', 'vaultdynamicsecrets', 'vaultpkisecrets', 'secretsyncs')
        and subresource is null
        and (verb <> 'list' and verb <> 'watch' or verb is null)
      then 'whole'
      -- A list of Secrets with values is kept; of others only that they have none: the text of their kind.
      when resource = 'secrets' and verb = 'list' then 'listed'
      -- Of a workload only its identity and its owners matter; of what may run the driver, the containers.
      when resource in ('daemonsets', 'deployments')
        and subresource is null
        and verb in ('create', 'update', 'patch', 'get')
        and (contains(text, 'secrets-store') or contains(text, 'csi-provider'))
      then 'containers'
      when resource in ('deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs')
        and subresource is null
        and verb in ('create', 'update', 'patch', 'get', 'delete')
      then 'metadata'
    end as bodies
  from staged
) as staged
