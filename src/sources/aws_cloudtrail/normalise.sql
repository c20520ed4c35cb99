-- One CloudTrail record to typed columns; what was asked and answered is kept of the services that say something
-- about credentials and who holds them:
-- https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
select
  staged.* exclude (text, observed_at, event_time, digest_end_time, digest_account, request_parameters,
    response_elements, additional_event_data),
  case when isfinite(try_cast(coalesce(event_time, digest_end_time) as timestamptz))
    then try_cast(coalesce(event_time, digest_end_time) as timestamptz) end as "at",
  digest_end_time is not null as is_digest,
  digest_account,
  case when kept then request_parameters end as request_parameters,
  case when kept then response_elements end as response_elements,
  case when kept then additional_event_data end as additional_event_data
from (
  select
    *,
    event_source in ('secretsmanager.amazonaws.com', 'ssm.amazonaws.com', 'sts.amazonaws.com',
        'eks-auth.amazonaws.com')
      or event_source = 'kms.amazonaws.com' and (event_name = 'Decrypt' or starts_with(event_name, 'GenerateDataKey'))
      or event_source = 'iam.amazonaws.com' and ends_with(event_name, 'AccessKey')
      as kept
  from staged
) as staged
