-- What the chain is made of. Written by the numbered steps of this folder, read by queries/.

create table entity (
  entity_id varchar,           -- kind:…; stable across stores
  kind varchar,                -- identity | workload | pod | node | service_account | token | secret_provider_class
                               -- | provider_session | provider_object | provider_version | reported_version | kubernetes_secret
  cluster varchar, namespace varchar, name varchar, uid varchar,
  first_at timestamptz, last_at timestamptz
);

create table link (
  link_id varchar,
  kind varchar,                -- created_by | owns | bound_to | runs_as | token_for | mounts | logged_in | read | delivered
                               -- | resolves_to | same_value | synced_to | copied_to | consumed_by | copy_read_by | entered_by
                               -- | could_read
  from_id varchar, to_id varchar,
  valid_from timestamptz, valid_to timestamptz,
  grade varchar,               -- recorded | matched | inferred | candidate
  evidence varchar[],
  rule varchar,                -- the step and rule that made it
  document varchar             -- the document behind the rule
);

create table exposure (
  exposure_id varchar,         -- hash of object, version, holder (with its cluster), path, first_at
  object varchar, version varchar, version_grade varchar,
  fields varchar[],
  holder struct(kind varchar, id varchar, class varchar, cluster varchar, namespace varchar, name varchar,
                service_account varchar, workload varchar, node varchar, created_by varchar),
  path varchar,                -- csi_mount | provider_read | synced_secret | external_copy | secret_env | secret_volume
                               -- | secret_read | pod_entry | pod_logs | pod_proxy | port_forward | node_access | log_copy
                               -- | rbac | provider_policy
  observed boolean,            -- false: could have, and no log says it did
  grade varchar,
  alternatives varchar[],      -- versions it may have been, or holders it may have been, where that is open
  first_at timestamptz, last_at timestamptz,
  end_state varchar,           -- ended | open | unknown
  seen_from struct(ip varchar, user_agent varchar, count bigint, first_at timestamptz, last_at timestamptz)[],
  links struct(kind varchar, grade varchar, evidence varchar[])[]
);

-- Versions of provider objects, from the logs of the provider.
create table provider_version (
  object varchar, version varchar,
  created_at timestamptz, created_by varchar,     -- null where no log shows it made
  superseded_at timestamptz,
  ended_at timestamptz, ended_by varchar,         -- deleted or destroyed, and not restored
  same_value varchar[],        -- object@version that hold an equal field, k8s:namespace/name of Secrets that show its value
  evidence varchar[]
);

-- What the drivers reported for an exposure: a keyed hash for Vault, to be compared with a recomputed one.
create table exposure_report (
  exposure_id varchar, cluster varchar, namespace varchar, class varchar,
  object_id varchar, reported_version varchar
);

-- The configuration of each object of each SecretProviderClass revision as the provider prints it into
-- the hash that it reports as version: HMAC-SHA256(key, configuration || content).
create table object_configuration (
  cluster varchar, namespace varchar, class varchar, valid_from timestamptz,
  object_id varchar,           -- objectName
  configuration varchar,       -- Go's json.Marshal of the provider's struct, to the byte
  object varchar,              -- canonical reference
  field varchar                -- secretKey; null: the whole answer is the content
);

-- Flags of events (truncated, contradiction, duplicate_key, …): how many, from when until when.
create table log_flag (
  source varchar, cluster varchar, flag varchar, events bigint, first_at timestamptz, last_at timestamptz
);

-- From when until when the records of a stream were written.
create table log_span (
  source varchar, cluster varchar, stream varchar, first_at timestamptz, last_at timestamptz
);

-- Where a log was silent: candidates for gaps, between which and its rhythm the queries decide by their
-- parameters. Distances of less than a minute, and of less than twice the rhythm, are not kept.
create table log_silence (
  source varchar, cluster varchar,
  kind varchar,                -- between_streams | whole_log | one_stream (others went on) | one_resource (head or tail)
  stream varchar,              -- of one_stream
  resource varchar, access varchar,      -- of one_resource, as in log_level
  first_at timestamptz, last_at timestamptz,   -- the last record before it, the first one after
  seconds double,
  usual_seconds double         -- the log's own rhythm; null: too few records tell it
);

-- Batches with records that could not be read: what they said, and when exactly, is unknown.
create table log_damage (
  source varchar, cluster varchar, stream varchar, records bigint, first_at timestamptz, last_at timestamptz
);

-- Messages of a topic that were never fetched: which logs they belonged to is told by the others of their stream.
create table log_loss (
  source varchar, cluster varchar, stream varchar, topic varchar, "partition" integer,
  kind varchar,                -- gap: the broker removed them | made_anew: the partition is read no further
  messages bigint,
  first_at timestamptz, last_at timestamptz
);

-- From when until when a log showed a resource at one level of the audit policy.
create table log_level_span (
  source varchar, cluster varchar, resource varchar, access varchar,
  level varchar,               -- the lowest, where several alternate
  is_mixed boolean,
  valid_from timestamptz, valid_to timestamptz,   -- a later level begins where it is first seen; the outer ones are open
  records bigint, truncated bigint
);

-- How far the clock of a provider's log is before that of a cluster's, from pairs of requests.
create table clock_offset (
  cluster varchar, instance varchar,
  basis varchar,               -- token: issued, then used to log in | mount: login, then the write of the mount status
  pairs bigint,
  offset_seconds double,       -- median of provider's time minus cluster's time
  low_seconds double, high_seconds double,     -- the tenth and the ninetieth of a hundred
  first_at timestamptz, last_at timestamptz
);

-- Where workloads log in to a provider: what its log shows, and what classes and stores of clusters name.
create table auth_mount_use (
  instance varchar,            -- null: no log of a provider shows a login there
  auth_mount varchar,
  cluster varchar,             -- whose landed classes, stores or pods tell it; null: none does
  accounts bigint,             -- service accounts that logged in or read
  first_at timestamptz, last_at timestamptz,   -- when they did
  address varchar              -- of the provider, where a class or store states it
);

-- What bindings grant: one row a subject, rule and unbroken interval, as the RBAC authorizer reads it
-- (kubernetes pkg/registry/rbac/validation/rule.go). Subjects are by user or group name: a ServiceAccount
-- is system:serviceaccount:<namespace>:<name>.
create table role_grant (
  cluster varchar,
  subject_kind varchar,        -- user | group
  subject varchar,
  namespace varchar,           -- null: cluster-wide, and the only one that reaches cluster-scoped resources
  verbs varchar[], api_groups varchar[], resources varchar[],
  resource_names varchar[],    -- empty: all names
  binding varchar,             -- RoleBinding <namespace>/<name> | ClusterRoleBinding <name> | system:masters
  role varchar,                -- Role <namespace>/<name> | ClusterRole <name>
  valid_from timestamptz,      -- null: always (system:masters, which no object grants)
  valid_to timestamptz,
  seen_first boolean,          -- it may be older: a snapshot or a change showed it first, no creation
  grade varchar,               -- matched | inferred (time of a dump) | candidate (a write without its body lies between)
  binding_evidence varchar[], role_evidence varchar[]
);

-- Bindings that may grant something, nobody can tell what: their role or their subjects were not logged.
create table role_grant_gap (
  cluster varchar,
  subject_kind varchar, subject varchar,   -- null: anybody
  namespace varchar,           -- null: cluster-wide
  binding varchar, role varchar,
  valid_from timestamptz, valid_to timestamptz,
  reason varchar,              -- subjects not logged | role not logged | rules not logged
  evidence varchar[]
);

-- How the driver and its providers were configured: one row a setting, object and unbroken interval.
create table driver_setting (
  cluster varchar,
  setting varchar,             -- driver_version | provider_version | rotation_enabled | rotation_poll_interval
                               -- | requires_republish | sync_secret
  provider varchar,            -- of a provider's workload
  object varchar,              -- what states it: csidriver <name> | driver [<namespace>/]<name> | provider <namespace>/<name>
  value varchar,
  valid_from timestamptz, valid_to timestamptz,
  used_from timestamptz,       -- the first one known stands for the time before it too, and then is inferred
  grade varchar, evidence varchar[]
);

-- What people state of workloads: purpose, owner of the access review, day of the last one.
create table stewardship (
  cluster varchar,             -- null: any
  namespace varchar,
  pod_id varchar, workload varchar, class varchar,   -- null: any; workload as Kind/name
  attribute varchar,           -- purpose | review_owner | reviewed_on
  value varchar,
  valid_from timestamptz, valid_to timestamptz, used_from timestamptz,
  preference integer,          -- 1 pod label, 2 pod annotation, 3 and 4 of the workload, 5 to 7 custody.yaml
  rule varchar, grade varchar, evidence varchar[]
);

-- Mounts: one row a pod, SecretProviderClass and interval in which every object kept its version, with
-- everything as of its beginning.
create table mount (
  mount_id varchar,            -- hash of cluster, pod, class and valid_from
  cluster varchar, namespace varchar,
  pod_id varchar,              -- its uid, or what stands for it where no log gives one
  pod varchar,
  class varchar,
  valid_from timestamptz, valid_to timestamptz,
  grade varchar,               -- null: the spec asks for it, and nothing shows that it came about
  node varchar, service_account varchar,
  owner varchar, workload varchar,                -- Kind/name: the pod's own owner, and the uppermost
  volumes varchar[], target_paths varchar[],
  containers struct(container varchar, kind varchar, path varchar, sub_path varchar)[],   -- those that mount it; null: no spec
  pod_containers varchar[],
  shares_processes boolean,
  node_reach varchar,          -- why this pod reaches its node, where it does
  class_revision timestamptz, class_grade varchar, provider varchar, parameters json,
  sync struct(secret varchar, type varchar, keys struct("key" varchar, object varchar)[])[],   -- null: the class is not known whole
  login struct(role varchar, auth_mount varchar, identity varchar, address varchar),
  user_agent varchar,          -- of the write of the mount status
  objects struct(id varchar, object varchar, field varchar, reported_version varchar, version varchar,
    version_grade varchar, version_rule varchar, version_evidence varchar[])[],
  statements struct(field varchar, rule varchar, "at" timestamptz, grade varchar, evidence varchar[])[],
  events struct(event varchar, "at" timestamptz, actor varchar, evidence varchar[])[]
);

-- Containers that take a Secret which a class or an operator fills.
create table secret_use (
  cluster varchar, namespace varchar, secret varchar,
  pod_id varchar, pod varchar, workload varchar,
  kind varchar,                -- env | env_from | volume | projected | image_pull
  container varchar, "key" varchar, is_sub_path boolean,
  first_at timestamptz, last_at timestamptz,
  grade varchar, evidence varchar[]
);

-- Pods beside them whose spec no log has.
create table unread_pod (
  cluster varchar, namespace varchar, pod_id varchar, pod varchar, first_at timestamptz, last_at timestamptz
);

-- As whom a service account may be known at a provider, by what was landed of it: one row an account, identity,
-- statement and unbroken interval.
create table provider_account (
  provider varchar,
  identity varchar,            -- as the provider's log calls it: a role's ARN, an application id, an e-mail address
  kind varchar,                -- trust | pod_identity | federated_credential | workload_identity_user
  statement varchar,           -- what says it
  auth_mount varchar,          -- what vouches for the account
  cluster varchar,             -- null: no landed cluster has such an account
  namespace varchar, service_account varchar,     -- of such: * is any text, ? any one letter
  valid_from timestamptz, valid_to timestamptz,
  used_from timestamptz,       -- the first one known stands for the time before it too, and then is inferred
  grade varchar,               -- matched | inferred (time of a dump; no log tells the cluster, and one alone has the account)
                               -- | candidate (several clusters have it, or a condition is not evaluated)
  evidence varchar[]
);
