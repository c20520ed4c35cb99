-- As whom a service account may be known at a provider: what a role's trust policy lets in, and what EKS gives to
-- the pods of an account.
-- https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
-- https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
insert into fact_provider_binding by name
select
  "at",
  'provider_objects' as source,
  event_id,
  [evidence] as evidence,
  firm,
  'trust' as kind,
  'aws' as provider,
  instance,
  'trust policy of ' || (entry ->> '$.Arn') as statement,
  entry ->> '$.Arn' as identity,
  from_json(
    aws_trust(entry ->> '$.AssumeRolePolicyDocument'),
    '[{ "auth_mount": "varchar", "subject": "varchar", "conditional": "boolean" }]'
  ) as accounts
from provider_object_aws_entry
where kind = 'role'
  and aws_trust(entry ->> '$.AssumeRolePolicyDocument') is not null
union all by name
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'pod_identity' as kind,
  'aws' as provider,
  string_split(document ->> '$.association.associationArn', ':')[5] as instance,
  'association ' || (document ->> '$.association.associationArn') as statement,
  document ->> '$.association.roleArn' as identity,
  [{
    'auth_mount': regexp_replace(document ->> '$.association.associationArn', ':podidentityassociation/.*$', ':cluster/')
      || (document ->> '$.association.clusterName'),
    'subject': 'system:serviceaccount:' || (document ->> '$.association.namespace') || ':'
      || (document ->> '$.association.serviceAccount'),
    'conditional': false
  }] as accounts
from provider_object
where object_kind = 'aws_pod_identity_association';

-- Federated credentials of managed identities. The identity is called by its id here; what lists identities tells
-- the application id. https://learn.microsoft.com/entra/workload-id/workload-identity-federation
insert into fact_provider_binding by name
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'federated_credential' as kind,
  'azure' as provider,
  regexp_extract(lower(name), '^/subscriptions/([^/]+)', 1) as instance,
  'federated credential ' || lower(name) as statement,
  regexp_extract(lower(name), '^(.*)/federatedidentitycredentials/', 1) as identity,
  case
    when starts_with(document ->> '$.subject', 'system:serviceaccount:') then [{
      'auth_mount': regexp_replace(document ->> '$.issuer', '^https://|/$', '', 'g'),
      'subject': document ->> '$.subject',
      'conditional': false
    }]
    else []
  end as accounts
from provider_object
where object_kind = 'azure_federated_credential';

-- The policy of a service account of Google Cloud: which accounts of GKE may act as it. It is called by its address
-- or its number. https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam
insert into fact_provider_binding by name
select
  "at",
  'provider_objects' as source,
  event_id,
  [record_id] as evidence,
  firm,
  'workload_identity_user' as kind,
  'gcp' as provider,
  regexp_extract(name, '/projects/([^/]+)', 1) as instance,
  'policy of ' || regexp_replace(name, '^//[^/]+/', '') as statement,
  regexp_extract(name, '([^/]+)$', 1) as identity,
  from_json(
    gcp_trust(document::varchar),
    '[{ "auth_mount": "varchar", "subject": "varchar", "conditional": "boolean" }]'
  ) as accounts
from provider_object
where object_kind = 'gcp_policy'
  and gcp_trust(document::varchar) is not null;
