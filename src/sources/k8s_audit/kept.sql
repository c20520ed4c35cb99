-- What later refreshes need to know of the records that earlier ones saw.

-- Hashes of the keys of events that several records may show.
create table k8s_audit_shared_key (key_hash ubigint);

-- From when until when the requests of a batch were received: which batches may hold records of the same
-- request as another one.
create table k8s_audit_batch_span (batch_id varchar, first_at timestamptz, last_at timestamptz);

-- The first request of each user with the same groups and the same token's pod.
create table k8s_audit_first_request (
  cluster varchar, username varchar, user_groups varchar,
  token_pod_name varchar, token_pod_uid varchar, token_node_name varchar,
  "first" struct("at" timestamptz, record_id varchar, event_id varchar)
);

-- What base64 values of Secrets decode to, as fingerprints.
create table k8s_audit_secret_form (stored varchar, decoded varchar, source_length bigint);

-- Every ephemeral container that a request named, also where an earlier one had added it.
create table k8s_audit_ephemeral_container (
  "at" timestamptz, cluster varchar, actor varchar, event_id varchar, evidence varchar[],
  namespace varchar, pod_name varchar, pod_uid varchar,
  container varchar, command varchar[], target_container varchar,
  actor_class varchar, impersonated_as varchar, source_ips varchar[], credential varchar, user_agent varchar,
  listed integer               -- how many containers that request named
);
