-- Credentials that were issued: whoever uses the key is whom they were issued to. Of EKS Pod Identity the tags
-- stand on the AssumeRole of pods.eks.amazonaws.com; AssumeRoleForPodIdentity names neither pod nor key.
-- https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
-- https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
insert into fact_provider_login by name
with
  issued as (
    select
      *,
      coalesce((response ->> '$.credentials.accessKeyId'), (response ->> '$.accessKey.accessKeyId')) as issued_key,
      string_split(
        nullif(regexp_extract(coalesce((response ->> '$.subjectFromWebIdentityToken'), user_name),
          '^system:serviceaccount:([^:]+:[^:]+)$', 1), ''),
        ':'
      ) as account_parts,
      map_from_entries(once_each(list_transform(
        coalesce(from_json(request -> '$.tags', '[{ "key": "VARCHAR", "value": "VARCHAR" }]'), []),
        lambda tag: { 'key': coalesce(tag.key, ''), 'value': tag.value }
      ))) as tags
    from aws_cloudtrail_event
    where event_source = 'sts.amazonaws.com' and event_name in ('AssumeRoleWithWebIdentity', 'AssumeRole',
        'AssumeRoleWithSAML', 'AssumeRoot', 'GetSessionToken', 'GetFederationToken')
      or event_source = 'iam.amazonaws.com' and event_name = 'CreateAccessKey'
  )
select
  "at",
  'aws_cloudtrail' as source,
  coalesce((response ->> '$.assumedRoleUser.arn'), (response ->> '$.federatedUser.arn'), actor) as actor,
  event_id,
  record_ids as evidence,
  true as firm,
  'aws' as provider,
  coalesce(account, 'default') as instance,
  issued_key as session,
  coalesce(
    nullif(regexp_extract(coalesce((response ->> '$.provider'), identity_provider), 'oidc-provider/(.+)$', 1), ''),
    tags['eks-cluster-arn']
  ) as auth_mount,
  case
    when invoked_by = 'pods.eks.amazonaws.com' then 'pod_identity'
    when event_name = 'AssumeRoleWithWebIdentity' then 'web_identity'
    when event_name = 'AssumeRoleWithSAML' then 'saml'
    when event_name = 'AssumeRole' then 'assume_role'
    when event_name = 'CreateAccessKey' then 'access_key'
    else 'session'
  end as auth_method,
  (request ->> '$.roleArn') as role,
  coalesce(tags['kubernetes-namespace'], account_parts[1]) as namespace,
  coalesce(tags['kubernetes-service-account'], account_parts[2]) as service_account,
  tags['kubernetes-pod-name'] as pod_name,
  tags['kubernetes-pod-uid'] as pod_uid,
  coalesce((request ->> '$.roleSessionName'), (response ->> '$.accessKey.userName')) as display_name,
  outcome = 'success' as succeeded,
  source_address as address,
  user_agent,
  request_id,
  case when identity_type <> 'WebIdentityUser' then access_key_id end as parent_session
from issued
where "at" is not null;
