-- Which clusters the auth mounts of providers belong to, as far as landed objects tell: classes of the
-- Vault CSI provider (https://developer.hashicorp.com/vault/docs/platform/k8s/csi/configurations) and stores of
-- External Secrets (https://external-secrets.io/latest/provider/hashicorp-vault/) name the mount that they
-- log in at. A mount of none is a cluster of which nothing was landed; a mount that no provider log knows, a
-- provider of which nothing was.
insert into auth_mount_use
with named as (
  select class_object.cluster, auth_mount, coalesce(
      class_revision.parameters ->> '$.vaultAddress', class_revision.parameters ->> '$.openbaoAddress') as address
  from class_object
  join class_revision
    on class_object.entity_id = class_revision.entity_id
  union all
  select cluster,
    trim(coalesce(settings ->> '$.auth.kubernetes.mountPath', settings ->> '$.auth.jwt.path'), '/') as auth_mount,
    settings ->> '$.server'
  from fact_secret_store
  where provider = 'vault'
    and settings is not null
  union all
  -- Of a cluster whose classes were not landed, the pods tell.
  select account_cluster.cluster, session_login.login.auth_mount, null
  from session_login
  join account_cluster
    on session_login.login.namespace = account_cluster.namespace
    and session_login.login.service_account = account_cluster.service_account
  union all
  -- No class names the issuers of AWS and the pools of Google Cloud: what was read for mounts tells, or whose tokens
  -- an issuer vouched for.
  select cluster, auth_mount, null
  from delivery_read
  where auth_mount is not null
    and auth_mount not in (select auth_mount from class_object where auth_mount is not null)
  union all
  select cluster, auth_mount, null
  from issuer_cluster
), clusters as (
  select cluster, auth_mount, min(address) as address
  from named
  where auth_mount is not null
  group by cluster, auth_mount
), acts as (
  select instance, auth_mount, namespace || '/' || service_account as account, "at"
  from fact_provider_login
  where coalesce(succeeded, true)
  union all
  -- A session that was there before the log began.
  select instance, auth_mount, namespace || '/' || service_account, "at"
  from fact_provider_read
), logins as (
  select instance, auth_mount, count(distinct account) as accounts, min("at") as first_at, max("at") as last_at
  from acts
  where auth_mount is not null
    and account is not null
  group by instance, auth_mount
)
select instance, auth_mount, clusters.cluster, coalesce(accounts, 0), logins.first_at, logins.last_at, clusters.address
from logins
full join clusters using (auth_mount)
order by all;
