-- Service accounts: a name that comes back has another uid.
insert into fact_service_account by name
select
  "at",
  'k8s_audit' as source,
  cluster,
  actor,
  event_id,
  evidence,
  true as firm,
  k8s_audit_action(verb, code) as action,
  namespace,
  coalesce(object ->> '$.metadata.name', name) as name,
  coalesce(
    (object ->> '$.metadata.uid'),
    case when verb = 'delete' then coalesce(
      (response_object ->> '$.metadata.uid'), (request_object ->> '$.preconditions.uid')) end,
    details_uid,
    uid
  ) as uid
from k8s_audit_stated
where resource = 'serviceaccounts'
  and subresource is null
  and verb in ('create', 'update', 'patch', 'get', 'delete')
  and (verb <> 'get' or answered);
