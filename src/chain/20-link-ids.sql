-- Names of entities and links, the same in every store.
create or replace temp macro pod_entity(cluster, pod_id) as 'pod:' || cluster || '/' || pod_id;
create or replace temp macro node_entity(cluster, node) as 'node:' || cluster || '/' || node;
create or replace temp macro account_entity(cluster, namespace, name) as
  'service_account:' || cluster || '/' || namespace || '/' || name;
create or replace temp macro workload_entity(cluster, namespace, kind, name) as
  'workload:' || cluster || '/' || namespace || '/' || kind || '/' || name;
create or replace temp macro token_entity(cluster, jti) as 'token:' || cluster || '/' || jti;
create or replace temp macro identity_entity(cluster, name) as
  'identity:' || coalesce(cluster || '/', '') || name;
create or replace temp macro session_entity(session) as 'provider_session:' || session;
create or replace temp macro version_entity(object, version) as
  'provider_version:' || object || '@' || coalesce(version, '?');
create or replace temp macro time_text("at") as strftime("at", '%Y-%m-%dT%H:%M:%S.%fZ');
create or replace temp macro link_key(kind, from_id, to_id, valid_from) as
  left(sha256(concat_ws(chr(10), kind, from_id, to_id, coalesce(time_text(valid_from), ''))), 16);
