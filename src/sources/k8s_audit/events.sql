-- Records of the Kubernetes audit log to events: those whose key several records may share. The others stay
-- where they are (recorded-events.sql), where it is said what an event is.

create or replace temp macro k8s_audit_key(cluster, audit_id, "at", verb, request_uri) as
  concat_ws(chr(10), coalesce(cluster, ''), coalesce(audit_id, ''), coalesce(epoch_us("at"), 0),
    coalesce(verb, ''), coalesce(request_uri, ''));

create or replace temp macro k8s_audit_stage_rank(stage) as
  case stage
    when 'ResponseComplete' then 0
    when 'Panic' then 1
    when 'ResponseStarted' then 2
    when 'RequestReceived' then 3
    else 4
  end;

-- What a write came to. A server-side apply is a patch that may create, and then is answered 201:
-- https://kubernetes.io/docs/reference/using-api/server-side-apply/
create or replace temp macro k8s_audit_action(verb, code) as
  case
    when verb = 'create' or verb = 'patch' and code = 201 then 'created'
    when verb = 'delete' then 'deleted'
    when verb = 'get' then 'observed'
    else 'changed'
  end;

-- A credential id names a token by its claim `jti`, and other credentials by other prefixes:
-- https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
create or replace temp macro k8s_audit_token(credential_id) as
  case when starts_with(credential_id, 'JTI=') then substr(credential_id, 5) end;

-- A collision of this hash only makes a single record pass through the grouping below.
insert into k8s_audit_shared_key
select key_hash
from (
  select k8s_audit_key_hash(cluster, audit_id, coalesce(received_at, legacy_at), verb) as key_hash
  from k8s_audit_record
  where audit_id is not null
) as keys
group by key_hash
having count(*) > 1
order by key_hash;

-- The records of shared keys, by the order in which they are believed: the latest stage, a whole copy
-- before a truncated one, and then a number of the record's own.
create or replace temp table k8s_audit_copy_of_key as
select
  record_id,
  record_event_id,
  sha256(key) as key_id,
  (k8s_audit_stage_rank(stage) * 2 + truncated::integer)::hugeint * 18446744073709551616
    + md5_number_lower(record_id) as rank,
  stage, username, resource, subresource, namespace, name, uid, api_group, code,
  stream, cluster, arrived, key_hash
from (
  select
    *,
    k8s_audit_event_id(audit_id, record_id, cluster_mark, sha256_source) as record_event_id,
    k8s_audit_key(cluster, audit_id, coalesce(received_at, legacy_at), verb, request_uri) as key
  from (
    select
      record_id, cluster_mark, sha256_source, stream, cluster, arrived, audit_id, received_at, legacy_at, verb,
      request_uri, stage, username, resource, subresource, namespace, name, uid, api_group, code,
      coalesce(truncated, false) as truncated,
      k8s_audit_key_hash(cluster, audit_id, coalesce(received_at, legacy_at), verb) as key_hash
    from k8s_audit_record
    where audit_id is not null
      and k8s_audit_key_hash(cluster, audit_id, coalesce(received_at, legacy_at), verb)
        in (select key_hash from k8s_audit_shared_key)
  ) as record
) as copy;

-- How many records of each stream only repeat an event that another one of it shows. Of those that an earlier
-- refresh saw, each event has been counted once.
create or replace temp table k8s_audit_repetition as
select
  stream,
  cluster,
  count(*) filter (arrived) - count(distinct key_hash) + count(distinct key_hash) filter (not arrived) as records
from k8s_audit_copy_of_key
group by stream, cluster;

-- Copies contradict where both state something else; what a copy leaves out contradicts nothing.
create or replace temp table k8s_audit_disputed as
select key_id
from k8s_audit_copy_of_key
group by key_id
having min(username) <> max(username)
  or min(resource) <> max(resource)
  or min(subresource) <> max(subresource)
  or min(namespace) <> max(namespace)
  or min(name) <> max(name)
  or min(uid) <> max(uid)
  or min(api_group) <> max(api_group)
union
select key_id
from k8s_audit_copy_of_key
where code is not null
group by key_id, stage
having min(code) <> max(code);

-- Which event each record of a shared key belongs to. A disputed key makes an event of each statement; a
-- copy that leaves out what is disputed goes with the lowest statement.
create or replace temp table k8s_audit_copy as
with
  codes as (
    select *, min(code) over stages <> max(code) over stages as other_code
    from k8s_audit_copy_of_key
    where key_id in (select key_id from k8s_audit_disputed)
    window stages as (partition by key_id, stage)
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(username) over keys <> max(username) over keys
          then 'user ' || coalesce(username, min(username) over keys) end,
        case when min(resource) over keys <> max(resource) over keys
          then 'resource ' || coalesce(resource, min(resource) over keys) end,
        case when min(subresource) over keys <> max(subresource) over keys
          then 'subresource ' || coalesce(subresource, min(subresource) over keys) end,
        case when min(namespace) over keys <> max(namespace) over keys
          then 'namespace ' || coalesce(namespace, min(namespace) over keys) end,
        case when min(name) over keys <> max(name) over keys
          then 'name ' || coalesce(name, min(name) over keys) end,
        case when min(uid) over keys <> max(uid) over keys
          then 'uid ' || coalesce(uid, min(uid) over keys) end,
        case when min(api_group) over keys <> max(api_group) over keys
          then 'group ' || coalesce(api_group, min(api_group) over keys) end,
        case when bool_or(other_code) over keys
          then 'code ' || coalesce(code, min(code) over keys) end
      ) as variant
    from codes
    window keys as (partition by key_id)
  ),
  copies as (
    select record_id, record_event_id, key_id, variant, true as contradiction, rank, stage
    from statements
    union all
    select record_id, record_event_id, key_id, '' as variant, false as contradiction, rank, stage
    from k8s_audit_copy_of_key
    where key_id not in (select key_id from k8s_audit_disputed)
  )
select
  record_id,
  arg_min(record_event_id, rank) over (partition by key_id, variant) as event_id,
  contradiction,
  rank,
  stage
from copies;

-- The first request of each user with the same groups and the same token's pod: what users are members of
-- and where their tokens are bound is in every request.
create or replace temp table k8s_audit_request_of_user as
with
  first_record as (
    select
      cluster, username, user_groups, token_pod_name, token_pod_uid, token_node_name,
      min(struct_pack(
        "at" := coalesce(received_at, legacy_at, stage_at),
        record_id := record_id,
        event_id := k8s_audit_event_id(audit_id, record_id, cluster_mark, sha256_source)
      )) as "first"
    from k8s_audit_record
    where (user_groups is not null and username is not null or token_pod_uid is not null)
      and coalesce(received_at, legacy_at, stage_at) is not null
    group by cluster, username, user_groups, token_pod_name, token_pod_uid, token_node_name
  )
select
  cluster, username, user_groups, token_pod_name, token_pod_uid, token_node_name,
  struct_pack(
    "at" := "first"."at",
    record_id := "first".record_id,
    event_id := coalesce(copy.event_id, "first".event_id)
  ) as "first"
from first_record
left join k8s_audit_copy as copy on copy.record_id = first_record."first".record_id
union all by name
from k8s_audit_first_request;

delete from k8s_audit_first_request;

insert into k8s_audit_first_request by name
select
  cluster, username, user_groups, token_pod_name, token_pod_uid, token_node_name,
  min("first") as "first"
from k8s_audit_request_of_user
group by cluster, username, user_groups, token_pod_name, token_pod_uid, token_node_name
order by all;

drop table k8s_audit_copy_of_key;

-- The stage RequestReceived says nothing that the one record of a later stage does not say too: such an
-- event, nearly every one of a log with both, is that record.
create or replace temp table k8s_audit_plain as
select
  event_id,
  arg_min(record_id, rank) as best_record_id,
  list(record_id order by record_id) as record_ids,
  bool_or(contradiction) as contradiction
from k8s_audit_copy
group by event_id
having count(*) filter (stage is distinct from 'RequestReceived') = 1;

create or replace temp table k8s_audit_merged as
select
  copy.event_id,
  arg_min(record.record_id, copy.rank) as record_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  any_value(record.cluster) as cluster,
  arg_min(record.level, copy.rank) as level,
  arg_min(record.stage, copy.rank) as stage,
  arg_min(record.verb, copy.rank) as verb,
  arg_min(record.request_uri, copy.rank) as request_uri,
  arg_min(record.username, copy.rank) as username,
  arg_min(record.impersonated_username, copy.rank) as impersonated_username,
  arg_min(record.token_pod_name, copy.rank) as token_pod_name,
  arg_min(record.token_pod_uid, copy.rank) as token_pod_uid,
  arg_min(record.token_node_name, copy.rank) as token_node_name,
  arg_min(record.credential_id, copy.rank) as credential_id,
  arg_min(record.source_ips, copy.rank) as source_ips,
  arg_min(record.user_agent, copy.rank) as user_agent,
  arg_min(record.resource, copy.rank) as resource,
  arg_min(record.subresource, copy.rank) as subresource,
  arg_min(record.namespace, copy.rank) as namespace,
  arg_min(record.name, copy.rank) as name,
  arg_min(record.uid, copy.rank) as uid,
  arg_min(record.api_group, copy.rank) as api_group,
  arg_min(record.code, copy.rank) as code,
  arg_min(record.details_uid, copy.rank) as details_uid,
  arg_min(coalesce(record.received_at, record.legacy_at), copy.rank) as received_at,
  arg_min(record.stage_at, copy.rank) as stage_at,
  arg_min(record.issued_credential_id, copy.rank) as issued_credential_id,
  arg_min(record.decision, copy.rank) as decision,
  arg_min(coalesce(record.truncated, false), copy.rank) as truncated,
  bool_or(record.mutated) as mutated,
  arg_min(record.dry_run, copy.rank) as dry_run,
  arg_min(record.request_object, copy.rank) as request_object,
  arg_min(record.response_object, copy.rank) as response_object,
  arg_min(record.containers, copy.rank) as containers,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from k8s_audit_copy as copy
join k8s_audit_record as record using (record_id)
where copy.event_id not in (select event_id from k8s_audit_plain)
group by copy.event_id;

-- record_id is the record that is believed.
create or replace temp view k8s_audit_grouped as
select
  plain.event_id,
  plain.best_record_id as record_id,
  plain.record_ids,
  plain.contradiction,
  cluster, level, stage, verb, request_uri, username, impersonated_username,
  token_pod_name, token_pod_uid, token_node_name, credential_id, source_ips, user_agent, resource, subresource,
  namespace, name, uid, api_group, code, details_uid, coalesce(received_at, legacy_at) as received_at, stage_at,
  issued_credential_id, decision, coalesce(truncated, false) as truncated, mutated, dry_run,
  request_object, response_object, containers, flags
from k8s_audit_plain as plain
join k8s_audit_record as record on record.record_id = plain.best_record_id
union all by name
select * from k8s_audit_merged;

-- Every event once.
create or replace temp view k8s_audit_event as
from k8s_audit_single
union all by name
from k8s_audit_grouped;

insert into derived_event by name
select * exclude (record_id, part)
from k8s_audit_as_events('k8s_audit_grouped');

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, stage as part
from k8s_audit_copy;

-- Of a stream that grew, what arrived is added: an event that it showed before counts no second time, and
-- records of one event count once.
create or replace temp table k8s_audit_interval as
with arrived as (
  select
    stream,
    cluster,
    min(begun_at) as first_at,
    max(last_at) as last_at,
    sum(records) as records,
    list_distinct(list(level)) as levels
  from k8s_audit_density
  group by stream, cluster
)
select stream, cluster, first_at, last_at, arrived.records - coalesce(repetition.records, 0) as events, levels
from arrived
left join k8s_audit_repetition as repetition using (stream, cluster)
union all by name
select stream, cluster, first_at, last_at, events, levels
from stream_interval
where source = 'k8s_audit';

delete from stream_interval where source = 'k8s_audit';

insert into stream_interval by name
select
  stream,
  'k8s_audit' as source,
  cluster,
  min(first_at) as first_at,
  max(last_at) as last_at,
  sum(events) as events,
  coalesce(list_sort(list_distinct(flatten(list(levels)))), []) as levels
from k8s_audit_interval
group by stream, cluster;

insert into log_minute by name
select batch_id, stream, 'k8s_audit' as source, cluster, make_timestamptz(minutes * 60000000) as "minute",
  min(first_at) as first_at, max(last_at) as last_at, sum(records) as records
from k8s_audit_density
where minutes is not null
group by batch_id, stream, cluster, minutes
order by batch_id, cluster, minutes;

create or replace temp table k8s_audit_level as
select cluster, resource, access, level, first_at, last_at, records, truncated
from k8s_audit_density
where resource is not null
  and minutes is not null
union all
select cluster, resource, access, level, first_at, last_at, records, truncated
from log_level
where source = 'k8s_audit';

delete from log_level where source = 'k8s_audit';

insert into log_level by name
select 'k8s_audit' as source, cluster, resource, access, level,
  min(first_at) as first_at, max(last_at) as last_at, sum(records) as records,
  sum(truncated) as truncated
from k8s_audit_level
group by cluster, resource, access, level, date_trunc('hour', first_at)
order by cluster, resource, access, level, date_trunc('hour', min(first_at));

-- The events that facts are made of: those that state an object, and those that show or reach something.
-- One pass over the segments takes them out, and every body once.
create or replace temp table k8s_audit_request as
select
  event_id, record_ids, cluster, level, stage, verb, request_uri, username, impersonated_username,
  token_pod_name, token_pod_uid, token_node_name, credential_id, source_ips, user_agent, resource, subresource,
  namespace, name, uid, api_group, code, details_uid, coalesce(received_at, stage_at) as "at", stage_at,
  issued_credential_id, mutated, dry_run, request_object, response_object, containers
from k8s_audit_event
where coalesce(received_at, stage_at) is not null
  and (
    resource in ('pods', 'serviceaccounts', 'secretproviderclasses',
        'secretproviderclasspodstatuses', 'deployments', 'replicasets', 'statefulsets', 'daemonsets',
        'jobs', 'cronjobs', 'secrets', 'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings',
        'csidrivers', 'externalsecrets', 'clusterexternalsecrets', 'secretstores', 'clustersecretstores',
        'vaultstaticsecrets', 'vaultdynamicsecrets', 'vaultpkisecrets', 'secretsyncs')
      -- What is read states an object only where the answer was logged.
      and (verb in ('create', 'update', 'patch', 'delete', 'deletecollection')
        or verb = 'get' and response_object is not null)
    or resource = 'secrets' and subresource is null and verb in ('get', 'list', 'watch')
    or resource = 'pods'
      and subresource in ('exec', 'attach', 'portforward', 'log', 'proxy', 'ephemeralcontainers')
    or resource in ('nodes', 'services') and subresource = 'proxy'
  )
  and (code = 101 or code between 200 and 399 or code = 409);

-- The events that state facts, each with the object as it stood afterwards where the log has it. A request
-- that failed changed nothing, with one exception: driver 1.6 creates the mount status and the Secret before
-- each update and is answered 409 (https://github.com/kubernetes-sigs/secrets-store-csi-driver/issues/2058).
create or replace temp view k8s_audit_stated as
select
  event_id,
  record_ids as evidence,
  cluster,
  "at",
  username as actor,
  verb, resource, subresource, api_group, namespace, name, uid, details_uid, code, user_agent, request_uri,
  impersonated_username, issued_credential_id, token_node_name, token_pod_uid, credential_id, mutated, dry_run,
  request_object,
  response_object,
  containers,
  kind,
  answered_kind = kind as answered,
  case
    when verb in ('delete', 'deletecollection') then null
    when answered_kind = kind or kind is null and response_object is not null then response_object
    else request_object
  end as object
from (
  select
    * replace (
      -- A deletion may say so in its body instead; other bodies are not options but objects.
      dry_run is not null
        or verb in ('delete', 'deletecollection')
          and coalesce(json_array_length(request_object, '$.dryRun') > 0, false) as dry_run
    ),
    case resource
      when 'pods' then 'Pod'
      when 'serviceaccounts' then 'ServiceAccount'
      when 'secretproviderclasses' then 'SecretProviderClass'
      when 'secretproviderclasspodstatuses' then 'SecretProviderClassPodStatus'
      when 'secrets' then 'Secret'
      when 'roles' then 'Role'
      when 'clusterroles' then 'ClusterRole'
      when 'rolebindings' then 'RoleBinding'
      when 'clusterrolebindings' then 'ClusterRoleBinding'
      when 'csidrivers' then 'CSIDriver'
      when 'externalsecrets' then 'ExternalSecret'
      when 'clusterexternalsecrets' then 'ClusterExternalSecret'
      when 'secretstores' then 'SecretStore'
      when 'clustersecretstores' then 'ClusterSecretStore'
      when 'vaultstaticsecrets' then 'VaultStaticSecret'
      when 'vaultdynamicsecrets' then 'VaultDynamicSecret'
      when 'vaultpkisecrets' then 'VaultPKISecret'
      when 'secretsyncs' then 'SecretSync'
    end as kind,
    (response_object ->> '$.kind') as answered_kind
  from k8s_audit_request
  where verb in ('create', 'update', 'patch', 'get', 'list', 'delete', 'deletecollection')
    and resource not in ('nodes', 'services')
    and (code between 200 and 299
      or (code = 409 and verb = 'create' and resource in ('secretproviderclasspodstatuses', 'secrets')))
    -- Many kinds may be called so; these are the ones of the core.
    and (resource <> 'secrets' or coalesce(api_group, '') = '')
) as event
where not dry_run or resource = 'secrets';

-- One row an object. A list of Secrets shows each of them; other lists are not kept. A collection that is deleted names its objects only in the answer; without one it says
-- so of a whole namespace (no name), but nothing where labels or fields chose among them.
create or replace temp view k8s_audit_object as
select *
from k8s_audit_stated
where subresource is null
  and verb in ('create', 'update', 'patch', 'get', 'delete')
  and (verb <> 'get' or answered)
union all by name
select * exclude (item)
  replace ('delete' as verb, null::varchar as name, null::varchar as uid, item as object)
from (
  select *, unnest(from_json(response_object -> '$.items', '["JSON"]')) as item
  from k8s_audit_stated
  where verb = 'deletecollection' and json_type(response_object, '$.items') = 'ARRAY'
) as collected
union all by name
select * exclude (item)
  replace ('get' as verb, null::varchar as name, null::varchar as uid, item as object, true as answered)
from (
  select *, unnest(from_json(response_object -> '$.items', '["JSON"]')) as item
  from k8s_audit_stated
  where verb = 'list' and json_type(response_object, '$.items') = 'ARRAY'
) as listed
union all by name
select * replace ('delete' as verb)
from k8s_audit_stated
where verb = 'deletecollection'
  and json_type(response_object, '$.items') is distinct from 'ARRAY'
  and (name is not null
    or namespace is not null and not regexp_matches(request_uri, '[?&](labelSelector|fieldSelector)=[^&]'));

-- Requests that show something without changing it: Secrets read, pods entered or reached, kubelets called.
-- What a proxy is answered comes from behind it, so a redirection too says that it was reached.
create or replace temp view k8s_audit_access as
select
  event_id,
  record_ids as evidence,
  cluster,
  "at",
  k8s_audit_ended_at(stage, stage_at) as ended_at,
  username as actor,
  kubernetes_actor_class(username) as actor_class,
  impersonated_username as impersonated_as,
  verb, resource, subresource, namespace, name, uid, source_ips, user_agent, request_uri,
  k8s_audit_token(credential_id) as credential,
  request_object,
  response_object
from k8s_audit_request
where (
    resource = 'secrets' and subresource is null and verb in ('get', 'list', 'watch')
    or resource = 'pods'
      and subresource in ('exec', 'attach', 'portforward', 'log', 'proxy', 'ephemeralcontainers')
    or resource in ('nodes', 'services') and subresource = 'proxy'
  )
  and coalesce(api_group, '') = ''
  and (code = 101 or code between 200 and 299 or subresource = 'proxy' and code between 300 and 399)
  and dry_run is null;

-- A proxy is asked for [scheme:]name[:port].
create or replace temp macro k8s_audit_proxied(subresource, name) as
  case
    when subresource = 'proxy' and len(string_split(name, ':')) = 3 then string_split(name, ':')[2]
    when subresource = 'proxy' then string_split(name, ':')[1]
    else name
  end;

-- A parameter of a request, as the server reads it: https://pkg.go.dev/net/url#ParseQuery
create or replace temp macro k8s_audit_parameters(request_uri, name) as
  [
    coalesce(try(url_decode(replace(value, '+', ' '))), value)
    for value in regexp_extract_all(request_uri, '[?&]' || name || '=([^&#]*)', 1)
  ];

-- What base64 values of Secrets decode to, as fingerprints: landing kept both.
create or replace temp table k8s_audit_known_form as
from k8s_audit_secret_form
union all
from k8s_audit_secret_form_of('k8s_audit_record');

delete from k8s_audit_secret_form;

insert into k8s_audit_secret_form
select stored, min_by(decoded, source_length), min(source_length)
from k8s_audit_known_form
group by stored
order by stored;
