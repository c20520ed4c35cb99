-- Revisions of a SecretProviderClass. Of a patch only what it says is logged below RequestResponse: a merge
-- patch or an applied object as they are, a JSON patch (an array) by the parameters its paths name.
insert into fact_secret_provider_class by name
with
  written as (
    select
      *,
      case
        when json_type(object) = 'ARRAY' then (
          select to_json({
            'provider': max(case when operation.path = '/spec/provider' then (operation.value ->> '$') end),
            'parameters': coalesce(
              max(case when operation.path = '/spec/parameters' then operation.value end),
              to_json(map_from_entries(once_each(
                list({ 'key': replace(replace(substr(operation.path, 18), '~1', '/'), '~0', '~'),
                  'value': operation.value })
                filter (starts_with(operation.path, '/spec/parameters/') and operation.value is not null)
              )))
            ),
            'secretObjects': max(case when operation.path = '/spec/secretObjects' then operation.value end)
          })
          from (
            select unnest(from_json(object, '[{ "path": "VARCHAR", "value": "JSON" }]')) as operation
          ) as operations
          where starts_with(operation.path, '/spec')
          having count(*) > 0
        )
        else (object -> '$.spec')
      end as spec
    from k8s_audit_stated
    where resource = 'secretproviderclasses'
      and subresource is null
      and verb in ('create', 'update', 'patch', 'get', 'delete')
      and (verb <> 'get' or answered)
  )
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  verb = 'delete' or coalesce(answered, false)
    or verb in ('create', 'update') and spec is not null
    or verb = 'patch' and code = 201 and spec is not null as complete,
  namespace,
  coalesce(name, (object ->> '$.metadata.name')) as name,
  coalesce(
    (object ->> '$.metadata.uid'),
    case when verb = 'delete' then coalesce(
      (response_object ->> '$.metadata.uid'), (request_object ->> '$.preconditions.uid')) end,
    details_uid,
    uid
  ) as uid,
  (spec ->> '$.provider') as provider,
  kubernetes_class_parameters(spec -> '$.parameters') as parameters,
  case when json_type(spec -> '$.secretObjects') = 'ARRAY' then (spec -> '$.secretObjects') end as secret_objects
from written
-- A patch of labels and the like leaves the revision what it was.
where verb <> 'patch' or coalesce(answered, false) or object is null or spec is not null;
