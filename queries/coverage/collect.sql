/* ---
title: What to collect next, most volatile first
question: Which commands would close the gaps of these logs, in which order before the evidence is gone?
sources: [k8s_audit, k8s_objects, vault_audit, aws_cloudtrail, azure_key_vault, gcp_audit, provider_objects]
severity: info
attack: []
params:
  objects: { type: varchar_list, default: null, doc: "Only clusters that these objects concern; all without" }
  since: { type: timestamp, default: null, doc: Start of the window }
  until: { type: timestamp, default: null, doc: End of the window }
  cluster: { type: varchar, default: null, doc: "Only this cluster, and what belongs to no known one" }
  silence_minutes: { type: integer, default: 5, doc: "A silence of a log is a gap if it is longer than this" }
  rhythm_factor: { type: integer, default: 6, doc: "… and longer than so many times the usual distance of its records" }
misses: >-
  The kubectl context is taken to have the cluster's name, the driver to run in kube-system, audit logs to lie in
  /var/log/kubernetes/audit/ and /var/log/vault/. Whether a cluster runs in a cloud no log of it says: the commands
  for one are offered for each.
next:
  - custody ingest what came of them with --cluster, snapshots also with --observed-at
references:
  - https://datatracker.ietf.org/doc/html/rfc3227#section-2.1
  - https://secrets-store-csi-driver.sigs.k8s.io/concepts
  - https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#log-backend
  - https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
--- */
with asked as (
  select unnest(from_json($objects::json, '["varchar"]')) as object
), held as (
  select *
  from exposure
  where ($objects is null or object in (select object from asked))
    and ($until is null or first_at <= $until::timestamptz)
    and ($since is null or last_at is null or last_at >= $since::timestamptz)
), log as (
  select source, cluster, min(first_at) as first_at, max(last_at) as last_at
  from log_span
  group by source, cluster
), concerned as (
  select distinct cluster
  from object_configuration
  where $objects is null
    or object in (select object from asked)
  union
  select holder.cluster
  from held
  where holder.cluster is not null
  union
  select cluster
  from log
  where source = 'k8s_audit'
    and $objects is null
  union
  select cluster
  from auth_mount_use
  where cluster is not null
    and $objects is null
), absent as (
  select cluster
  from concerned
  where cluster not in (select cluster from log where source = 'k8s_audit')
), missing as (
  select source, cluster, first_at, last_at,
    case kind when 'one_stream' then 'a stream is silent from ' else 'no record from ' end
      || strftime(first_at, '%Y-%m-%dT%H:%M:%SZ') || ' to ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ') as why
  from log_silence
  where kind <> 'one_resource'
    and seconds > greatest($silence_minutes * 60, $rhythm_factor * usual_seconds)
    and ($until is null or first_at <= $until::timestamptz)
    and ($since is null or last_at >= $since::timestamptz)
  union all
  select 'k8s_audit', cluster, null, null, 'no audit log of it was landed'
  from absent
), missing_range as (
  select cluster,
    coalesce(' --start-time ' || epoch_ms(min(first_at)) || ' --end-time ' || epoch_ms(max(last_at)), '') as milliseconds,
    coalesce(' timestamp>="' || strftime(min(first_at), '%Y-%m-%dT%H:%M:%SZ') || '" timestamp<="'
      || strftime(max(last_at), '%Y-%m-%dT%H:%M:%SZ') || '"', '') as filter
  from missing
  where source = 'k8s_audit'
  group by cluster
), name as (
  -- A name comes from a log, and a log may be forged: nothing but plain words stands outside quotes.
  select cluster,
    case when regexp_full_match(cluster, '[A-Za-z0-9._-]+') then cluster
      else '''' || replace(cluster, '''', '''\''''') || '''' end as word,
    regexp_replace(cluster, '[^A-Za-z0-9._-]', '_', 'g') as file
  from (
    select cluster from concerned
    union
    select cluster from log
    union
    select auth_mount from auth_mount_use
    union
    select regexp_extract(auth_mount, ':cluster/(.+)$', 1) from auth_mount_use
  )
), mount_report as (
  select cluster, max(list_position(['Metadata', 'Request', 'RequestResponse'], level)) as level
  from log_level_span
  where resource = 'secretproviderclasspodstatuses'
    and access = 'write'
  group by cluster
), wanted as (
  select 1 as place, cluster, 'statuses' as what, 'no log shows versions of mounts: none was made, or the policy leaves out the bodies' as why
  from concerned
  where cluster not in (select cluster from mount_report where level > 1)
  union all
  select 1, cluster, unnest(['statuses', 'pods', 'driver', 'provider', 'events']), why
  from missing
  where source = 'k8s_audit'
  union all
  select 1, holder.cluster, unnest(['statuses', 'pods']),
    count(distinct holder.id) || ' pods hold it still, as far as the logs go'
  from held
  where end_state = 'open'
    and holder.kind = 'pod'
  group by holder.cluster
  union all
  select 1, holder.cluster, 'pods', 'the creation of ' || count(distinct holder.id) || ' pods was not logged with a body'
  from held
  where holder.kind = 'pod'
    and holder.service_account is null
  group by holder.cluster
  union all
  select 2, cluster, 'audit', why
  from missing
  where source = 'k8s_audit'
  union all
  select 2, cluster, 'audit', 'the landed log ends at ' || strftime(last_at, '%Y-%m-%dT%H:%M:%SZ')
  from log
  where source = 'k8s_audit'
    and cluster in (select holder.cluster from held where end_state = 'open')
  union all
  select 2, cluster, 'audit', sum(records) || if(sum(records) = 1, ' record', ' records') || ' could not be read: another copy may be whole'
  from log_damage
  where source = 'k8s_audit'
    and cluster in (select cluster from concerned)
  group by cluster
  union all
  select 2, cluster, 'vault', why
  from missing
  where source = 'vault_audit'
  union all
  select 2, cluster, 'vault', events || ' requests have no response entry: lines are missing'
  from log_flag
  where flag = 'no_response'
  union all
  select 2, 'NAME', 'vault', 'no audit log of a provider was landed'
  where not exists (from log where source <> 'k8s_audit')
  union all
  select 3, cluster, unnest(['eks', 'gke']), why || ', where the cluster runs there'
  from missing
  where source = 'k8s_audit'
  union all
  select 4, auth_mount,
    case
      when starts_with(auth_mount, 'oidc.') then 'issuer'
      when ends_with(auth_mount, '.svc.id.goog') then 'pool'
      else 'auth_mount'
    end,
    accounts || ' service accounts log in there, and no landed cluster names it'
  from auth_mount_use
  where cluster is null
    and not starts_with(auth_mount, 'arn:')
    and $objects is null
  union all
  -- Tags of EKS Pod Identity name the cluster.
  select 3, regexp_extract(auth_mount, ':cluster/(.+)$', 1), 'eks',
    accounts || ' service accounts of this cluster were given keys, and no log of it was landed'
  from auth_mount_use
  where cluster is null
    and starts_with(auth_mount, 'arn:')
    and $objects is null
  union all
  select 4, cluster, 'classes', 'pods mount classes whose body no record holds'
  from (
    select distinct cluster, namespace, class
    from mount
  ) as mounted
  where cluster in (select cluster from concerned)
    and not exists (
      from fact_secret_provider_class as known
      where known.cluster = mounted.cluster
        and known.namespace = mounted.namespace
        and known.name = mounted.class
        and known.parameters is not null
    )
  union all
  select 4, cluster, 'classes', 'no audit log tells which classes there are'
  from absent
  union all
  select 4, cluster, 'rights', 'no binding of a role was landed'
  from concerned
  where cluster not in (select cluster from role_grant)
  union all
  select 4, cluster, 'policies', 'no policy of it was landed'
  from log
  where source = 'vault_audit'
    and cluster not in (select instance from fact_provider_policy where action = 'observed')
  union all
  select 4, cluster, 'account', 'no print of its users, roles and policies was landed'
  from log
  where source = 'aws_cloudtrail'
    and cluster not in (select instance from fact_provider_grant where kind = 'configured')
  union all
  select 4, cluster, 'azure_vault', 'its access policies and role assignments were not landed'
  from log
  where source = 'azure_key_vault'
    and cluster not in (
      select regexp_extract(policy, '^access policies of https://([^.]+)', 1)
      from fact_provider_policy
      where provider = 'azure'
    )
  union all
  select 4, cluster, 'gcp_project', 'no policy at it was landed'
  from log
  where source = 'gcp_audit'
    and cluster not in (select instance from fact_provider_policy where provider = 'gcp')
  union all
  select 4, cluster, 'apiserver', 'no read of a Secret is logged: none was made, or the policy leaves it out'
  from log
  where source = 'k8s_audit'
    and cluster in (select cluster from concerned)
    and cluster not in (select cluster from log_level_span where resource = 'secrets' and access = 'read')
), named as (
  select distinct wanted.place, what, cluster, why, coalesce(name.word, wanted.cluster) as word,
    coalesce(name.file, wanted.cluster) as file, coalesce(milliseconds, '') as milliseconds, coalesce(filter, '') as filter
  from wanted
  left join name using (cluster)
  left join missing_range using (cluster)
), command as (
  select place, case when what in ('vault', 'auth_mount', 'issuer', 'pool', 'policies', 'account', 'azure_vault', 'gcp_project') then null else cluster end as cluster,
    case what
      when 'statuses' then 'kubectl --context=' || word || ' get secretproviderclasspodstatuses -A -o json > ' || file || '-statuses.json'
      when 'pods' then 'kubectl --context=' || word || ' get pods -A -o json > ' || file || '-pods.json'
      when 'driver' then 'kubectl --context=' || word
        || ' -n kube-system logs -l app=secrets-store-csi-driver --all-containers --prefix --timestamps --tail=-1 > ' || file || '-driver.log'
      when 'provider' then 'kubectl --context=' || word
        || ' -n kube-system logs -l app.kubernetes.io/name=vault-csi-provider --all-containers --prefix --timestamps --tail=-1 > ' || file || '-provider.log'
      when 'events' then 'kubectl --context=' || word || ' get events -A -o json > ' || file || '-events.json'
      when 'audit' then 'custody ingest --cluster=' || word || ' /var/log/kubernetes/audit/'
      when 'vault' then 'custody ingest --vault-instance=' || word || ' /var/log/vault/'
      when 'eks' then 'aws logs filter-log-events --log-group-name /aws/eks/' || word
        || '/cluster --log-stream-name-prefix kube-apiserver-audit' || milliseconds || ' > ' || file || '-eks-audit.json'
      when 'gke' then 'gcloud logging read ''resource.type=k8s_cluster protoPayload.serviceName=k8s.io resource.labels.cluster_name="' || file || '"' || filter || ''' --format json > ' || file || '-gke-audit.json'
      when 'auth_mount' then 'vault read auth/' || word || '/config'
      when 'issuer' then 'for name in $(aws eks list-clusters --query clusters --output text); do aws eks describe-cluster --name $name --query cluster.[name,identity.oidc.issuer] --output text; done'
      when 'pool' then 'gcloud container clusters list --project ' || regexp_replace(word, '[.]svc[.]id[.]goog(''?)$', '\1')
      when 'classes' then 'kubectl --context=' || word || ' get secretproviderclasses -A -o json > ' || file || '-classes.json'
      when 'rights' then 'kubectl --context=' || word || ' get clusterroles,clusterrolebindings,roles,rolebindings -A -o json > ' || file || '-rights.json'
      when 'policies' then 'for policy in $(vault policy list); do vault read -format=json sys/policies/acl/$policy; done > ' || file || '-policies.json'
      when 'azure_vault' then 'az keyvault show --name ' || word || ' > ' || file
        || '-vault.json; az role assignment list --include-inherited --scope $(az keyvault show --name ' || word
        || ' --query id --output tsv) > ' || file || '-assignments.json'
      when 'gcp_project' then 'gcloud asset search-all-iam-policies --scope=projects/' || word || ' --format=json > ' || file || '-policies.json'
      when 'account' then 'aws iam get-account-authorization-details > ' || file || '-account.json'
      when 'apiserver' then 'kubectl --context=' || word || ' -n kube-system get pods -l component=kube-apiserver -o json > ' || file || '-apiservers.json'
    end as command,
    case what
      when 'statuses' then 'Which versions do pods hold now?'
      when 'pods' then 'Which pods are there, under which account, on which node?'
      when 'driver' then 'Which mounts were made, and which failed?'
      when 'provider' then 'Which pod got which file?'
      when 'events' then 'Which mounts failed in the last hour?'
      when 'audit' then 'Who mounted, read, entered and changed what? (on every API server, rotated files too)'
      when 'vault' then 'Who read which version? (on every node, rotated files too)'
      when 'eks' then 'Who mounted, read, entered and changed what?'
      when 'gke' then 'Who mounted, read, entered and changed what?'
      when 'auth_mount' then 'Which cluster stands behind the auth mount?'
      when 'issuer' then 'Which cluster is the issuer of these tokens?'
      when 'pool' then 'Which clusters share this pool of identities?'
      when 'classes' then 'Which objects do the classes mount?'
      when 'rights' then 'Who could have read it?'
      when 'policies' then 'Who could have read it by the provider''s own policies?'
      when 'azure_vault' then 'Who could have read it by the provider''s own policies?'
      when 'gcp_project' then 'Who could have read it by the provider''s own policies?'
      when 'account' then 'Who could have read it by the provider''s own policies?'
      when 'apiserver' then 'Which audit policy was in force, and where are its logs?'
    end as question,
    why
  from named
)
select
  place as "order",
  case place
    when 1 then 'goes with the pod'
    when 2 then 'rotates on its machine'
    when 3 then 'kept centrally'
    else 'configuration'
  end as volatility,
  cluster,
  command,
  question,
  string_agg(why, '; ' order by why) as why
from command
where $cluster is null
  or cluster is null
  or cluster = $cluster
group by place, cluster, command, question
order by place, cluster, command, question
