-- Declarations that make an operator copy values of a provider into a Secret. Their status is left alone: it
-- says that a copy was made, and the write of the Secret says it better.
insert into fact_secret_copy by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  kind,
  namespace,
  coalesce(name, body ->> '$.metadata.name') as name,
  coalesce(
    (body ->> '$.metadata.uid'),
    case when verb = 'delete' then coalesce(
      (response_object ->> '$.metadata.uid'), (request_object ->> '$.preconditions.uid')) end,
    details_uid,
    uid
  ) as uid,
  kubernetes_copy_target(kind, case when complete then coalesce(name, body ->> '$.metadata.name') end, body)
    as target_secret,
  kubernetes_copy_objects(kind, spec) as objects,
  kubernetes_copy_interval(spec) as refresh_interval,
  complete or verb = 'delete' as complete,
  (spec ->> '$.secretProviderClassName') as secret_provider_class,
  kubernetes_copy_keys(spec) as store_keys
from (
  select
    *,
    kubernetes_copy_spec(kind, body) as spec,
    body is not null and (coalesce(answered, false) or verb in ('create', 'update') or code = 201) as complete
  from (
    select *, case when json_type(object) = 'OBJECT' then object end as body
    from k8s_audit_stated
    where resource in ('externalsecrets', 'clusterexternalsecrets', 'vaultstaticsecrets',
        'vaultdynamicsecrets', 'vaultpkisecrets', 'secretsyncs')
      and subresource is null
      and verb in ('create', 'update', 'patch', 'get', 'delete')
      and (verb <> 'get' or answered)
  ) as event
) as event
-- A patch of finalizers and the like leaves the declaration what it was.
where verb <> 'patch' or complete or body is null or spec is not null;
