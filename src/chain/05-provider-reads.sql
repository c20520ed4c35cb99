-- Reads of values, each with all that its session's login said: which service account, which auth
-- mount, and so which cluster. Wrapped answers are left out: their reader has not seen the value.

create or replace temp table first_login as
select provider, session_key(provider, instance, session) as session_key,
  arg_min(
    struct_pack("at" := "at", auth_mount := auth_mount, auth_method := auth_method, role := role,
      namespace := namespace, service_account := service_account, pod_uid := pod_uid, jti := jti,
      actor := actor, evidence := evidence, address := address,
      parent := case when auth_method in ('assume_role', 'session') then session_key(provider, instance, parent_session) end),
    struct_pack("at" := "at", event := event_id)
  ) as login
from fact_provider_login
where coalesce(succeeded, true)
  and session is not null
group by provider, session_key;

-- A role that was assumed with a session is that session's pod still, over as many roles as there are.
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
create or replace temp table session_login as
with recursive ancestry as (
  select session_key, login.parent as ancestor, 1 as distance
  from first_login
  where login.parent is not null
  union all
  select ancestry.session_key, parent.login.parent, distance + 1
  from ancestry
  join first_login as parent
    on ancestry.ancestor = parent.session_key
  where parent.login.parent is not null
    and distance < 16
), inherited as (
  select ancestry.session_key,
    arg_min(
      struct_pack(namespace := parent.login.namespace, service_account := parent.login.service_account,
        pod_uid := parent.login.pod_uid, auth_mount := parent.login.auth_mount, evidence := parent.login.evidence),
      distance
    ) as origin
  from ancestry
  join first_login as parent
    on ancestry.ancestor = parent.session_key
  where parent.login.service_account is not null
  group by ancestry.session_key
)
select first_login.provider, first_login.session_key,
  case when login.service_account is null and origin is not null then
    struct_pack("at" := login.at, auth_mount := origin.auth_mount, auth_method := login.auth_method, role := login.role,
      namespace := origin.namespace, service_account := origin.service_account, pod_uid := origin.pod_uid,
      jti := login.jti, actor := login.actor, evidence := sorted_set(login.evidence || origin.evidence),
      address := login.address, parent := login.parent)
  else login end as login
from first_login
left join inherited using (session_key);

create or replace temp table token_pod as
select jti, min(pod_uid) as pod_uid, min(cluster) as cluster
from fact_token
where jti is not null
  and pod_uid is not null
group by jti
having count(distinct pod_uid) = 1;

-- Which cluster an auth mount belongs to: the one whose classes name it. Where a cluster's classes
-- are not logged at all, the one whose pods use the service account.
create or replace temp table auth_mount_cluster as
with mounts as (
  select distinct cluster, auth_mount, namespace
  from class_object
), by_namespace as (
  select auth_mount, namespace, min(cluster) as cluster
  from mounts
  group by auth_mount, namespace
  having count(distinct cluster) = 1
), by_mount as (
  select auth_mount, null::varchar as namespace, min(cluster) as cluster
  from mounts
  group by auth_mount
  having count(distinct cluster) = 1
)
select * from by_namespace
union all
select * from by_mount;

create or replace temp table account_cluster as
select pod_incarnation.namespace, account.name as service_account, min(cluster) as cluster
from pod_service_account
join pod_incarnation using (cluster, pod_id)
where cluster not in (select cluster from class_object)
group by pod_incarnation.namespace, account.name
having count(distinct cluster) = 1;

-- Clouds know no auth mount. A pod's uid is of one cluster; an issuer of service-account tokens is that of the one
-- cluster where pods use all the accounts that it vouched for.
create or replace temp table pod_cluster as
select uid as pod_uid, min(cluster) as cluster
from pod_incarnation
where uid is not null
group by uid
having count(distinct cluster) = 1;

create or replace temp table issuer_cluster as
with vouched as (
  select distinct auth_mount, namespace, service_account
  from fact_provider_login
  where provider <> 'vault'
    and auth_mount is not null
    and service_account is not null
), used as (
  select distinct pod_incarnation.cluster, pod_incarnation.namespace, account.name as service_account
  from pod_service_account
  join pod_incarnation using (cluster, pod_id)
), fits as (
  select auth_mount, cluster, count(*) as accounts
  from vouched
  join used using (namespace, service_account)
  group by auth_mount, cluster
)
select auth_mount, min(cluster) as cluster
from fits
where (auth_mount, accounts) in (select (auth_mount, max(accounts)) from fits group by auth_mount)
group by auth_mount
having count(*) = 1;

create or replace temp table read_named as
with joined as (
  select r.event_id, r.at, r.evidence, r.provider, r.instance, r.object, r.version, r.version_grade, r.fields, r.field_values,
    session_key(r.provider, r.instance, r.session) as session,
    coalesce(
      r.auth_mount,
      login.auth_mount,
      nullif(regexp_extract(r.display_name, '^(.+)-' || regexp_escape(r.namespace || '-' || r.service_account) || '$', 1), '')
    ) as auth_mount,
    coalesce(r.role, login.role) as role,
    coalesce(r.namespace, login.namespace, nullif(regexp_extract(r.actor, '^system:serviceaccount:([^:]+):[^:]+$', 1), '')) as namespace,
    coalesce(r.service_account, login.service_account, nullif(regexp_extract(r.actor, '^system:serviceaccount:[^:]+:([^:]+)$', 1), '')) as service_account,
    coalesce(r.pod_uid, login.pod_uid, token_pod.pod_uid) as pod_uid,
    r.actor, r.display_name, r.entity, r.actor_class, r.address, r.user_agent, coalesce(r.firm, true) as firm
  from fact_provider_read r
  left join session_login
    on session_key(r.provider, r.instance, r.session) = session_login.session_key
  left join token_pod
    on coalesce(r.jti, session_login.login.jti) = token_pod.jti
  where not coalesce(r.wrapped, false)
    and r.object is not null
)
select event_id || ' ' || object || ' ' || coalesce(version, '') as read_id, *,
  -- Azure's 32 hex digits may all be decimal: they are no number.
  case when regexp_full_match(version, '[0-9]{1,18}') then version::bigint end as version_number,
  case when service_account is null then lower(actor) end as reader,
  coalesce(
    -- AWS, Google Cloud, Conjur and Akeyless call an identity by a name of their own, whatever stands behind it.
    case when regexp_matches(actor, '^arn:|^principal:|^serviceAccount:|@') or provider in ('akeyless', 'conjur') then actor end,
    case when service_account is not null then 'system:serviceaccount:' || namespace || ':' || service_account end,
    actor, display_name, entity, 'unknown'
  ) as identity,
  coalesce(actor_class, case when service_account is not null then 'workload' end) as class
from joined;

-- A source states a read once; should one not, the copies are one read.
create or replace temp table read_stated_twice as
select read_id
from read_named
group by read_id
having count(*) > 1;

create or replace temp table provider_read as
with named as (
  select *
  from read_named
  where read_id not in (select read_id from read_stated_twice)
  union all
  select *
  from read_named
  where read_id in (select read_id from read_stated_twice)
  qualify row_number() over (partition by read_id order by "at", evidence, address, session) = 1
)
select named.*, []::varchar[] as possible_versions,
  coalesce(pod_cluster.cluster, by_namespace.cluster, by_mount.cluster, issuer_cluster.cluster, account_cluster.cluster)
    as cluster
from named
left join pod_cluster
  on named.pod_uid = pod_cluster.pod_uid
left join issuer_cluster
  on named.auth_mount = issuer_cluster.auth_mount
left join auth_mount_cluster as by_namespace
  on named.auth_mount = by_namespace.auth_mount
  and named.namespace = by_namespace.namespace
left join auth_mount_cluster as by_mount
  on named.auth_mount = by_mount.auth_mount
  and by_mount.namespace is null
  and named.service_account is not null
left join account_cluster
  on named.namespace = account_cluster.namespace
  and named.service_account = account_cluster.service_account;
