/* ---
title: Review of mounts against least privilege, with proof
question: Does each mount express least privilege, is its sync needed, does a rotation need a restart, and what does an attacker in the pod reach?
sources: [k8s_audit, k8s_objects, vault_audit]
severity: medium
attack: [T1552.007, T1078.004, T1611]
params:
  at: { type: timestamp, doc: The time of the review }
  cluster: { type: varchar, default: null, doc: Only this cluster }
  namespace: { type: varchar, default: null, doc: Only this namespace }
  class: { type: varchar, default: null, doc: Only mounts of this SecretProviderClass }
  pod: { type: varchar, default: null, doc: Only mounts of the pod of this name }
misses: >-
  Files that a container mounts and never opens. Whole directories mounted for one file. Subjects that the
  provider's own role admits beyond this account. Reach through the network, through sockets of other
  services, and through rights in Secrets and pods in which no credential is known.
next:
  - "`governance/mounts` shows the record behind a verdict"
  - "`privilege/identity_reach` with the service account shows the same reach over time"
  - "`rotation/restart_needed` tells who needs that restart now"
references:
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
  - https://secrets-store-csi-driver.sigs.k8s.io/known-limitations
  - https://developer.hashicorp.com/vault/docs/auth/kubernetes
  - https://kubernetes.io/docs/concepts/security/rbac-good-practices/
  - https://kubernetes.io/docs/concepts/security/service-accounts/
  - https://kubernetes.io/docs/concepts/security/pod-security-standards/
--- */
with live as (
  select *,
    'system:serviceaccount:' || namespace || ':' || service_account as account,
    flatten(list_transform(
      list_filter(statements, lambda entry: entry.field in ('containers', 'class', 'objects')),
      lambda entry: entry.evidence
    )) as proof
  from mount
  where grade is not null
    and valid_from <= $at::timestamptz
    and (valid_to is null or valid_to > $at::timestamptz)
), asked as (
  select *
  from live
  where ($cluster is null or cluster = $cluster)
    and ($namespace is null or namespace = $namespace)
    and ($class is null or class = $class)
    and ($pod is null or pod = $pod)
), seen as (
  select mount_id, unnest(containers) as entry
  from asked
), synced as (
  select mount_id, cluster, namespace, proof, unnest(sync) as entry
  from asked
), used as (
  select synced.mount_id, synced.entry, secret_use.* exclude (cluster, namespace, grade)
  from synced
  join secret_use
    on synced.cluster = secret_use.cluster
    and synced.namespace = secret_use.namespace
    and synced.entry.secret = secret_use.secret
    and secret_use.first_at <= $at::timestamptz
    and (secret_use.last_at is null or secret_use.last_at > $at::timestamptz)
), unread as (
  select cluster, namespace, ' (pods there whose spec is not logged: ' || count(*) || ')' as note
  from unread_pod
  where first_at <= $at::timestamptz
    and (last_at is null or last_at > $at::timestamptz)
  group by cluster, namespace
), taken as (
  -- The Vault and OpenBao providers name the file after the object; a key of a Secret is fed by its object.
  select mount_id, entry.sub_path as object
  from seen
  union
  select mount_id, fed.object
  from (select mount_id, "key", unnest(entry.keys) as fed from used)
  where "key" is null
     or "key" = fed.key
), whole as (
  select distinct mount_id
  from seen
  where entry.sub_path is null
), own as (
  select mount_id, cluster, account, 'pod:' || cluster || '/' || pod_id as thing
  from asked
  union
  select mount_id, asked.cluster, account, 'kubernetes_secret:' || asked.cluster || '/' || asked.namespace || '/' || unnest(sync).secret
  from asked
  union
  select mount_id, cluster, account, 'provider_object:' || unnest(objects).object
  from asked
), potential as (
  select link.from_id, link.rule, link.evidence, link.document, identity.name as identity, identity.cluster
  from link
  join entity as identity
    on link.to_id = identity.entity_id
  where link.kind = 'could_read'
    and link.valid_from <= $at::timestamptz
    and (link.valid_to is null or link.valid_to > $at::timestamptz)
), names as (
  select mount_id, cluster, unnest([account, 'group:system:authenticated', 'group:system:serviceaccounts',
    'group:system:serviceaccounts:' || namespace]) as identity
  from asked
), neighbour as (
  select asked.mount_id, string_agg(distinct exposure.object || ' (' || exposure.holder.name || ')', ', '
      order by exposure.object || ' (' || exposure.holder.name || ')') as held,
    flatten(list(flatten(list_transform(exposure.links, lambda entry: entry.evidence)))) as evidence
  from asked
  join exposure
    on asked.cluster = exposure.holder.cluster
    and asked.node = exposure.holder.node
    and exposure.holder.kind = 'pod'
    and exposure.holder.id <> asked.pod_id
    and exposure.observed
    and exposure.first_at <= $at::timestamptz
    and (exposure.last_at is null or exposure.last_at > $at::timestamptz)
  group by asked.mount_id
), verdict as (
  select
    mount_id,
    'volume_not_consumed' as rule,
    'no container mounts the volume, and no pod takes a Secret synced from it' || coalesce(note, '') as finding,
    case when note is null then 'medium' else 'low' end as severity,
    proof as evidence,
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret' as document
  from asked
  left join unread using (cluster, namespace)
  where len(containers) = 0
    and mount_id not in (select mount_id from used)
  union all
  select mount_id, 'object_not_consumed', 'no container takes ' || entry.id || coalesce(' (' || entry.object || ')', ''), 'medium', proof,
    'https://developer.hashicorp.com/vault/docs/platform/k8s/csi/configurations'
  from (select *, unnest(objects) as entry from asked)
  where lower(provider) in ('vault', 'openbao')
    and len(containers) > 0
    and mount_id not in (select mount_id from whole)
    and (mount_id, entry.id) not in (select (mount_id, object) from taken)
  union all
  select asked.mount_id, 'account_mounts_other_class',
    'pods of ' || coalesce(other.workload, other.pod) || ' mount ' || other.class || ' with the same account, which this pod does not',
    'medium', list_sort(list_distinct(flatten(list(asked.proof || other.proof)))),
    'https://developer.hashicorp.com/vault/docs/auth/kubernetes'
  from asked
  join live as other
    on asked.cluster = other.cluster
    and asked.namespace = other.namespace
    and asked.service_account = other.service_account
    and coalesce(asked.workload, asked.pod) <> coalesce(other.workload, other.pod)
  where not exists (
      from live as mine
      where mine.cluster = asked.cluster
        and mine.pod_id = asked.pod_id
        and mine.class = other.class
    )
  group by asked.mount_id, coalesce(other.workload, other.pod), other.class
  union all
  select asked.mount_id, 'account_used_without_mount',
    'pods run as ' || any_value(asked.service_account) || ' and do not mount the class: '
      || string_agg(distinct entity.name, ', ' order by entity.name),
    'medium', list_sort(list_distinct(flatten(list(link.evidence)))), 'https://developer.hashicorp.com/vault/docs/auth/kubernetes'
  from asked
  join link
    on link.kind = 'runs_as'
    and link.to_id = 'service_account:' || asked.cluster || '/' || asked.namespace || '/' || asked.service_account
    and link.valid_from <= $at::timestamptz
    and (link.valid_to is null or link.valid_to > $at::timestamptz)
  join entity
    on link.from_id = entity.entity_id
  where not exists (
      from live as mine
      where 'pod:' || mine.cluster || '/' || mine.pod_id = link.from_id
        and mine.class = asked.class
    )
  group by asked.mount_id
  union all
  select mount_id, 'default_account', 'the pod runs as the account that every pod of the namespace gets', 'medium',
    flatten(list_transform(list_filter(statements, lambda entry: entry.field = 'service_account'), lambda entry: entry.evidence)),
    'https://kubernetes.io/docs/concepts/security/service-accounts/'
  from asked
  where service_account = 'default'
  union all
  select synced.mount_id, 'sync_not_consumed', 'no pod takes the Secret ' || entry.secret || coalesce(note, ''),
    case when note is null then 'medium' else 'low' end, proof,
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret'
  from synced
  left join unread using (cluster, namespace)
  where (mount_id, entry.secret) not in (select (mount_id, secret) from used)
  union all
  select asked.mount_id, case when entry.sub_path is null then 'follows_rotation' else 'restart_needed' end,
    case when entry.sub_path is null
      then entry.container || ' reads the files at ' || entry.path || ', which follow a rotation'
      else entry.container || ' mounts ' || entry.sub_path || ' by subPath, which is filled when it starts' end,
    case when entry.sub_path is null then 'info' else 'low' end, proof,
    case when entry.sub_path is null then 'https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation'
      else 'https://secrets-store-csi-driver.sigs.k8s.io/known-limitations' end
  from asked
  join seen using (mount_id)
  union all
  select mount_id,
    case when kind in ('env', 'env_from') or is_sub_path then 'restart_needed' else 'follows_rotation' end,
    pod || coalesce('/' || container, '') || ' takes the Secret ' || secret || case
      when is_sub_path then ' by subPath, which is filled when it starts'
      when kind in ('env', 'env_from') then ' as environment, which is filled when it starts'
      when kind = 'image_pull' then ' to pull images, anew each time'
      else ' as volume, which follows a rotation'
    end,
    case when kind in ('env', 'env_from') or is_sub_path then 'low' else 'info' end,
    evidence, 'https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets'
  from used
  union all
  select own.mount_id, 'readable_by_others', own.thing || ' may be read by ' || string_agg(distinct identity, ', ' order by identity),
    'medium', list_sort(list_distinct(flatten(list(potential.evidence)))), min(document)
  from own
  join potential
    on own.thing = potential.from_id
    and own.cluster = potential.cluster
    and own.account <> potential.identity
  group by own.mount_id, own.thing
  union all
  select names.mount_id, 'injection_reaches', 'whoever speaks as the pod reaches ' || potential.from_id || ' (' || potential.rule || ')', 'high',
    list_sort(list_distinct(flatten(list(potential.evidence)))), min(document)
  from names
  join potential
    on names.cluster = potential.cluster
    and names.identity = potential.identity
  where (names.mount_id, potential.from_id) not in (select (mount_id, thing) from own)
  group by names.mount_id, potential.from_id, potential.rule
  union all
  select names.mount_id, 'right_too_wide',
    binding || ' lets the account ' || array_to_string(verbs, ', ') || ' every ' || array_to_string(resources, ', ')
      || coalesce(' in ' || role_grant.namespace, ' in every namespace'),
    'high', list_sort(list_distinct(flatten(list(binding_evidence || role_evidence)))),
    'https://kubernetes.io/docs/concepts/security/rbac-good-practices/'
  from names
  join role_grant
    on names.cluster = role_grant.cluster
    and names.identity = case subject_kind when 'group' then 'group:' || subject else subject end
  where len(resource_names) = 0
    and list_has_any(api_groups, ['*', ''])
    and list_has_any(resources, ['*', 'secrets'])
    and list_has_any(verbs, ['*', 'get', 'list', 'watch'])
    and (role_grant.valid_from is null or role_grant.valid_from <= $at::timestamptz)
    and (role_grant.valid_to is null or role_grant.valid_to > $at::timestamptz)
  group by names.mount_id, binding, verbs, resources, role_grant.namespace
  union all
  select mount_id, 'containers_reach', case
      when shares_processes then 'processes are shared, so each of these reaches the files: ' || array_to_string(pod_containers, ', ')
      else 'each of these reads the files: ' || array_to_string(list_sort(list_distinct(list_transform(containers, lambda entry: entry.container))), ', ')
    end, 'low', proof,
    case when shares_processes then 'https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/'
      else 'https://kubernetes.io/docs/concepts/storage/volumes/' end
  from asked
  where len(list_distinct(list_transform(containers, lambda entry: entry.container))) > 1
     or (shares_processes and len(pod_containers) > 1)
  union all
  select asked.mount_id, 'escape_reaches',
    coalesce(node_reach || ': ', 'an escape needs a fault of the runtime: ') || 'node ' || asked.node || ' is reached'
      || coalesce(', and on it ' || held, ''),
    case when node_reach is null then 'info' else 'high' end,
    list_sort(list_distinct(asked.proof || coalesce(neighbour.evidence, []))),
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/'
  from asked
  left join neighbour using (mount_id)
  where node_reach is not null
     or held is not null
)
select
  asked.cluster,
  asked.namespace,
  asked.pod,
  asked.class,
  verdict.rule,
  verdict.finding,
  verdict.severity,
  list_sort(list_distinct(verdict.evidence)) as evidence,
  verdict.document
from verdict
join asked using (mount_id)
order by asked.cluster, asked.namespace, asked.pod, asked.class, list_position(['high', 'medium', 'low', 'info'], verdict.severity),
  verdict.rule, verdict.finding, asked.mount_id
