-- Entries of Cloud Audit Logs to events; those of GKE's API servers are events of `k8s_audit`. Log, time and insertId are the key: sinks that overlap write an entry twice.
-- https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry

create or replace temp table gcp_audit_copy as
with
  copies as (
    select
      record_id,
      case when insert_id is null or "at" is null then 'record ' || record_id
        else concat_ws(chr(10), log_name, epoch_us("at"), insert_id) end as key,
      method, coalesce(principal_subject, principal_email) as identity, coalesce(status_code, 0) as status_code
    from gcp_audit_record
    where service is distinct from 'k8s.io'
  ),
  statements as (
    select
      *,
      concat_ws(
        chr(10),
        case when min(method) over keys <> max(method) over keys then 'method ' || coalesce(method, '') end,
        case when min(identity) over keys <> max(identity) over keys
          then 'identity ' || coalesce(identity, min(identity) over keys) end,
        case when min(status_code) over keys <> max(status_code) over keys then 'code ' || status_code end
      ) as variant
    from copies
    window keys as (partition by key)
  )
select
  record_id,
  event_id_of('gcp_audit', case when variant = '' then key else key || chr(10) || variant end) as event_id,
  variant <> '' as contradiction
from statements;

create or replace temp table gcp_audit_united as
select
  copy.event_id,
  list(record.record_id order by record.record_id) as record_ids,
  bool_or(copy.contradiction) as contradiction,
  min(record."at") as "at",
  min(record.project) as project,
  min(record.service) as service,
  min(record.method) as method,
  min(record.resource_name) as resource_name,
  min(record.status_code) as status_code,
  min(record.principal_email) as principal_email,
  min(record.principal_subject) as principal_subject,
  min(record.key_name) as key_name,
  min(record.place) as place,
  min(record.remote_address) as remote_address,
  min(record.user_agent) as user_agent,
  min(record.request_parent) as request_parent,
  min(record.request_name) as request_name,
  min(record.response_name) as response_name,
  min(record.delegation::varchar)::json as delegation,
  sorted_distinct(flatten(list(record.flags order by record.record_id))) as flags
from gcp_audit_copy as copy
join gcp_audit_record as record using (record_id)
group by copy.event_id;

create or replace temp macro gcp_secret(name) as
  regexp_extract(name, '^projects/([^/]+)/((?:locations/[^/]+/)?secrets/[^/]+)(?:/versions/([^/:]+))?', ['project', 'secret', 'version']);

-- A project is called by its number or by its id; the entry's resource has the id.
create or replace temp table gcp_project as
with named as (
  select project, gcp_secret(coalesce(resource_name, response_name, request_parent))['project'] as number
  from gcp_audit_united
  where project is not null
)
select number, min(project) as project
from named
where regexp_full_match(number, '[0-9]+')
  and not regexp_full_match(project, '[0-9]+')
group by number
having count(distinct project) = 1;

-- GKE names a workload in two forms, whether it reads itself or as a service account of Google Cloud:
-- https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
-- https://cloud.google.com/iam/docs/principal-identifiers
create or replace temp macro gcp_workload(subject) as
  case
    when regexp_matches(subject, '^principal://iam[.]googleapis[.]com/projects/[^/]+/locations/global/workloadIdentityPools/[^/]+/subject/ns/[^/]+/sa/[^/]+$')
      then regexp_extract(subject, 'workloadIdentityPools/([^/]+)/subject/ns/([^/]+)/sa/([^/]+)$', ['pool', 'namespace', 'account'])
    when regexp_matches(subject, '^(?:serviceAccount:)?[^\[\]]+[.]svc[.]id[.]goog\[[^/]+/[^\]]+\]$')
      then regexp_extract(subject, '^(?:serviceAccount:)?([^\[]+)\[([^/]+)/([^\]]+)\]$', ['pool', 'namespace', 'account'])
  end;

create or replace temp table gcp_audit_event as
with
  delegated as (
    select
      *,
      regexp_extract(method, '([^.]+)$', 1) as action,
      list_filter(
        list_transform(
          coalesce(from_json(case when json_type(delegation) = 'ARRAY' then delegation end,
            '[{ "principalSubject": "VARCHAR", "firstPartyPrincipal": { "principalEmail": "VARCHAR" } }]'), []),
          lambda one: coalesce(one."principalSubject", one."firstPartyPrincipal"."principalEmail")
        ),
        lambda subject: subject is not null
      ) as delegates,
      -- An added version is named in the answer, what is asked for in the request.
      case when ends_with(method, '.AddSecretVersion') then coalesce(response_name, request_parent, resource_name)
        else coalesce(resource_name, request_name) end as named
    from gcp_audit_united
  ),
  parted as (
    select
      *,
      gcp_secret(named) as parts,
      coalesce(gcp_workload(principal_subject), gcp_workload(principal_email), gcp_workload(delegates[1])) as workload
    from delegated
  )
select
  parted.* exclude (parts, workload),
  coalesce(principal_subject, principal_email) as actor,
  workload['pool'] as pool,
  workload['namespace'] as service_account_namespace,
  workload['account'] as service_account,
  case when parts['secret'] <> '' and service = 'secretmanager.googleapis.com'
    then 'projects/' || coalesce(gcp_project.project, parts['project']) || '/' || parts['secret'] end as object,
  nullif(parts['version'], '') as named_version,
  case
    when coalesce(status_code, 0) = 0 then 'success'
    when status_code in (7, 16) then 'denied'
    else 'failure'
  end as outcome,
  case
    when workload is not null or ends_with(principal_email, '.gserviceaccount.com')
      or starts_with(principal_subject, 'serviceAccount:') then
      case when regexp_matches(coalesce(principal_email, ''), '^service-[0-9]+@|@(?:cloudservices|system)[.]gserviceaccount[.]com$')
        then 'platform' else 'workload' end
    when principal_subject is not null or principal_email is not null then 'human'
  end as actor_class
from parted
left join gcp_project
  on parted.parts['project'] = gcp_project.number;

insert into derived_event by name
select
  event_id,
  'gcp_audit' as source,
  coalesce(project, 'default') as cluster,
  "at",
  actor,
  actor_class,
  coalesce(action, 'unknown') as action,
  regexp_replace(service, '[.]googleapis[.]com$', '') as resource,
  named as name,
  object,
  outcome,
  status_code as code,
  case when remote_address is not null then [remote_address] else [] end as source_ips,
  user_agent,
  coalesce(sorted_distinct(list_concat(flags, [
    case when contradiction then 'contradiction' end,
    case when "at" is null then 'no_time' end
  ])), []) as flags
from gcp_audit_event;

insert into derived_event_record by name
select event_id, record_id, null::varchar as pointer, 'request' as part
from gcp_audit_copy;

create or replace temp table gcp_audit_place as
select copy.record_id, copy.event_id, coalesce(record.project, 'default') as instance, record.batch_id, record.stream,
  record."at"
from gcp_audit_copy as copy
join gcp_audit_record as record using (record_id);

insert into stream_interval by name
select
  stream,
  'gcp_audit' as source,
  instance as cluster,
  min("at") as first_at,
  max("at") as last_at,
  count(distinct event_id) as events,
  []::varchar[] as levels
from gcp_audit_place
group by stream, instance;

insert into log_minute by name
select batch_id, stream, 'gcp_audit' as source, instance as cluster, date_trunc('minute', "at") as "minute",
  min("at") as first_at, max("at") as last_at, count(*) as records
from gcp_audit_place
where "at" is not null
group by batch_id, stream, instance, date_trunc('minute', "at")
order by batch_id, instance, "minute";
