-- Every thing that a link or an exposure names, once. A pod is one row before; most things are pods.
insert into entity
select pod_entity(cluster, pod_id), 'pod', cluster, namespace, name, uid, first_at, ended_at
from pod
order by cluster, pod_id;

-- So is a workload that some record names; of others only what they own says that they were there.
insert into entity
with owners as (
  select pod_owner.cluster, pod_incarnation.namespace, owner.kind as kind, owner.name as name, owner.uid as uid,
    pod_incarnation.first_at
  from pod_owner
  join pod_incarnation using (cluster, pod_id)
  union all
  select cluster, namespace, owner.kind, owner.name, owner.uid, owner.at
  from workload_known
  where owner is not null
), owning as (
  select cluster, namespace, kind, name, min(uid) as uid, min(first_at) as first_at
  from owners
  group by cluster, namespace, kind, name
)
select workload_entity(cluster, namespace, kind, name), 'workload', cluster, namespace, kind || '/' || name,
  least(known.uid, owning.uid), least(known.first_at, owning.first_at), known.deleted_at
from workload_known as known
full join owning using (cluster, namespace, kind, name)
where namespace is not null
order by cluster, namespace, kind, name;

insert into entity
with named as (
  select node_entity(cluster, node) as entity_id, 'node' as kind, cluster, null as namespace, node as name, null as uid,
    first_at, ended_at as last_at
  from pod
  where node is not null
  union all
  select account_entity(cluster, namespace, service_account), 'service_account', cluster, namespace, service_account, null,
    first_at, ended_at
  from pod
  where service_account is not null
    and namespace is not null
  union all
  select account_entity(cluster, namespace, name), 'service_account', cluster, namespace, name, uid, "at", "at"
  from fact_service_account
  where name is not null
  union all
  select account_entity(cluster, namespace, service_account), 'service_account', cluster, namespace, service_account, null,
    first_at, first_at
  from session_known
  where service_account is not null
    and cluster is not null
  union all
  select token_entity(cluster, jti), 'token', cluster, namespace, jti, null, "at", expires_at
  from fact_token
  where jti is not null
  union all
  select identity_entity(cluster, actor), 'identity', cluster, null, actor, null, "at", "at"
  from (
    select cluster, creation.actor as actor, creation.at as "at" from pod_creation
    union all
    select cluster, creation.actor, creation.at from workload_known
    union all
    select cluster, actor, "at" from fact_token where jti is not null
  )
  where actor is not null
  union all
  select identity_entity(cluster, identity), 'identity', cluster, null, identity, null, first_at, first_at
  from session_known
  where identity is not null
    and (service_account is null or cluster is null)
  union all
  select identity_entity(holder.cluster, holder.id), 'identity', holder.cluster, holder.namespace, holder.id, null, first_at, last_at
  from exposure
  where holder.kind = 'identity'
  union all
  select version_entity(object, version), 'provider_version', null, null, object || '@' || version, null, first_at, null
  from secret_run
  where version is not null
  union all
  select node_entity(holder.cluster, holder.id), 'node', holder.cluster, null, holder.id, null, first_at, last_at
  from exposure
  where holder.kind = 'node'
  union all
  select secret_entity(cluster, namespace, name), 'kubernetes_secret', cluster, namespace, name, null, first_at, last_at
  from secret_run
  union all
  select identity_entity(cluster, actor), 'identity', cluster, null, actor, null, first_at, nullif(last_at, never())
  from secret_read
  union all
  select identity_entity(cluster, actor), 'identity', cluster, null, actor, null, "at", ended_at
  from visit_hold
  union all
  select identity_entity(cluster, actor), 'identity', cluster, null, actor, null, first_at, nullif(last_at, never())
  from node_meeting
  where actor is not null
  union all
  select class_id, 'secret_provider_class', cluster, namespace, class, null, mounted_at, null
  from pod_mount
  union all
  select entity_id, 'secret_provider_class', cluster, namespace, name, null, valid_from, valid_to
  from class_revision
  union all
  select session_entity(session), 'provider_session', null, null, session, null, first_at, first_at
  from session_known
  union all
  select 'provider_object:' || object, 'provider_object', null, null, object, null, created_at, null
  from provider_version
  union all
  select 'provider_object:' || object, 'provider_object', null, null, object, null, null, null
  from class_object
  union all
  select 'provider_object:' || object, 'provider_object', null, null, object, null, first_at, null
  from exposure
  union all
  select 'provider_object:' || object, 'provider_object', null, null, object, null, min("at"), max("at")
  from fact_provider_read
  where object is not null
  group by object
  union all
  select version_entity(object, version), 'provider_version', null, null, object || '@' || version, null, created_at, ended_at
  from provider_version
  union all
  select version_entity(object, version), 'provider_version', null, null, object || '@' || coalesce(version, '?'), null, min("at"), max("at")
  from provider_read
  group by object, version
  union all
  select version_entity(object, version), 'provider_version', null, null, object || '@' || version, null, first_at, null
  from version_run
  where version is not null
  union all
  select report_id, 'reported_version', cluster, namespace, coalesce(entry.version, '?'), null, first_at, next_at
  from run_report
)
select entity_id, min(kind), min(cluster), min(namespace), min(name), min(uid), min(first_at), max(last_at)
from named
group by entity_id
order by entity_id;
