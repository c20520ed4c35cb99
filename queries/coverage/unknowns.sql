/* ---
title: What these logs cannot tell, and what to collect
question: Which questions about this credential stay open, why, and which command would close them?
sources: [k8s_audit, k8s_objects, vault_audit, aws_cloudtrail, azure_key_vault, provider_objects]
severity: info
attack: []
params:
  objects: { type: varchar_list, default: null, doc: "Canonical references of the objects; all without" }
  version: { type: varchar, default: null, doc: "Only what concerns this version" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: "Only this cluster, and what belongs to no known one" }
  holders: { type: json, default: null, doc: "Rows of chain/holders that are asked about" }
  standing: { type: boolean, default: true, doc: "Also what no log of this kind ever shows" }
  silence_minutes: { type: integer, default: 5, doc: "A silence of a log is a gap if it is longer than this" }
  rhythm_factor: { type: integer, default: 6, doc: "… and longer than so many times the usual distance of its records" }
  skew_seconds: { type: integer, default: 5, doc: "What the joins between sources allow clocks to be apart" }
  pairs_min: { type: integer, default: 3, doc: "Fewer pairs of requests tell nothing of clocks" }
misses: >-
  Events that the API server dropped (full webhook buffer) leave no mark in the log. Which cluster an auth mount
  belongs to is told by classes, stores of External Secrets and pods, not by the operators' own objects.
next:
  - "`coverage/paths` lists the intervals that are covered"
references:
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
  - https://developer.hashicorp.com/vault/docs/audit
  - https://learn.microsoft.com/azure/key-vault/general/logging
  - https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
  - https://secrets-store-csi-driver.sigs.k8s.io/topics/best-practices
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), asked_holder as (
  select entry.reference, entry.kind, entry.cluster, entry.id
  from (
    select unnest(from_json($holders::json, '[{ "reference": "varchar", "kind": "varchar", "cluster": "varchar", "id": "varchar" }]')) as entry
  ) as listed
), held as (
  select *
  from exposure
  where ($objects is null or object in (select object from asked))
    and ($version is null or version is null or version = $version)
    and ($until is null or first_at <= $until::timestamptz)
    and ($since is null or last_at is null or last_at >= $since::timestamptz)
), log as (
  select
    source,
    cluster,
    min(first_at) as first_at,
    max(last_at) as last_at
  from stream_interval
  where first_at is not null
  group by source, cluster
), kubernetes_log as (
  select cluster, first_at, last_at
  from log
  where source = 'k8s_audit'
), provider_kind as (
  -- Of Azure, each vault has a log of its own: those are asked for below.
  select *
  from (
    values
      ('vault', 'vault_audit', 'Vault or OpenBao audit log',
        'vault audit list -detailed, then the file of every node, rotated ones too: custody ingest --vault-instance NAME /var/log/vault/'),
      ('aws', 'aws_cloudtrail', 'CloudTrail record',
        'aws cloudtrail describe-trails names the bucket; aws s3 sync s3://BUCKET/AWSLogs/ trail; custody ingest trail'),
      ('gcp', 'gcp_audit', 'Google Cloud audit log of Secret Manager',
        'gcloud logging read ''protoPayload.serviceName="secretmanager.googleapis.com"'' --format json > secrets.json; custody ingest secrets.json'),
      ('akeyless', 'akeyless', 'Akeyless log', 'the logs of the account, as log forwarding writes them; custody ingest them'),
      ('conjur', 'conjur', 'Conjur audit log', 'custody ingest /var/log/conjur/audit.json of every node')
  ) as named(provider, source, log, collect)
), concerned_object as (
  select name as object
  from entity
  where kind = 'provider_object'
    and ($objects is null or name in (select object from asked))
), concerned_provider as (
  select distinct
    case
      when regexp_matches(object, '^(arn|aws):') then 'aws'
      when starts_with(object, 'https:') then 'azure'
      when starts_with(object, 'projects/') then 'gcp'
      else string_split(object, ':')[1]
    end as provider
  from (
    select object
    from concerned_object
    union all
    select object
    from asked
  ) as named
), provider_concerned as (
  select *
  from provider_kind
  where provider in (select provider from concerned_provider)
    or provider = 'vault' and not exists (from concerned_provider)
), provider_log as (
  select min(first_at) as first_at, max(last_at) as last_at
  from log
  where source in (select source from provider_concerned)
), auth_mount as (
  select *
  from auth_mount_use
  where $objects is null
    or exists (
      from fact_provider_read
      where fact_provider_read.instance = auth_mount_use.instance
        and fact_provider_read.auth_mount = auth_mount_use.auth_mount
        and object in (select object from asked)
    )
    -- Reads of AWS have a key, and only the login says at whose word it was given.
    or exists (
      from fact_provider_read
      join fact_provider_login
        on fact_provider_read.provider = fact_provider_login.provider
        and fact_provider_read.session = fact_provider_login.session
      where fact_provider_read.auth_mount is null
        and fact_provider_login.auth_mount = auth_mount_use.auth_mount
        and object in (select object from asked)
    )
), gap as (
  -- Told in src/chain/93-log-silences.sql; `coverage/gaps` has the rule.
  select *
  from log_silence
  where seconds > greatest($silence_minutes * 60, $rhythm_factor * usual_seconds)
    and ($until is null or first_at <= $until::timestamptz)
    and ($since is null or last_at >= $since::timestamptz)
), object_word as (
  -- How classes of providers other than Vault's write an object, by its name or by what the log calls it.
  select 'gcp' as provider, regexp_extract(object, '/secrets/[^/]+$') || '/versions/' as word
  from concerned_object
  where starts_with(object, 'projects/')
  union all
  select 'aws', unnest(['"' || name || '"', ':secret:' || name])
  from (
    select coalesce(nullif(regexp_extract(object, ':secret:(.+)-[A-Za-z0-9]{6}$', 1), ''), regexp_extract(object, '^aws:(.+)$', 1)) as name
    from concerned_object
  ) as named
  where name <> ''
  union all
  select 'conjur', '"' || regexp_extract(object, '^conjur:(.+)$', 1) || '"'
  from concerned_object
  where starts_with(object, 'conjur:')
  union all
  -- The slash may be left out.
  select 'akeyless', unnest(['"/' || path || '"', '"' || path || '"'])
  from (
    select regexp_extract(object, '^akeyless:/(.+)$', 1) as path
    from concerned_object
    where starts_with(object, 'akeyless:')
  ) as item
), concerned as (
  select distinct cluster
  from object_configuration
  where $objects is null
    or object in (select object from asked)
  union
  select class.cluster
  from fact_secret_provider_class as class
  join concerned_object
    on lower(trim(class.parameters ->> '$.keyvaultName')) = regexp_extract(concerned_object.object, '^https://([^./]+)[.]', 1)
  union
  select class.cluster
  from fact_secret_provider_class as class
  join object_word
    on lower(class.provider) = object_word.provider
    and contains(class.parameters::varchar, object_word.word)
  union
  select distinct holder.cluster
  from held
  where holder.cluster is not null
  union
  select cluster
  from kubernetes_log
  union
  select cluster
  from auth_mount
  where cluster is not null
), policy_asked as (
  select distinct 'vault' as provider, coalesce(nullif(regexp_extract(object, '^vault:([^!/:]+)!', 1), ''), 'default') as instance
  from concerned_object
  where starts_with(object, 'vault:')
), policy_known as (
  -- What was stated last counts: a write says that there is something else now.
  select provider, instance, policy
  from fact_provider_policy
  group by provider, instance, policy
  having arg_max(rules is not null, struct_pack("at" := "at", is_write := rules is null))
), policy_unknown as (
  select provider, instance, policy, count(distinct actor) as holders
  from (select provider, instance, actor, unnest(policies) as policy from fact_provider_grant) as granted
  where policy <> 'default'
    and not exists (
      from policy_known
      where policy_known.provider = granted.provider
        and policy_known.instance = granted.instance
        and policy_known.policy = granted.policy
    )
  group by provider, instance, policy
), aws_unread as (
  select granted.instance, policy
  from (
    select instance, unnest(policies || [boundary]) as policy
    from fact_provider_grant
    where provider = 'aws'
  ) as granted
  where policy is not null
    and policy not in (select policy from fact_provider_policy where rules is not null)
  group by granted.instance, policy
), aws_account as (
  select
    account,
    account in (select instance from fact_provider_grant where provider = 'aws' and kind = 'configured') as is_printed,
    coalesce((select list(policy) from aws_unread where instance = account), []) as unread
  from (
    select distinct string_split(object, ':')[5] as account
    from concerned_object
    where starts_with(object, 'arn:')
  ) as named
), azure_vault as (
  select distinct regexp_extract(object, '^https://([^/]+)/secrets/', 1) as vault
  from concerned_object
  where regexp_matches(object, '^https://[^/]+/secrets/')
), mount_address as (
  select distinct
    holder.namespace as namespace,
    holder.service_account as service_account,
    unnest(seen_from).ip as ip
  from held
  where path = 'csi_mount'
), status_log as (
  select
    cluster,
    coalesce(bool_or(has_body), false) as has_body
  from fact_mount_status
  where action in ('created', 'changed')
    and writer_is_driver is distinct from false
  group by cluster
), class_named as (
  select distinct cluster, namespace, class
  from (
    select cluster, namespace, secret_provider_class as class
    from fact_mount_status
    union all
    select cluster, namespace, unnest(csi_volumes).secret_provider_class
    from fact_pod
  )
  -- Volumes of other CSI drivers name no class.
  where class is not null
), open_question as (
  select
    1 as place,
    null::varchar as cluster,
    'Which versions were there, which did each pod get, and who read them without a pod?' as question,
    'No ' || log || ' was landed' as why,
    collect
  from provider_concerned
  where source not in (select source from log)
  union all
  select
    1,
    null,
    'Who read the objects of vault ' || vault || ', and which versions were there?',
    'No audit log of this Azure Key Vault was landed',
    'az monitor diagnostic-settings list --resource the id of the vault tells where it goes, if it goes anywhere; then custody ingest the container insights-logs-auditevent, or az monitor log-analytics query -w WORKSPACE --analytics-query AZKVAuditLogs -o json'
  from (
    select distinct regexp_extract(object, '^https://([^./]+)[.]vault[.]', 1) as vault
    from concerned_object
  ) as vaults
  where vault <> ''
    and vault not in (select cluster from log where source = 'azure_key_vault')
  union all
  select
    2,
    concerned.cluster,
    'Which pods of cluster ' || concerned.cluster || ' mounted it, from when until when?',
    'No Kubernetes audit log of this cluster was landed',
    'custody ingest --cluster ' || concerned.cluster || ' /var/log/kubernetes/audit/ (every API server, rotated files too)'
  from concerned
  where concerned.cluster not in (select cluster from kubernetes_log)
  union all
  select
    3,
    null,
    'Which pods mounted it, in any cluster?',
    'No Kubernetes audit log was landed at all',
    'custody ingest --cluster NAME /var/log/kubernetes/audit/ (every API server of each cluster, rotated files too)'
  where not exists (from concerned)
  union all
  select
    4,
    null,
    'Which pods stand behind '
      || case
        when starts_with(auth_mount, 'arn:') then 'keys given to pods of cluster ' || auth_mount
        when starts_with(auth_mount, 'oidc.') then 'tokens of issuer ' || auth_mount
        when ends_with(auth_mount, '.svc.id.goog') then 'identities of pool ' || auth_mount
        else 'auth mount ' || auth_mount || ' of the provider'
      end
      || '?',
    'Service accounts logged in there (' || accounts || ' of them, ' || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ')
      || ' to ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ') || '), and no landed class or log tells which cluster it belongs to',
    case
      when starts_with(auth_mount, 'arn:')
        then 'aws logs filter-log-events --log-group-name /aws/eks/' || regexp_extract(auth_mount, ':cluster/(.+)$', 1)
          || '/cluster --log-stream-name-prefix kube-apiserver-audit holds its Kubernetes audit log'
      when starts_with(auth_mount, 'oidc.')
        then 'aws eks list-clusters, and of each aws eks describe-cluster --name NAME --query cluster.identity.oidc.issuer, tell whose it is'
      when ends_with(auth_mount, '.svc.id.goog')
        then 'gcloud container clusters list --project ' || replace(auth_mount, '.svc.id.goog', '') || ' names the clusters that share it'
      else 'vault read auth/' || auth_mount || '/config names the API server'
    end || '; then custody ingest --cluster NAME its audit log and kubectl get secretproviderclasses -A -o yaml'
  from auth_mount
  where cluster is null
  union all
  select
    4,
    auth_mount_use.cluster,
    'What did pods of cluster ' || auth_mount_use.cluster || ' read at auth mount ' || auth_mount || coalesce(' of ' || address, '') || '?',
    'Pods mount classes that log in there, and no landed log of a provider shows a login at it',
    'vault audit list -detailed at that server, then the file of every node: custody ingest --vault-instance NAME /var/log/vault/'
  from auth_mount_use
  where instance is null
    and exists (from provider_log where first_at is not null)
    and exists (
      from mount
      where mount.cluster = auth_mount_use.cluster
        and mount.login.auth_mount = auth_mount_use.auth_mount
        and mount.grade is not null
        and ($objects is null or list_has_any(list_transform(mount.objects, lambda item: item.object), (select list(object) from asked)))
    )
  union all
  select
    5,
    cluster,
    'Which pods of ' || namespace || ' in cluster ' || cluster || ' answered through the proxy of a Service?',
    count(*) || case when count(*) = 1 then ' request' else ' requests' end || ' of ' || string_agg(distinct actor, ', ' order by actor)
      || ' to services/proxy of ' || string_agg(distinct service, ', ' order by service) || ' between '
      || strftime(min("at"), '%Y-%m-%dT%H:%M:%SZ') || ' and ' || strftime(max("at"), '%Y-%m-%dT%H:%M:%SZ')
      || ', while pods there held it; which pod answered is not logged',
    'kubectl --context=' || cluster || ' get endpointslices -n ' || namespace || ' -o yaml; the access logs of those pods'
  from fact_pod_access as called
  where kind = 'service_proxy'
    and ($since is null or "at" >= $since::timestamptz)
    and ($until is null or "at" <= $until::timestamptz)
    and exists (
      from held
      where held.holder.kind = 'pod'
        and held.holder.cluster = called.cluster
        and held.holder.namespace = called.namespace
        and held.first_at <= called.at
        and (held.last_at is null or held.last_at >= called.at)
    )
  group by cluster, namespace
  union all
  select
    5,
    kubernetes_log.cluster,
    'Which objects and versions did mounts in cluster ' || kubernetes_log.cluster || ' report?',
    'Its audit policy logs mount statuses at level Metadata, so versions come from the provider''s reads only',
    'kubectl get secretproviderclasspodstatuses -A -o json > statuses.json; and a policy rule with level Request for secrets-store.csi.x-k8s.io'
  from kubernetes_log
  join status_log using (cluster)
  where not status_log.has_body
  union all
  select
    6,
    kubernetes_log.cluster,
    'Which pods of cluster ' || kubernetes_log.cluster || ' really mounted it?',
    'Its audit log, ' || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ') || ' to ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ')
      || ', holds no write of a mount status: none was made, or the policy leaves them out',
    'kubectl get secretproviderclasspodstatuses -A -o json > statuses.json; and a policy rule with level Request for secrets-store.csi.x-k8s.io'
  from kubernetes_log
  where cluster not in (select cluster from status_log)
    and exists (
      from class_named
      where class_named.cluster = kubernetes_log.cluster
    )
  union all
  select
    6,
    holder.cluster,
    'Who read the Secrets of cluster ' || holder.cluster || ' that hold it?',
    'Its audit log shows no get, list or watch of any Secret: none was made, or the policy leaves them out',
    'a policy rule with level Metadata for secrets; kubectl auth can-i and custody query run privilege/secret_readers tell who could'
  from held
  where path in ('synced_secret', 'external_copy')
    and holder.cluster in (select cluster from kubernetes_log)
    and not exists (
      from log_level_span
      where log_level_span.cluster = held.holder.cluster
        and resource = 'secrets'
        and access = 'read'
    )
  group by holder.cluster
  union all
  select
    6,
    cluster,
    'Did the pods mount what ' || actor || ' wrote in mount statuses of cluster ' || cluster || '?',
    'It is not known to be the driver: ' || count(distinct event_id) || ' writes between '
      || strftime(min("at"), '%Y-%m-%dT%H:%M:%SZ') || ' and ' || strftime(max("at"), '%Y-%m-%dT%H:%M:%SZ')
      || ' count as no mount',
    'custody query run chain/mount_status_writer_not_driver; kubectl get daemonsets -A -o yaml shows the driver''s account'
  from fact_mount_status
  where action in ('created', 'changed')
    and not writer_is_driver
    and effective
  group by cluster, actor
  union all
  select
    7,
    class_named.cluster,
    'What does SecretProviderClass ' || class_named.namespace || '/' || class_named.class || ' of cluster '
      || class_named.cluster || ' mount?',
    'Pods mount it, and no landed record or snapshot holds its body',
    'kubectl -n ' || class_named.namespace || ' get secretproviderclass ' || class_named.class || ' -o yaml > class.yaml; custody ingest --cluster '
      || class_named.cluster || ' class.yaml'
  from class_named
  where not exists (
    from fact_secret_provider_class as known
    where known.cluster = class_named.cluster
      and known.namespace = class_named.namespace
      and known.name = class_named.class
      and known.parameters is not null
  )
  union all
  select
    8,
    holder.cluster,
    'What are the service account, owner and containers of pod ' || coalesce(holder.namespace || '/' || holder.name, holder.id) || '?',
    'Its creation was not logged with a body',
    'kubectl -n ' || holder.namespace || ' get pod ' || holder.name || ' -o json > pod.json; and a policy rule with level RequestResponse for pods'
  from held
  where holder.kind = 'pod'
    and holder.service_account is null
  group by holder.cluster, holder.namespace, holder.name, holder.id
  union all
  select
    9,
    holder.cluster,
    'Which version did ' || coalesce(holder.namespace || '/' || holder.name, holder.id) || ' hold from '
      || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ') || '?',
    case
      when len(alternatives) > 0 then 'It may have been ' || array_to_string(alternatives, ' or ')
      else 'No read or write of the provider''s log tells'
    end,
    'the provider''s audit log around that time; or, with the leaked value: kubectl -n PROVIDER_NAMESPACE get secret vault-csi-provider-hmac-key -o jsonpath=''{.data.key}'' | base64 -d > key; custody blast-radius --vault-hmac-key-file key --value-stdin'
  from held
  where version is null
    and path in ('csi_mount', 'provider_read', 'synced_secret', 'external_copy', 'secret_env', 'secret_volume')
  union all
  select
    10,
    null,
    'Which process read ' || object || ' as ' || holder.id || '?',
    'It read from ' || array_to_string(list_sort(list_distinct(list_transform(seen_from, lambda seen: coalesce(seen.ip, 'no address')))), ', ')
      || case
        when exists (
          from mount_address
          where mount_address.namespace = held.holder.namespace
            and mount_address.service_account = held.holder.service_account
            and list_contains(list_transform(held.seen_from, lambda seen: seen.ip), mount_address.ip)
        )
          then ', where pods of that account mount it too, but not as a mount that was there then: a session of a pod that is gone, or another client'
        else ', which is no known address of the provider on a node that mounts it then, nor of a pod of that account'
      end,
    'kubectl get pods -A -o wide --field-selector spec.serviceAccountName=' || holder.service_account
      || '; the addresses of the provider''s pods then; flow logs of the network'
  from held
  where path = 'provider_read'
    and holder.kind = 'identity'
    and holder.class = 'workload'
    and holder.service_account is not null
  union all
  select
    10,
    null,
    'Which workload read ' || object || ' as ' || holder.id || '?',
    'The vault''s log names no service account, and no mount explains the read'
      || coalesce('; classes that read as this identity: ' || (
        select string_agg(distinct cluster || ' ' || namespace || '/' || name, ', ' order by cluster || ' ' || namespace || '/' || name)
        from fact_secret_provider_class
        where lower(coalesce(parameters ->> '$.clientID', parameters ->> '$.userAssignedIdentityID')) = lower(held.holder.id)
      ), '')
      || coalesce('; accounts that its federated credentials let in: ' || (
        select string_agg(distinct concat_ws(' ', cluster, namespace || '/' || service_account), ', ' order by concat_ws(' ', cluster, namespace || '/' || service_account))
        from provider_account
        where provider_account.identity = held.holder.id
      ), ''),
    'az identity list and az identity federated-credential list tell which service accounts may be this identity; its sign-ins, and flow logs of the network, from where'
  from held
  where path = 'provider_read'
    and starts_with(object, 'https://')
    and holder.class = 'workload'
  union all
  select
    10,
    null,
    'Which objects did ' || coalesce(actor, 'an unknown identity') || ' read at ' || strftime("at", '%Y-%m-%dT%H:%M:%SZ') || '?',
    'The request named a filter or a path, and its record no object',
    'custody show ' || event_id || ' has the filter; the records of KMS of that minute name what was opened'
  from fact_provider_read
  where object is null
    and provider in (select provider from provider_concerned)
    and ($since is null or "at" >= $since::timestamptz)
    and ($until is null or "at" <= $until::timestamptz)
  union all
  select
    11,
    holder.cluster,
    case count(distinct holder.id)
      when 1 then 'Does the pod of cluster ' || holder.cluster || ' whose mount is open still hold it?'
      else 'Do the ' || count(distinct holder.id) || ' pods of cluster ' || holder.cluster || ' whose mounts are open still hold it?'
    end,
    'The audit log ends at ' || strftime(max(kubernetes_log.last_at), '%Y-%m-%dT%H:%M:%SZ'),
    'custody ingest --cluster ' || holder.cluster || ' the log since then; kubectl get pods -A -o json > pods.json'
  from held
  join kubernetes_log
    on held.holder.cluster = kubernetes_log.cluster
  where end_state = 'open'
    and path in ('csi_mount', 'secret_env', 'secret_volume')
  group by holder.cluster
  union all
  select
    12,
    holder.cluster,
    'When did mounts in cluster ' || holder.cluster || ' end (' || count(distinct holder.id) || ')?',
    'No audit log of the cluster covers them',
    'custody ingest --cluster ' || holder.cluster || ' /var/log/kubernetes/audit/'
  from held
  where end_state = 'unknown'
    and path in ('csi_mount', 'secret_env', 'secret_volume')
  group by holder.cluster
  union all
  select
    13,
    kubernetes_log.cluster,
    'Which pods of cluster ' || kubernetes_log.cluster || ' mounted it before '
      || strftime(kubernetes_log.first_at, '%Y-%m-%dT%H:%M:%SZ') || '?',
    'The audit log begins there; '
      || case
        when min(provider_version.created_at) < kubernetes_log.first_at
          then 'the object had a version since ' || strftime(min(provider_version.created_at), '%Y-%m-%dT%H:%M:%SZ')
        else 'when the first version in use was made is not logged'
      end,
    'older rotated or archived audit logs of cluster ' || kubernetes_log.cluster
  from kubernetes_log
  cross join provider_version
  where ($objects is null or provider_version.object in (select object from asked))
    and ($version is null or provider_version.version = $version)
    and ($since is null or $since::timestamptz < kubernetes_log.first_at)
  group by kubernetes_log.cluster, kubernetes_log.first_at
  having bool_or(provider_version.created_at is null or provider_version.created_at < kubernetes_log.first_at)
  union all
  select
    13,
    kubernetes_log.cluster,
    'Which pods of cluster ' || kubernetes_log.cluster || ' mounted it from '
      || strftime(kubernetes_log.last_at, '%Y-%m-%dT%H:%M:%SZ') || ' to '
      || strftime(provider_log.last_at, '%Y-%m-%dT%H:%M:%SZ') || '?',
    'The audit log ends there, the provider''s goes on: pods that came are not seen, and mounts open then explain reads from their places',
    'custody ingest --cluster ' || kubernetes_log.cluster || ' the log since then (every API server, rotated files too)'
  from kubernetes_log
  cross join provider_log
  -- Logs copied one after the other end some minutes apart.
  where kubernetes_log.last_at + interval 10 minute < provider_log.last_at
    and ($until is null or $until::timestamptz > kubernetes_log.last_at)
  union all
  select
    14,
    null,
    'Who read it before ' || strftime(provider_log.first_at, '%Y-%m-%dT%H:%M:%SZ') || '?',
    'The provider''s audit log begins there, and when a version was made is not in it',
    'older rotated or archived audit logs of the provider'
  from provider_log
  where provider_log.first_at is not null
    and ($since is null or $since::timestamptz < provider_log.first_at)
    and exists (
      from provider_version
      where ($objects is null or provider_version.object in (select object from asked))
        and ($version is null or provider_version.version = $version)
        and provider_version.created_at is null
    )
  union all
  select
    14,
    null,
    'Who read it from ' || strftime(provider_log.last_at, '%Y-%m-%dT%H:%M:%SZ') || ' to '
      || strftime(max(kubernetes_log.last_at), '%Y-%m-%dT%H:%M:%SZ') || ', and which versions came?',
    'The provider''s audit log ends there, Kubernetes audit logs go on',
    'the provider''s audit log since then: custody ingest --vault-instance NAME /var/log/vault/'
  from provider_log
  cross join kubernetes_log
  where provider_log.last_at + interval 10 minute < kubernetes_log.last_at
    and ($until is null or $until::timestamptz > provider_log.last_at)
  group by provider_log.last_at
  union all
  select
    15,
    case when source = 'k8s_audit' then cluster end,
    'What did the truncated events of ' || source || ' ' || cluster || ' hold?',
    events || ' events between ' || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ') || ' and ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ')
      || ' were cut before they were logged: what is missing in them is unknown, not absent',
    'snapshots of what they concern: kubectl get secretproviderclasses,secretproviderclasspodstatuses,pods -A -o json; and --audit-log-truncate-enabled=false'
  from log_flag
  where flag = 'truncated'
  union all
  select
    15,
    null,
    'What came of the requests to ' || cluster || ' that have no response entry?',
    events || ' of them between ' || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ') || ' and ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ')
      || ': lines of the log are missing',
    'the audit log of every node and device of ' || cluster || ', as it was written: custody ingest --vault-instance ' || cluster || ' /var/log/vault/'
  from log_flag
  where flag = 'no_response'
  union all
  select
    15,
    case when source = 'k8s_audit' then cluster end,
    'What did the records of ' || source || ' ' || cluster || ' say that could not be read?',
    sum(records) || ' of them lie between ' || strftime(min(first_at), '%Y-%m-%dT%H:%M:%SZ') || ' and '
      || strftime(max(last_at), '%Y-%m-%dT%H:%M:%SZ'),
    'another copy of that log; custody query run coverage/quarantine_by_reason tells what is wrong with them'
  from log_damage
  where ($until is null or first_at <= $until::timestamptz)
    and ($since is null or last_at >= $since::timestamptz)
  group by source, cluster
  union all
  select
    15,
    case when source = 'k8s_audit' then cluster end,
    'What did the messages of ' || source || ' ' || cluster || ' say that were not fetched from topic ' || topic || '?',
    case kind
      when 'gap' then 'At most ' || sum(messages) || ' were removed by the broker first, between '
      else 'It or its cluster was made anew, and is not read since, between '
    end || strftime(min(first_at), '%Y-%m-%dT%H:%M:%SZ') || ' and ' || strftime(max(last_at), '%Y-%m-%dT%H:%M:%SZ'),
    case kind
      when 'gap' then 'the log where it was written: custody ingest it; and retention.ms of topic ' || topic || ' longer than any outage'
      else 'count up generation of topic ' || topic || ' in custody.yaml, once it is clear why it was made anew'
    end
  from log_loss
  where ($until is null or first_at <= $until::timestamptz)
    and ($since is null or last_at >= $since::timestamptz)
  group by source, cluster, topic, kind
  union all
  select
    13,
    case when source = 'k8s_audit' then cluster end,
    case
      when kind = 'one_resource' then 'Who made a ' || access || ' of ' || resource || ' in cluster '
      when source = 'k8s_audit' then 'What happened in cluster '
      else 'Who read it from provider '
    end || cluster || ' from ' || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ') || ' to ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ') || '?',
    case kind
      when 'between_streams' then 'No landed stream of its audit log has a record in between: a rotated file is missing'
      when 'whole_log' then 'Its audit log runs before and after it, and is silent in between'
      when 'one_stream' then 'A stream of its audit log is silent while others go on: one API server or node, unless they are copies'
      else 'Its audit log shows none there, and shows them steadily otherwise: the policy may have been another'
    end,
    case
      when kind = 'one_resource' then 'the --audit-policy-file of every API server of cluster ' || cluster || ', as it was then'
      when source = 'k8s_audit' then 'the rotated audit logs of that time, of every API server: custody ingest --cluster ' || cluster || ' /var/log/kubernetes/audit/'
      else 'the rotated audit logs of that time, of every node: custody ingest --vault-instance ' || cluster || ' /var/log/vault/'
    end
  from gap
  union all
  select
    14,
    cluster,
    'Which reads of ' || instance || ' belong to which mounts of cluster ' || cluster || '?',
    'The clocks are ' || abs(offset_seconds) || ' seconds apart by ' || pairs || ' pairs of requests, the joins allow '
      || $skew_seconds || ': reads may stand without their mounts',
    'chronyc tracking on the API servers of ' || cluster || ' and on the nodes of ' || instance
  from clock_offset
  where pairs >= $pairs_min
    and abs(offset_seconds) > $skew_seconds
  union all
  select
    15,
    holder.cluster,
    'Who had rights over its Secrets and pods in cluster ' || holder.cluster || '?',
    'No binding of a role there was landed, so nobody can be told to have had the right, nor not to',
    'kubectl get clusterroles,clusterrolebindings -o json > cluster-rights.json; kubectl get roles,rolebindings -A -o json > rights.json; then custody ingest --cluster '
      || holder.cluster || ' --observed-at NOW both, and a policy rule with level RequestResponse for rbac.authorization.k8s.io'
  from held
  where holder.cluster is not null
    and holder.cluster not in (select cluster from role_grant)
    and holder.cluster not in (select cluster from role_grant_gap)
  group by holder.cluster
  union all
  select
    15,
    holder.cluster,
    'Whom does ' || binding || ' of cluster ' || holder.cluster || ' give rights?',
    reason || ': ' || coalesce(role, 'its role'),
    'kubectl get clusterroles,clusterrolebindings -o json > cluster-rights.json; kubectl get roles,rolebindings -A -o json > rights.json; then custody ingest --cluster '
      || holder.cluster || ' --observed-at NOW both'
  from held
  join role_grant_gap
    on held.holder.cluster = role_grant_gap.cluster
    and (role_grant_gap.namespace is null or role_grant_gap.namespace = held.holder.namespace)
  group by holder.cluster, binding, reason, role
  union all
  select
    15,
    null,
    'Who else could read it by the policies of Vault instance ' || instance || '?',
    case
      when instance not in (select instance from fact_provider_policy where action = 'observed')
        then 'No policy of it was landed'
      else 'What these policies say was not landed, or was written anew since: '
        || (select array_to_string((list(policy order by holders desc, policy))[:5], ', ') from policy_unknown
          where policy_unknown.instance = policy_asked.instance)
        || case when count(policy) > 5 then ', …' else '' end
    end,
    'for policy in $(vault policy list); do vault read -format=json sys/policies/acl/$policy; done > policies.json; for role in $(vault list auth/MOUNT/role | tail +3); do vault read -format=json auth/MOUNT/role/$role; done > roles.json; custody ingest --vault-instance '
      || instance || ' --observed-at NOW policies.json roles.json'
  from policy_asked
  left join policy_unknown using (provider, instance)
  group by provider, instance
  having count(policy) > 0
    or instance not in (select instance from fact_provider_policy where action = 'observed')
  union all
  select
    15,
    null,
    'Who else could read it by the policies of AWS account ' || account || '?',
    case
      when not is_printed then 'No print of its users, roles and policies was landed'
      else 'What these policies say was not landed, or could not be read: '
        || array_to_string(list_sort(unread)[:5], ', ') || case when len(unread) > 5 then ', …' else '' end
    end,
    'aws iam get-account-authorization-details > account.json; custody ingest --observed-at NOW account.json'
  from aws_account
  where not is_printed
    or len(unread) > 0
  union all
  select
    15,
    null,
    'Does a policy of ' || object || ' itself give or deny the right to read it?',
    'It was not landed, or could not be read',
    'aws secretsmanager get-resource-policy --secret-id ' || object || ' > resource-policy.json; custody ingest --observed-at NOW resource-policy.json'
  from concerned_object
  where contains(object, ':secretsmanager:')
    and 'resource policy of ' || object not in (select policy from fact_provider_policy where rules is not null)
  union all
  select
    15,
    null,
    'Who could read ' || object || ' by policies of AWS?',
    'Policies name ARNs, and no landed record has the one of this name',
    'aws secretsmanager describe-secret --secret-id NAME tells it; the CloudTrail records of its account name it'
  from concerned_object
  where starts_with(object, 'aws:')
  union all
  select
    15,
    null,
    'Who else could read it by the policies of vault ' || vault || '?',
    'Its access policies, and whether it heeds these or role assignments, were not landed',
    'az keyvault show --name ' || split_part(vault, '.', 1) || ' > vault.json; custody ingest --observed-at NOW vault.json'
  from azure_vault
  where 'access policies of https://' || vault not in (select policy from fact_provider_policy)
  union all
  select
    15,
    null,
    'Who else could read it by role assignments of Azure?',
    'None was landed',
    'az role assignment list --include-inherited --scope $(az keyvault show --name ' || min(split_part(vault, '.', 1))
      || ' --query id --output tsv) > assignments.json; az identity list > identities.json; custody ingest --observed-at NOW both'
  from azure_vault
  where not exists (
    from fact_provider_policy
    where provider = 'azure'
      and not starts_with(policy, 'access policies of ')
  )
  having count(*) > 0
  union all
  select
    15,
    null,
    'Who else could read it by the policies of project ' || project || ' of Google Cloud?',
    'No policy at it was landed',
    'gcloud asset search-all-iam-policies --scope=projects/' || project || ' --format=json > policies.json; gcloud iam service-accounts list --project='
      || project || ' --format=json > accounts.json; custody ingest --observed-at NOW both'
  from (
    select distinct split_part(object, '/', 2) as project
    from concerned_object
    where starts_with(object, 'projects/')
  ) as named
  where project not in (select instance from fact_provider_policy where provider = 'gcp' and policy = 'policy of projects/' || instance)
  union all
  select
    15,
    null,
    'Who else could read it by the policies of ' || name || '?',
    why,
    collect
  from (
    values
      ('aws', 'AWS', 'What stands above an account (SCPs, RCPs), policies of keys and of endpoints, session policies and conditions are not evaluated, nor who could assume a role of a reader, or change a policy',
        'aws organizations list-policies-for-target --target-id ACCOUNT --filter SERVICE_CONTROL_POLICY; aws kms get-key-policy --key-id KEY; aws iam simulate-principal-policy --policy-source-arn ARN --action-names secretsmanager:GetSecretValue --resource-arns ARN'),
      ('azure', 'Azure', 'Custom roles, deny assignments, eligible assignments, conditions and members of groups are not evaluated, nor who could change access policies or assign roles (Owner, Contributor, Key Vault Contributor, User Access Administrator)',
        'az role definition list --custom-role-only; az ad group member list --group NAME; az role assignment list --all'),
      ('gcp', 'Google Cloud', 'Policies that deny, boundaries of principals, custom roles, most conditions, members of groups and what lies beneath a folder or an organisation are not evaluated, nor who could act as a reader (roles/iam.serviceAccountTokenCreator) or change a policy',
        'gcloud asset analyze-iam-policy --full-resource-name //secretmanager.googleapis.com/NAME --permissions secretmanager.versions.access --project PROJECT')
  ) as named(provider, name, why, collect)
  where $standing
    and provider in (select provider from concerned_provider)
  union all
  select
    15,
    asked_holder.cluster,
    'Which tokens did ' || asked_holder.reference || ' have or ask for in cluster ' || asked_holder.cluster || '?',
    'No request for a token (serviceaccounts/token) was landed from there: none was made, or the policy leaves them out',
    'a policy rule with level Request for serviceaccounts/token; then custody ingest --cluster ' || asked_holder.cluster || ' the log'
  from asked_holder
  where asked_holder.cluster not in (select cluster from fact_token)
  union all
  select
    15,
    asked_holder.cluster,
    'When, and for whom, was ' || asked_holder.reference || ' issued?',
    'Only its use is in the landed logs: what its account held before counts as reached',
    'older rotated or archived audit logs of cluster ' || asked_holder.cluster || ', with level Metadata or more for serviceaccounts/token'
  from asked_holder
  where asked_holder.kind = 'token'
    and asked_holder.cluster is not null
    and asked_holder.id not in (select jti from fact_token where jti is not null)
  union all
  select
    16,
    null,
    'Who holds copies that no log shows?',
    'Backups of etcd and of the provider, caches of agents and of the CSI provider, memory and files of processes, and direct access to kubelets and nodes leave no record in these logs',
    'the lists of who can restore backups, log in to nodes, or reach kubelets: kubectl get nodes -o wide; gcloud, aws or az access logs of the machines'
  union all
  select
    17,
    null,
    'Was the leaked credential used?',
    'Only the system that accepts it can tell',
    'the usage log of the issuer, for the whole time since the version was made'
)
select
  question,
  why,
  collect
from open_question
where ($cluster is null or cluster is null or cluster = $cluster)
  and ($standing or place < 16)
group by place, question, why, collect
order by place, question, why, collect
