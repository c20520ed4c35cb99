-- Events that are one record each, nearly all of them: read from the segments, where their columns stand.
--
-- An event is (cluster, auditID, requestReceivedTimestamp, verb, requestURI): a client may choose the
-- auditID (https://github.com/kubernetes/apiserver, pkg/endpoints/filters/audit_init.go), so it does not
-- identify a request by itself. Stages of a request and repeated deliveries are records of one event; those
-- are grouped in events.sql. Which records may have others beside them is told by a hash that is kept.

-- An event is called after the bytes of the record that is believed: the same in every store. The same
-- bytes in two clusters are two events. A record without an auditID has nothing unique: it is an event of
-- its own.
create or replace temp macro k8s_audit_event_id(audit_id, record_id, cluster_mark, sha256_source) as
  case
    when audit_id is null then event_id_of('k8s_audit', 'record ' || record_id)
    else 'event-' || cluster_mark || lower(hex(sha256_source[1:8]))
  end;

-- Without the request's URI: the records of one hash are looked at whole, and it is long.
create or replace temp macro k8s_audit_key_hash(cluster, audit_id, "at", verb) as
  hash(cluster, audit_id, "at", verb);

-- Of the records of a view.
create or replace temp macro k8s_audit_secret_form_of(records) as table
select
  redacted_value(place) as stored,
  min_by(redacted_decoded(place), place.source_length) as decoded,
  min(place.source_length) as source_length
from (
  select unnest(redactions) as place
  from query_table(records)
  where resource = 'secrets' and len(redactions) > 0
) as replaced
where len(place.fingerprints) > 0
group by redacted_value(place);

create or replace temp macro k8s_audit_outcome(code, decision) as
  case
    when code in (401, 403) or (code is null and decision = 'forbid') then 'denied'
    when code = 101 or code between 200 and 399 then 'success'
    when code is not null then 'failure'
    else 'unknown'
  end;

create or replace temp macro k8s_audit_resource(resource, subresource) as
  case when subresource is null then resource else resource || '/' || subresource end;

-- What is made from generateName gets its name, and everything its uid, in the answer only.
create or replace temp macro k8s_audit_name(name, response_object) as
  coalesce(name, (response_object ->> '$.metadata.name'), (response_object ->> '$.name'));

create or replace temp macro k8s_audit_uid(uid, details_uid, response_object) as
  coalesce(uid, details_uid, (response_object ->> '$.metadata.uid'), (response_object ->> '$.uid'));

create or replace temp macro k8s_audit_ended_at(stage, stage_at) as
  case when stage in ('ResponseComplete', 'Panic') then stage_at end;

create or replace temp macro k8s_audit_flags(flags, contradiction, truncated, dry_run, "at") as
  case
    when flags is null and not contradiction and not truncated and dry_run is null and "at" is not null
    then []::varchar[]
    else sorted_distinct(list_concat(flags, [
      case when contradiction then 'contradiction' end,
      case when truncated then 'truncated' end,
      case when dry_run then 'dry_run' end,
      case when "at" is null then 'no_time' end
    ]))
  end;

create or replace temp view k8s_audit_single as
select
  k8s_audit_event_id(audit_id, record_id, cluster_mark, sha256_source) as event_id,
  record_id,
  [record_id] as record_ids,
  false as contradiction,
  cluster, level, stage, verb, request_uri, username, impersonated_username,
  token_pod_name, token_pod_uid, token_node_name, credential_id, source_ips, user_agent, resource, subresource,
  namespace, name, uid, api_group, code, details_uid, coalesce(received_at, legacy_at) as received_at, stage_at,
  issued_credential_id, decision, coalesce(truncated, false) as truncated, mutated, dry_run,
  request_object, response_object, containers, flags
from k8s_audit_record
where audit_id is null
  or k8s_audit_key_hash(cluster, audit_id, coalesce(received_at, legacy_at), verb)
    not in (select key_hash from k8s_audit_shared_key);

-- The events of requests, each of one record or of several.
create or replace temp macro k8s_audit_as_events(requests) as table
select
  event_id,
  'k8s_audit' as source,
  cluster,
  coalesce(received_at, stage_at) as "at",
  k8s_audit_ended_at(stage, stage_at) as ended_at,
  username as actor,
  impersonated_username as impersonated_as,
  kubernetes_actor_class(username) as actor_class,
  verb as action,
  k8s_audit_resource(resource, subresource) as resource,
  namespace,
  k8s_audit_name(name, response_object) as name,
  k8s_audit_uid(uid, details_uid, response_object) as uid,
  null::varchar as object,
  k8s_audit_outcome(code, decision) as outcome,
  code,
  source_ips,
  user_agent,
  k8s_audit_flags(flags, contradiction, truncated, dry_run, coalesce(received_at, stage_at)) as flags,
  record_id,
  stage as part
from query_table(requests);

create or replace temp view k8s_audit_recorded_event as
from k8s_audit_as_events('k8s_audit_single');
