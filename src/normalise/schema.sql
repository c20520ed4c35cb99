-- The typed facts that sources state (DESIGN.md section 4). Every source maps its events to these tables;
-- everything behind them (src/chain) knows no source.
--
-- Columns that every fact has:
--   "at"      when it happened, UTC (for a snapshot: when it was taken)
--   source    the source that states it
--   cluster   the Kubernetes cluster it belongs to; for provider facts the provider instance is in `instance`
--   actor     identity id that did it, null where the source does not say
--   event_id  the event behind it
--   evidence  evidence ids: the records (and pointers) that show it
--   firm      false where the source can only ever be `inferred` (an object dump without a stated time)

create table fact_pod (
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | observed (status, snapshot) | deleting (graceful delete asked) | removed (final)
  namespace varchar,
  name varchar,                -- null where the record gives only generateName
  uid varchar,                 -- null where the record gives only the name
  created_at timestamptz,      -- metadata.creationTimestamp where stated
  node varchar,
  pod_ips varchar[],
  host_ip varchar,
  service_account varchar,
  owner_kind varchar, owner_name varchar, owner_uid varchar,   -- the controller, else the first ownerReference
  csi_volumes struct(volume varchar, driver varchar, secret_provider_class varchar)[],
  containers struct(name varchar, kind varchar, image varchar, mounts struct(volume varchar, path varchar, sub_path varchar)[])[],
  mutated boolean,             -- an admission webhook changed it and only the request was logged
  -- What it reads of Kubernetes Secrets; kind: env | env_from | volume | projected | image_pull. A volume has
  -- an entry per container that mounts it, and one without a container where none does; image_pull has no
  -- container, the kubelet uses it. key is the single key taken, else null. Null where the spec is not logged.
  secret_references struct(kind varchar, secret varchar, container varchar, volume varchar, "key" varchar,
    path varchar, sub_path varchar)[],
  share_process_namespace boolean,
  host_paths struct(volume varchar, path varchar)[],
  privileged_containers varchar[],
  host_pid boolean,
  -- The containers that run, where the status is logged.
  container_states struct(name varchar, container_id varchar, restart_count integer, started_at timestamptz)[],
  labels json, annotations json
);

create table fact_pod_binding (   -- pods/binding create: the Metadata-level source of (pod name, pod uid, node)
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  namespace varchar, name varchar, uid varchar, node varchar
);

create table fact_workload (      -- Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  kind varchar, namespace varchar, name varchar, uid varchar,
  owner_kind varchar, owner_name varchar, owner_uid varchar,
  labels json, annotations json
);

create table fact_service_account (
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar, namespace varchar, name varchar, uid varchar
);

create table fact_token (         -- TokenRequest answered with success
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  jti varchar,                 -- without the JTI= prefix
  namespace varchar, service_account varchar,
  pod_name varchar, pod_uid varchar,      -- boundObjectRef of kind Pod
  audiences varchar[], expires_at timestamptz,
  credential varchar,          -- jti of the token that asked for it; null: another credential, or not logged
  credential_pod_uid varchar   -- the pod that token is bound to
);

create table fact_token_use (     -- the first request of a token that names the pod it is bound to
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  pod_name varchar, pod_uid varchar, node varchar
);

create table fact_secret_provider_class (   -- a revision: valid from `at` to the next row of the same cluster, namespace, name
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  complete boolean,            -- false where only a patch was logged: what it left unsaid is unknown
  namespace varchar, name varchar, uid varchar,
  provider varchar,
  parameters json,             -- spec.parameters with YAML strings inside (objects, …) turned into JSON under the same key
  secret_objects json
);

create table fact_mount_status (  -- a write of a SecretProviderClassPodStatus
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  effective boolean,           -- false for a create answered with 409 (driver 1.6 writes it before each update)
  has_body boolean,            -- false where the policy logged metadata only: name known, versions not
  namespace varchar, name varchar, uid varchar,
  pod_name varchar, pod_uid varchar, secret_provider_class varchar, node varchar, target_path varchar,
  user_agent varchar,
  writer_is_driver boolean,    -- null where unknown; a write by anybody else is a finding, not a mount
  objects struct(id varchar, version varchar)[]
);

create table fact_mount_log (     -- what the driver or a provider says of a volume in its own log
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- published (the whole mount is done) | unpublished | object (a file was given to the driver)
  namespace varchar, pod_name varchar,   -- of published alone
  pod_uid varchar, volume varchar,
  target_path varchar,
  file varchar                 -- of an object: the file's name, or the item's path, as the provider says it
);

create table fact_kubernetes_secret (   -- a write or an observation of a Secret
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  effective boolean,           -- false for a create answered with 409 and for a dry run
  has_body boolean,            -- false where the log has no object: name known, values not; always for deleted
  namespace varchar,
  name varchar,                -- null where all of the namespace were deleted at once and no answer names them
  uid varchar,
  type varchar, labels json, annotations json,
  owner_kind varchar, owner_name varchar, owner_uid varchar,   -- the controller, else the first ownerReference
  -- The fingerprint of each value, redacted:hmac-sha256:…, of the decoded value where it was base64, so that
  -- equal values are equal. Null where no values are logged; a null value inside is a key that a patch removes,
  -- or one whose value has no fingerprint.
  field_values map(varchar, varchar),
  metadata_only boolean,       -- a patch without data: no new value; null where no body says so
  user_agent varchar,
  writer varchar               -- driver | external_secrets | vault_secrets_operator | secret_sync | null
);

create table fact_kubernetes_secret_read (   -- only what was answered; denied requests are in `event` alone
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  verb varchar,                -- get | list | watch
  namespace varchar,           -- null: all of them
  name varchar,                -- null: all of the namespace; a field selector metadata.name counts as a name
  label_selector varchar, field_selector varchar,
  ended_at timestamptz,        -- the end of a watch where it is logged
  actor_class varchar, impersonated_as varchar, source_ips varchar[], user_agent varchar,
  credential varchar,          -- jti of the service-account token that asked; null: another, or not logged
  metadata_only boolean        -- true: PartialObjectMetadata or a Table was answered; null: the answer is not logged
);

create table fact_pod_access (    -- somebody in a pod, or reaching it
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  kind varchar,                -- exec | attach | ephemeral_container | port_forward | logs | proxy | service_proxy
  namespace varchar, pod_name varchar, pod_uid varchar,
  service varchar,             -- of a service_proxy: the Service, behind which any of its pods answered
  container varchar,           -- null: the default container, or unknown
  command varchar[],
  target_container varchar,    -- of an ephemeral container: whose processes it shares
  ended_at timestamptz,
  actor_class varchar, impersonated_as varchar, source_ips varchar[], user_agent varchar,
  credential varchar           -- as of fact_kubernetes_secret_read
);

create table fact_node_access (   -- the kubelet's own API, reached through the API server
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  kind varchar,                -- proxy
  node varchar, path varchar,
  actor_class varchar, impersonated_as varchar, source_ips varchar[], user_agent varchar,
  credential varchar           -- as of fact_kubernetes_secret_read
);

create table fact_role (
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  kind varchar,                -- Role | ClusterRole
  namespace varchar, name varchar, uid varchar,
  rules json,                  -- null where they are not logged
  aggregation json,            -- clusterRoleSelectors
  labels json,
  complete boolean             -- false where only a patch or a name was logged: what it left unsaid is unknown
);

create table fact_role_binding (
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  kind varchar,                -- RoleBinding | ClusterRoleBinding
  namespace varchar, name varchar, uid varchar,
  role_kind varchar, role_name varchar,
  subjects struct(kind varchar, name varchar, namespace varchar)[],   -- null where they are not logged
  complete boolean             -- false where only a patch or a name was logged
);

create table fact_group_membership (   -- a user seen with groups, once per cluster, user and groups: the first time
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  groups varchar[]
);

create table fact_driver_configuration (
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  kind varchar,                -- csidriver | driver | provider
  namespace varchar, name varchar,
  image varchar, version varchar,        -- version: the tag of the image
  provider varchar,            -- vault | openbao | aws | azure | gcp | akeyless | conjur, of a provider's workload
  rotation_enabled boolean, rotation_poll_interval varchar,   -- the driver's flags
  requires_republish boolean, token_requests json,            -- of the CSIDriver object
  sync_secret boolean          -- null where the source does not say
);

create table fact_secret_copy (   -- a declaration that makes an operator copy provider objects into a Secret
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  kind varchar,                -- ExternalSecret | ClusterExternalSecret | VaultStaticSecret | VaultDynamicSecret | SecretSync | …
  namespace varchar, name varchar, uid varchar,
  target_secret varchar,
  objects varchar[],           -- canonical references, where the declaration and its store tell them
  refresh_interval varchar,
  complete boolean,            -- false where only a patch or a name was logged
  secret_provider_class varchar,         -- of a SecretSync: the class that names the objects
  -- What an ExternalSecret asks of which store; secret-copies.sql turns it into `objects`.
  store_keys struct(store_kind varchar, store_name varchar, "key" varchar)[]
);

create table fact_secret_store (  -- SecretStore and ClusterSecretStore of External Secrets: what their keys mean
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- created | changed | deleted | observed
  kind varchar, namespace varchar, name varchar, uid varchar,
  provider varchar,            -- as the store names it: vault | aws | azurekv | gcpsm | akeyless | conjur | kubernetes | …
  settings json                -- of that provider
);

create table fact_stewardship (   -- an entry of a team's custody.yaml
  "at" timestamptz, source varchar, cluster varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  team varchar,                -- whose file it is: its next one replaces it
  namespace varchar, workload varchar, class varchar,   -- workload as Kind/name; null: all of the namespace
  purpose varchar, review_owner varchar, reviewed_on date
);

create table fact_provider_login (
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  provider varchar, instance varchar, provider_namespace varchar,
  session varchar,             -- Vault: HMAC of the accessor as logged; null where none
  auth_mount varchar,          -- without auth/ and slashes at the ends
  auth_method varchar,         -- kubernetes | jwt | oidc | approle | userpass | … as far as the log says
  role varchar,
  namespace varchar, service_account varchar, service_account_uid varchar,
  pod_name varchar, pod_uid varchar, jti varchar,     -- JWT claim_mappings only
  entity varchar, display_name varchar,
  succeeded boolean,
  address varchar, user_agent varchar, request_id varchar,
  client_token varchar,        -- HMAC as logged
  parent_session varchar,      -- the session that asked, of a token made from a token
  credential varchar           -- id of what was shown to log in: key, certificate, federated credential; no secret
);

create table fact_provider_read ( -- a successful read of values; reads of metadata alone are in `event` only
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  provider varchar, instance varchar,
  object varchar,              -- canonical reference, DESIGN.md section 5
  version varchar,             -- null where the log does not say
  version_grade varchar,       -- inferred: a record beside the read tells the version; candidate: asked for by a name that
                               -- may be any version's; null: the record tells, or the version of the day was asked for
  fields varchar[],            -- names of the fields returned
  field_values map(varchar, varchar),   -- HMAC or fingerprint per field, as logged
  wrapped boolean,             -- the answer was response-wrapped: the reader has not seen the value
  session varchar, auth_mount varchar, auth_method varchar, role varchar,
  namespace varchar, service_account varchar, service_account_uid varchar,
  pod_name varchar, pod_uid varchar, jti varchar,
  entity varchar, display_name varchar,
  actor_class varchar,         -- human | workload | platform | node
  address varchar, user_agent varchar, request_id varchar,
  token_issued_at timestamptz
);

create table fact_provider_version (
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  provider varchar, instance varchar, object varchar, version varchar,   -- version null: the log hides which
  -- declared (the object was made and has no version yet) | created | promoted | demoted | disabled | deleted | restored |
  -- destroyed | metadata_deleted
  action varchar,
  field_values map(varchar, varchar)
);

create table fact_provider_policy ( -- what a policy gives, or that it was changed; it lasts until something else is stated of it
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  action varchar,              -- observed | built_in | changed | deleted
  provider varchar, instance varchar, provider_namespace varchar,
  policy varchar,
  -- Null: what it says is not known. Of the rules that match an object, those of the highest priority decide; deny
  -- comes before allow. `pattern`: of the reference without provider, instance and namespace, the whole of it.
  rules struct(
    pattern varchar,
    applies_to varchar,        -- versioned | unversioned | any object; of clouds the action that reads, as they name it
    effect varchar,            -- allow | deny | none: matches, and gives no read
    priority varchar,
    conditional boolean,       -- something else has to hold as well, which is not evaluated
    other_than varchar,        -- a pattern of what is left out
    principals varchar[],      -- whom it is about, * for anybody; null: whoever has the policy
    other_principals varchar[] -- whom it leaves out of these
  )[]
);

create table fact_provider_grant ( -- who has policies; it lasts until something else is stated of the same holder and role
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  kind varchar,                -- login: seen in use; role: of service accounts; configured: of the actor
  provider varchar, instance varchar, provider_namespace varchar,
  policies varchar[],
  boundary varchar,            -- a policy that limits what the others give
  actor_class varchar,
  auth_mount varchar, role varchar,
  namespace varchar, service_account varchar,            -- of a login
  namespaces varchar[], service_accounts varchar[]       -- of a role: names, or * for all
);

create table fact_provider_binding ( -- as whom service accounts may be known at a provider; it lasts until the same is stated anew
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  kind varchar,                -- trust | pod_identity | federated_credential | workload_identity_user
  provider varchar, instance varchar,
  statement varchar,           -- what says it, and says all of it
  identity varchar,            -- as the provider's log calls it
  accounts struct(
    auth_mount varchar,        -- what vouches for the account, as logins name it
    subject varchar,           -- system:serviceaccount:<namespace>:<name>; * is any text, ? any one letter
    conditional boolean        -- something else has to hold as well, which is not evaluated
  )[]
);

create table fact_provider_name (    -- another name of an identity or vault: what policies call it, and what logs do
  "at" timestamptz, source varchar, actor varchar, event_id varchar, evidence varchar[], firm boolean,
  provider varchar, instance varchar,
  name varchar,                -- as policies have it
  means varchar                -- as logs have it
);
