/* ---
title: Governance record of each mount
question: What is each mount (driver, provider, class, objects, identity, sync, rotation, RBAC, review, purpose), and which record states it?
sources: [k8s_audit, k8s_objects, vault_audit, provider_objects, custody_yaml]
severity: info
attack: []
params:
  cluster: { type: varchar, default: null, doc: Only this cluster }
  namespace: { type: varchar, default: null, doc: Only this namespace }
  class: { type: varchar, default: null, doc: Only mounts of this SecretProviderClass }
  pod: { type: varchar, default: null, doc: Only mounts of the pod of this name }
  since: { type: timestamp, default: null, doc: Only mounts that were there at or after this time }
  until: { type: timestamp, default: null, doc: Only mounts that were there at or before this time }
misses: >-
  What no landed record states is null and listed in `missing` with what would state it. A setting, class or
  statement first seen after the mount stands for it with grade inferred and its own time. Which of several
  roles that let the account in is annotated on its ServiceAccount: all are listed, and none is `role`.
next:
  - "`governance/verdicts` judges the same mounts"
  - "`rotation/not_effective` tells where rotation is switched on and does nothing"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/concepts
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
  - https://developer.hashicorp.com/vault/docs/platform/k8s/csi/configurations
  - https://openbao.org/docs/platform/k8s/csi/configurations/
  - https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/
  - https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrating_ascp_pod-id.html
--- */
with asked as (
  select *,
    'system:serviceaccount:' || namespace || ':' || service_account as account,
    nullif(regexp_extract(user_agent, '^csi-secrets-store/(?:[a-z]+/)?(v?[0-9][^ ]*)', 1), '') as told_version
  from mount
  where ($cluster is null or cluster = $cluster)
    and ($namespace is null or namespace = $namespace)
    and ($class is null or class = $class)
    and ($pod is null or pod = $pod)
    and ($until is null or valid_from <= $until::timestamptz)
    and ($since is null or valid_to is null or valid_to >= $since::timestamptz)
), setting as (
  -- Where two objects state it differently (a DaemonSet a kind of node), none is chosen.
  select
    mount_id,
    setting,
    case when count(distinct value) = 1 then min(value) end as value,
    min(struct_pack(
      field := setting, rule := object, "at" := driver_setting.valid_from,
      grade := case when driver_setting.valid_from > asked.valid_from then 'inferred' else driver_setting.grade end,
      evidence := evidence
    )) as statement
  from asked
  join driver_setting
    on asked.cluster = driver_setting.cluster
    and asked.valid_from >= driver_setting.used_from
    and (driver_setting.valid_to is null or asked.valid_from < driver_setting.valid_to)
    and (setting <> 'provider_version' or driver_setting.provider = lower(asked.provider))
  group by mount_id, setting
), configured as (
  select
    mount_id,
    map_from_entries(list(struct_pack(k := setting, v := value))) as settings,
    list(statement order by setting) filter (where value is not null) as statements
  from setting
  group by mount_id
), stewarded as (
  select
    mount_id,
    attribute,
    arg_min(
      struct_pack(value := value, rule := rule, "at" := stewardship.valid_from, evidence := evidence,
        grade := case when stewardship.valid_from > asked.valid_from then 'inferred' else stewardship.grade end),
      struct_pack(preference := preference, rule := rule, value := value, evidence := evidence)
    ) as stated
  from asked
  join stewardship
    on asked.namespace = stewardship.namespace
    and (stewardship.cluster is null or asked.cluster = stewardship.cluster)
    and (stewardship.pod_id is null or asked.pod_id = stewardship.pod_id)
    and (stewardship.workload is null or stewardship.workload in (asked.workload, asked.owner))
    and (stewardship.class is null or asked.class = stewardship.class)
    and asked.valid_from >= stewardship.used_from
    and (stewardship.valid_to is null or asked.valid_from < stewardship.valid_to)
  group by mount_id, attribute
), answered as (
  select
    mount_id,
    map_from_entries(list(struct_pack(k := attribute, v := stated.value))) as words,
    list(
      struct_pack(
        field := case attribute when 'purpose' then 'purpose' when 'review_owner' then 'access_review_owner' else 'last_access_review' end,
        rule := stated.rule, "at" := stated.at, grade := stated.grade, evidence := stated.evidence
      )
      order by attribute
    ) as statements
  from stewarded
  group by mount_id
), reaching as (
  select
    asked.mount_id,
    struct_pack(binding := binding, role := role, namespace := role_grant.namespace, verbs := verbs, resources := resources,
      resource_names := resource_names, grade := role_grant.grade,
      evidence := list_sort(list_distinct(binding_evidence || role_evidence))) as held
  from asked
  join role_grant
    on asked.cluster = role_grant.cluster
    and (role_grant.valid_from is null or role_grant.valid_from <= asked.valid_from)
    and (role_grant.valid_to is null or role_grant.valid_to > asked.valid_from)
    and subject = case subject_kind
      when 'user' then asked.account
      else list_filter(
        ['system:authenticated', 'system:serviceaccounts', 'system:serviceaccounts:' || asked.namespace],
        lambda name: name = subject
      )[1]
    end
    and (
      (list_has_any(api_groups, ['*', '']) and list_has_any(resources, ['*', 'secrets']))
      or (
        list_has_any(api_groups, ['*', 'secrets-store.csi.x-k8s.io'])
        and list_has_any(resources, ['*', 'secretproviderclasses', 'secretproviderclasspodstatuses'])
      )
    )
), bound as (
  select mount_id, list(held order by held.namespace nulls first, held.binding, held.role, held) as held
  from reaching
  group by mount_id
), identity as (
  -- With usePodIdentity the provider of AWS asks EKS for keys, else STS with the token of the account.
  select
    asked.mount_id,
    struct_pack(
      identity := provider_account.identity, kind := provider_account.kind, rule := provider_account.statement,
      grade := case
        when provider_account.valid_from > asked.valid_from and provider_account.grade = 'matched' then 'inferred'
        else provider_account.grade
      end,
      "at" := provider_account.valid_from, evidence := provider_account.evidence
    ) as known
  from asked
  join provider_account
    on asked.cluster = provider_account.cluster
    and asked.namespace = provider_account.namespace
    and asked.service_account = provider_account.service_account
    and case lower(asked.provider) when 'gke' then 'gcp' else lower(asked.provider) end = provider_account.provider
    and asked.valid_from >= provider_account.used_from
    and (provider_account.valid_to is null or asked.valid_from < provider_account.valid_to)
  where provider_account.kind <> case when lower(parameters ->> '$.usePodIdentity') = 'true' then 'trust' else 'pod_identity' end
), identified as (
  select
    mount_id,
    list(known order by known.identity, known.rule, known) as identities,
    -- Several are let in, or it is not sure that one is: then which it is, nothing here tells.
    case when count(distinct known.identity) = 1 and bool_or(known.grade <> 'candidate') then min(known.identity) end as only_one
  from identity
  group by mount_id
), bindings_shown as (
  select distinct cluster
  from fact_role_binding
  where action = 'observed'
    and actor is null
), gap as (
  select asked.mount_id, string_agg(distinct role_grant_gap.binding, ', ' order by role_grant_gap.binding) as bindings
  from asked
  join role_grant_gap
    on asked.cluster = role_grant_gap.cluster
    and (role_grant_gap.subject is null or role_grant_gap.subject = asked.account)
    and role_grant_gap.valid_from <= asked.valid_from
    and (role_grant_gap.valid_to is null or role_grant_gap.valid_to > asked.valid_from)
  group by asked.mount_id
), joined as (
  select
    asked.*,
    coalesce(told_version, settings['driver_version']) as driver_version,
    settings['provider_version'] as provider_version,
    settings['rotation_enabled']::boolean as rotation_flag,
    settings['requires_republish']::boolean as requires_republish,
    settings['rotation_poll_interval'] as poll_interval,
    settings['sync_secret']::boolean as sync_installed,
    struct_pack(
      role := nullif(coalesce(parameters ->> '$.roleName', parameters ->> '$.clientID', parameters ->> '$.userAssignedIdentityID',
        parameters ->> '$.akeylessAccessID', parameters ->> '$."conjur.org/authnId"', parameters ->> '$.authnId',
        only_one), ''),
      auth_mount := case when lower(provider) in ('vault', 'openbao') then coalesce(
        nullif(trim(coalesce(parameters ->> '$.vaultAuthMountPath', parameters ->> '$.openbaoAuthMountPath',
          parameters ->> '$.vaultKubernetesMountPath', parameters ->> '$.openbaoKubernetesMountPath'), '/'), ''), 'kubernetes') end,
      address := coalesce(parameters ->> '$.vaultAddress', parameters ->> '$.openbaoAddress', parameters ->> '$.akeylessGatewayURL',
        parameters ->> '$.applianceUrl', parameters ->> '$.keyvaultName'),
      account := coalesce(parameters ->> '$.vaultNamespace', parameters ->> '$.openbaoNamespace', parameters ->> '$.tenantId',
        parameters ->> '$.tenantID', parameters ->> '$.account'),
      login_role := login.role,
      login_auth_mount := login.auth_mount,
      login_identity := login.identity,
      identities := list_transform(coalesce(identified.identities, []),
        lambda entry: struct_pack(identity := entry.identity, kind := entry.kind, grade := entry.grade))
    ) as identity_binding,
    case when bindings_shown.cluster is not null or bound.held is not null then coalesce(bound.held, []) end as held,
    bindings_shown.cluster is null as bindings_unshown,
    gap.bindings as open_bindings,
    words['purpose'] as purpose,
    words['review_owner'] as access_review_owner,
    words['reviewed_on']::date as last_access_review,
    asked.statements
      || case when told_version is not null then list_transform(
        list_filter(asked.statements, lambda entry: entry.field = 'objects'),
        lambda entry: struct_pack(field := 'driver_version', rule := 'mount status: user agent', "at" := entry.at, grade := entry.grade,
          evidence := entry.evidence)) else [] end
      || list_filter(coalesce(configured.statements, []), lambda entry: told_version is null or entry.field <> 'driver_version')
      || list_transform(coalesce(identified.identities, []), lambda entry: struct_pack(field := 'identity_binding.identities',
        rule := entry.rule, "at" := entry.at, grade := entry.grade, evidence := entry.evidence))
      || coalesce(answered.statements, []) as sources
  from asked
  left join configured using (mount_id)
  left join answered using (mount_id)
  left join bound using (mount_id)
  left join bindings_shown using (cluster)
  left join gap using (mount_id)
  left join identified using (mount_id)
), judged as (
  select *,
    -- From 1.6 the kubelet's republish rotates and the flag lets it; before, the flag alone.
    case
      when not rotation_flag then false
      when not regexp_matches(driver_version, '^v?[0-9]+[.][0-9]+') then null
      when list_transform(regexp_extract_all(driver_version, '[0-9]+')[1:2], lambda part: part::integer) < [1, 6] then rotation_flag
      when not requires_republish then false
      else rotation_flag and requires_republish
    end as rotation_effective
  from joined
)
select
  mount_id,
  cluster,
  namespace,
  pod,
  pod_id,
  valid_from as mounted_at,
  valid_to as ended_at,
  owner as pod_owner,
  workload,
  node,
  service_account,
  driver_version,
  provider,
  provider_version,
  class,
  class_revision,
  list_transform(objects, lambda entry: struct_pack(id := entry.id, object := entry.object, field := entry.field,
    reported_version := entry.reported_version, version := entry.version, grade := entry.version_grade, rule := entry.version_rule)) as objects,
  target_paths,
  containers,
  identity_binding,
  struct_pack(installed := sync_installed, secrets := sync) as sync,
  struct_pack(flag := rotation_flag, requires_republish := requires_republish, poll_interval := poll_interval,
    effective := rotation_effective) as rotation,
  held as rbac_bindings,
  access_review_owner,
  last_access_review,
  purpose,
  events,
  sources,
  list_transform(
    list_filter(
      [
        struct_pack(field := 'pod_owner', absent := containers is null and owner is null,
          stated_by := 'pods at level RequestResponse in the audit log, or kubectl get pods -A -o yaml'),
        struct_pack(field := 'service_account', absent := service_account is null,
          stated_by := 'pods at level RequestResponse in the audit log, or kubectl get pods -A -o yaml'),
        struct_pack(field := 'containers', absent := containers is null,
          stated_by := 'pods at level RequestResponse in the audit log, or kubectl get pods -A -o yaml'),
        struct_pack(field := 'driver_version', absent := driver_version is null,
          stated_by := 'the driver''s user agent on the mount status in the audit log, or kubectl get daemonsets -A -o yaml'),
        struct_pack(field := 'provider', absent := provider is null,
          stated_by := 'kubectl get secretproviderclasses -A -o yaml'),
        struct_pack(field := 'provider_version', absent := provider_version is null,
          stated_by := 'kubectl get daemonsets -A -o yaml'),
        struct_pack(field := 'class_revision', absent := class_revision is null,
          stated_by := 'secretproviderclasses at level Request in the audit log, or kubectl get secretproviderclasses -A -o yaml'),
        struct_pack(field := 'objects', absent := len(objects) = 0,
          stated_by := 'secretproviderclasspodstatuses at level Request in the audit log, or kubectl get secretproviderclasspodstatuses -A -o yaml'),
        struct_pack(field := 'objects.reported_version',
          absent := len(list_filter(objects, lambda entry: entry.reported_version is null)) > 0,
          stated_by := 'secretproviderclasspodstatuses at level Request in the audit log, or kubectl get secretproviderclasspodstatuses -A -o yaml'),
        struct_pack(field := 'objects.version', absent := len(list_filter(objects, lambda entry: entry.version is null)) > 0,
          stated_by := 'the audit log of the provider'),
        struct_pack(field := 'target_paths', absent := len(target_paths) = 0,
          stated_by := 'secretproviderclasspodstatuses at level Request in the audit log, or kubectl get secretproviderclasspodstatuses -A -o yaml'),
        struct_pack(field := 'identity_binding.role', absent := identity_binding.role is null,
          stated_by := 'the SecretProviderClass; for AWS aws iam get-account-authorization-details or aws eks describe-pod-identity-association, for Google Cloud gcloud asset search-all-iam-policies'),
        struct_pack(field := 'identity_binding.login', absent := login is null,
          stated_by := 'the audit log of the provider'),
        struct_pack(field := 'sync.installed', absent := sync_installed is null,
          stated_by := 'kubectl get clusterrole secretprovidersyncing-role -o yaml'),
        struct_pack(field := 'sync.secrets', absent := sync is null,
          stated_by := 'kubectl get secretproviderclasses -A -o yaml'),
        struct_pack(field := 'rotation.flag', absent := rotation_flag is null,
          stated_by := 'kubectl get daemonsets -A -o yaml'),
        struct_pack(field := 'rotation.requires_republish', absent := requires_republish is null,
          stated_by := 'kubectl get csidrivers -o yaml'),
        struct_pack(field := 'rotation.poll_interval', absent := poll_interval is null,
          stated_by := 'kubectl get daemonsets -A -o yaml; without the flag the default of the driver holds'),
        struct_pack(field := 'rbac_bindings', absent := bindings_unshown,
          stated_by := 'kubectl get roles,rolebindings,clusterroles,clusterrolebindings -A -o yaml'),
        struct_pack(field := 'rbac_bindings', absent := open_bindings is not null,
          stated_by := 'the roles and subjects of ' || open_bindings),
        struct_pack(field := 'access_review_owner', absent := access_review_owner is null,
          stated_by := 'custody.yaml, or access-review-owner on the workload'),
        struct_pack(field := 'last_access_review', absent := last_access_review is null,
          stated_by := 'custody.yaml, or last-access-review on the workload'),
        struct_pack(field := 'purpose', absent := purpose is null,
          stated_by := 'custody.yaml, or purpose on the workload')
      ],
      lambda entry: entry.absent
    ),
    lambda entry: struct_pack(field := entry.field, stated_by := entry.stated_by)
  ) as missing,
  list_sort(list_distinct(
    flatten(list_transform(events, lambda entry: entry.evidence))
    || flatten(list_transform(sources, lambda entry: entry.evidence))
    || flatten(list_transform(objects, lambda entry: entry.version_evidence))
    || coalesce(flatten(list_transform(held, lambda entry: entry.evidence)), [])
  )) as evidence
from judged
order by cluster, namespace, pod, class, mounted_at, mount_id
