import { columnsAs, type Source } from '../source.ts';
import { cloudtrailRedaction } from './redact.ts';

/** Records of AWS CloudTrail, and the digest files that are delivered beside them. */
export const awsCloudtrail: Source = {
  id: 'aws_cloudtrail',
  title: 'AWS CloudTrail',
  promise: {
    all: [],
    any: [
      ['eventVersion', 'digestStartTime'],
      ['eventSource', 'digestEndTime'],
      ['eventName', 'logFiles'],
      ['eventTime', 'digestS3Object'],
    ],
    none: ['apiVersion', 'kind', 'protoPayload', 'operationName', 'verb'],
  },
  formats: ['json'],
  columns: [
    ...columnsAs('text', {
      event_time: ['eventTime'],
      event_source: ['eventSource'],
      event_name: ['eventName'],
      cloudtrail_event_id: ['eventID'],
      shared_event_id: ['sharedEventID'],
      addendum_reason: ['addendum', 'reason'],
      original_event_id: ['addendum', 'originalEventID'],
      region: ['awsRegion'],
      account: ['recipientAccountId'],
      error_code: ['errorCode'],
      request_id: ['requestID'],
      source_address: ['sourceIPAddress'],
      user_agent: ['userAgent'],
      identity_type: ['userIdentity', 'type'],
      principal_id: ['userIdentity', 'principalId'],
      identity_arn: ['userIdentity', 'arn'],
      identity_account: ['userIdentity', 'accountId'],
      access_key_id: ['userIdentity', 'accessKeyId'],
      user_name: ['userIdentity', 'userName'],
      invoked_by: ['userIdentity', 'invokedBy'],
      identity_provider: ['userIdentity', 'identityProvider'],
      issuer_arn: ['userIdentity', 'sessionContext', 'sessionIssuer', 'arn'],
      digest_end_time: ['digestEndTime'],
      digest_account: ['awsAccountId'],
    }),
    ...columnsAs('json', {
      request_parameters: ['requestParameters'],
      response_elements: ['responseElements'],
      additional_event_data: ['additionalEventData'],
    }),
  ],
  redact: cloudtrailRedaction,
  documents: [
    {
      title: 'AWS: CloudTrail record contents',
      url: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
    },
    {
      title: 'AWS: CloudTrail digest file structure',
      url: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html',
    },
  ],
};
