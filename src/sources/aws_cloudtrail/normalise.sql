-- One CloudTrail record to typed columns; what was asked and answered is kept of the services that say something
-- about credentials and who holds them:
-- https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
--
-- A row of a lake's table has the same names in lower case, the identity as a structure of such names or of the
-- record's own, and requests and answers as texts of JSON: https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
-- Logstash's codec moves the time of the event: https://www.elastic.co/docs/reference/logstash/plugins/plugins-codecs-cloudtrail
select
  * exclude (stated_at) replace (
    case when kept then request_parameters end as request_parameters,
    case when kept then response_elements end as response_elements,
    case when kept then additional_event_data end as additional_event_data
  ),
  case when isfinite(stated_at) then stated_at end as "at"
from (
  with
    named as (
      select
        staged.* exclude (
          text, observed_at, event_time, event_time_logstash, event_time_lower, event_source_lower, event_name_lower,
          cloudtrail_event_id_lower, shared_event_id_lower, region_lower, account_lower, error_code_lower,
          request_id_lower, source_address_lower, user_agent_lower, identity_lower, request_parameters,
          request_parameters_lower, response_elements, response_elements_lower, additional_event_data,
          additional_event_data_lower, digest_end_time
        ) replace (
          coalesce(event_source, event_source_lower) as event_source,
          coalesce(event_name, event_name_lower) as event_name,
          coalesce(cloudtrail_event_id, cloudtrail_event_id_lower) as cloudtrail_event_id,
          coalesce(shared_event_id, shared_event_id_lower) as shared_event_id,
          coalesce(region, region_lower) as region,
          coalesce(account, account_lower) as account,
          coalesce(error_code, error_code_lower) as error_code,
          coalesce(request_id, request_id_lower) as request_id,
          coalesce(source_address, source_address_lower) as source_address,
          coalesce(user_agent, user_agent_lower) as user_agent,
          coalesce(identity_type, (identity_lower ->> '$.type')) as identity_type,
          coalesce(principal_id, (identity_lower ->> '$.principalId'), (identity_lower ->> '$.principalid')) as principal_id,
          coalesce(identity_arn, (identity_lower ->> '$.arn')) as identity_arn,
          coalesce(identity_account, (identity_lower ->> '$.accountId'), (identity_lower ->> '$.accountid'))
            as identity_account,
          coalesce(access_key_id, (identity_lower ->> '$.accessKeyId'), (identity_lower ->> '$.accesskeyid'))
            as access_key_id,
          coalesce(user_name, (identity_lower ->> '$.userName'), (identity_lower ->> '$.username')) as user_name,
          coalesce(invoked_by, (identity_lower ->> '$.invokedBy'), (identity_lower ->> '$.invokedby')) as invoked_by,
          coalesce(identity_provider, (identity_lower ->> '$.identityProvider'), (identity_lower ->> '$.identityprovider'))
            as identity_provider,
          coalesce(issuer_arn, (identity_lower ->> '$.sessionContext.sessionIssuer.arn'),
            (identity_lower ->> '$.sessioncontext.sessionissuer.arn')) as issuer_arn
        ),
        try_cast(coalesce(event_time, event_time_lower, digest_end_time, event_time_logstash) as timestamptz) as stated_at,
        digest_end_time is not null as is_digest,
        coalesce(request_parameters, case when json_type(request_parameters_lower) = 'VARCHAR'
          then try_cast((request_parameters_lower ->> '$') as json) else request_parameters_lower end) as request_parameters,
        coalesce(response_elements, case when json_type(response_elements_lower) = 'VARCHAR'
          then try_cast((response_elements_lower ->> '$') as json) else response_elements_lower end) as response_elements,
        coalesce(additional_event_data, case when json_type(additional_event_data_lower) = 'VARCHAR'
          then try_cast((additional_event_data_lower ->> '$') as json) else additional_event_data_lower end) as additional_event_data
      from staged
    )
  select
    *,
    event_source in ('secretsmanager.amazonaws.com', 'ssm.amazonaws.com', 'sts.amazonaws.com',
        'eks-auth.amazonaws.com')
      or event_source = 'kms.amazonaws.com' and (event_name = 'Decrypt' or starts_with(event_name, 'GenerateDataKey'))
      or event_source = 'iam.amazonaws.com' and ends_with(event_name, 'AccessKey')
      as kept
  from named
) as named
