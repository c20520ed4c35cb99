-- How far the clocks of a provider and of a cluster are apart, from requests that belong together.
--
-- token: the API server issues a token, and with its JTI somebody logs in to the provider.
-- mount: the CSI provider logs in and reads, then the driver writes the mount status
-- (https://secrets-store-csi-driver.sigs.k8s.io/concepts). Nothing in either record names the other, so only
-- the first login and the first write of a service account after ten quiet minutes are paired, where there
-- is exactly one of each within five minutes. A mount takes a second or two, which the offset includes.
create or replace temp table burst_start as
with acts as (
  select 'mount' as kind, status_write.cluster as place, null as auth_mount, pod.namespace, pod.service_account,
    status_write.at
  from status_write
  join status_pod
    on status_write.write_id = status_pod.write_id
  join pod
    on status_write.cluster = pod.cluster
    and status_pod.pod_id = pod.pod_id
  where status_write.action = 'created'
    and status_pod.grade <> 'candidate'
    and pod.service_account is not null
  union all
  select 'login', instance, auth_mount, namespace, service_account, "at"
  from fact_provider_login
  where coalesce(succeeded, true)
    and service_account is not null
), stepped as (
  select *,
    lag("at") over (partition by kind, place, auth_mount, namespace, service_account order by "at") as before_at
  from acts
)
select kind, place, auth_mount, namespace, service_account, "at"
from stepped
where before_at is null
  or "at" > before_at + interval 10 minute;

create or replace temp table clock_pair as
with near as (
  select mount.place as cluster, login.place as instance, login.at as provider_at, mount.at as cluster_at,
    count(*) over (partition by mount.place, mount.namespace, mount.service_account, mount.at) as logins,
    count(*) over (partition by login.place, login.auth_mount, login.namespace, login.service_account, login.at) as mounts
  from burst_start as mount
  join burst_start as login
    on login.kind = 'login'
    and mount.namespace = login.namespace
    and mount.service_account = login.service_account
    and login.at between mount.at - interval 5 minute and mount.at + interval 5 minute
  where mount.kind = 'mount'
), used as (
  select instance, jti, min("at") as "at"
  from fact_provider_login
  where coalesce(succeeded, true)
    and jti is not null
  group by instance, jti
), issued as (
  select cluster, jti, min("at") as "at"
  from fact_token
  where jti is not null
  group by cluster, jti
)
select cluster, instance, 'mount' as basis, provider_at, cluster_at
from near
where logins = 1
  and mounts = 1
union all
select issued.cluster, used.instance, 'token', used.at, issued.at
from used
join issued using (jti);

insert into clock_offset
select cluster, instance, basis, count(*),
  round(quantile_cont(epoch(provider_at) - epoch(cluster_at), 0.5), 3),
  round(quantile_cont(epoch(provider_at) - epoch(cluster_at), 0.1), 3),
  round(quantile_cont(epoch(provider_at) - epoch(cluster_at), 0.9), 3),
  min(cluster_at), max(cluster_at)
from clock_pair
group by cluster, instance, basis
order by all;
