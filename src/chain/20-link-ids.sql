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
create or replace temp macro secret_entity(cluster, namespace, name) as
  'kubernetes_secret:' || cluster || '/' || namespace || '/' || name;
create or replace temp macro object_entity(object) as 'provider_object:' || object;

-- An exposure's id. Names of Secrets, people and nodes are those of one cluster; the uid of a pod is its own.
create or replace temp macro exposure_key(object, version, holder_id, path, first_at) as
  left(sha256(concat_ws(chr(10), object, coalesce(version, ''), holder_id, path, time_text(first_at))), 16);

-- Grades as numbers, 1 the strongest: a chain is as strong as its weakest link.
create or replace temp macro grade_rank(grade) as
  case grade when 'recorded' then 1 when 'matched' then 2 when 'inferred' then 3 else 4 end;
create or replace temp macro grade_name(rank) as ['recorded', 'matched', 'inferred', 'candidate'][rank];
create or replace temp macro weakest(one, other) as grade_name(greatest(grade_rank(one), grade_rank(other)));

create or replace temp macro holder_of(kind, id, class, cluster, namespace, name, service_account, node) as
  struct_pack(
    kind := kind, id := id, class := class, cluster := cluster, namespace := namespace, name := name,
    service_account := service_account, workload := null::varchar, node := node, created_by := null::varchar
  );

-- A Kubernetes user: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#users-in-kubernetes
create or replace temp macro identity_holder(cluster, actor, class) as
  holder_of(
    'identity', actor, coalesce(class, 'human'), cluster,
    nullif(regexp_extract(actor, '^system:serviceaccount:([^:]+):[^:]+$', 1), ''),
    coalesce(nullif(regexp_extract(actor, '^system:serviceaccount:[^:]+:([^:]+)$', 1), ''), actor),
    nullif(regexp_extract(actor, '^system:serviceaccount:[^:]+:([^:]+)$', 1), ''),
    nullif(regexp_extract(actor, '^system:node:(.+)$', 1), '')
  );

-- No end: a time that every other one comes before.
create or replace temp macro never() as timestamptz '9999-01-01 00:00:00Z';

-- What kind of holder a Kubernetes user is, where only its name is known; as the sources tell it.
create or replace temp macro class_of(actor) as
  case
    when starts_with(actor, 'system:node:') then 'node'
    when regexp_matches(actor, '^system:serviceaccount:(kube-|openshift|gke-)') then 'platform'
    when starts_with(actor, 'system:serviceaccount:') then 'workload'
    when starts_with(actor, 'system:') or starts_with(actor, 'eks:') then 'platform'
    when ends_with(actor, '.gserviceaccount.com') then 'workload'
    else 'human'
  end;

-- Claims about a provider cite that provider's documentation.
create or replace temp macro login_document(session) as
  case split_part(session, '/', 1)
    when 'aws' then 'https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html'
    when 'azure' then 'https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins'
    when 'gcp' then 'https://cloud.google.com/iam/docs/audit-logging'
    when 'conjur' then 'https://github.com/cyberark/conjur/blob/master/docs/audit.md'
    when 'akeyless' then 'https://docs.akeyless.io/docs/audit-logs'
    else 'https://developer.hashicorp.com/vault/docs/auth'
  end;

create or replace temp macro mount_login_document(session) as
  case split_part(session, '/', 1)
    when 'aws' then 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html'
    when 'vault' then 'https://developer.hashicorp.com/vault/docs/platform/k8s/csi'
    else login_document(session)
  end;

create or replace temp macro read_document(object) as
  case
    when starts_with(object, 'arn:') or starts_with(object, 'aws:')
      then 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html'
    when starts_with(object, 'https:') then 'https://learn.microsoft.com/azure/key-vault/general/logging'
    when starts_with(object, 'projects/') then 'https://cloud.google.com/secret-manager/docs/audit-logging'
    when starts_with(object, 'conjur:') then 'https://github.com/cyberark/conjur/blob/master/docs/audit.md'
    when starts_with(object, 'akeyless:') then 'https://docs.akeyless.io/docs/audit-logs'
    else 'https://developer.hashicorp.com/vault/docs/audit/schema'
  end;

create or replace temp macro policy_document(object) as
  case
    when starts_with(object, 'arn:') then 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html'
    when starts_with(object, 'https:') then 'https://learn.microsoft.com/azure/key-vault/general/rbac-guide'
    when starts_with(object, 'projects/') then 'https://cloud.google.com/secret-manager/docs/access-control'
    else 'https://developer.hashicorp.com/vault/docs/concepts/policies'
  end;
