import { columnsAs, type Source } from '../source.ts';
import { cloudtrailRedaction } from './redact.ts';

/** Records of AWS CloudTrail, and the digest files that are delivered beside them. */
export const awsCloudtrail: Source = {
  id: 'aws_cloudtrail',
  title: 'AWS CloudTrail',
  promise: {
    all: [],
    any: [
      // Tables of lakes have names in lower case, and whoever cuts a record to size keeps what he asks for.
      [
        'eventVersion',
        'eventType',
        'userIdentity',
        'eventversion',
        'useridentity',
        'digestStartTime',
      ],
      ['eventSource', 'eventsource', 'digestEndTime'],
      ['eventName', 'eventname', 'logFiles'],
      // Logstash's codec makes the time of the event its own.
      ['eventTime', 'eventtime', '@timestamp', 'digestS3Object'],
    ],
    none: ['kind', 'protoPayload', 'operationName', 'verb'],
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
      event_time_logstash: ['@timestamp'],
      event_time_lower: ['eventtime'],
      event_source_lower: ['eventsource'],
      event_name_lower: ['eventname'],
      cloudtrail_event_id_lower: ['eventid'],
      shared_event_id_lower: ['sharedeventid'],
      region_lower: ['awsregion'],
      account_lower: ['recipientaccountid'],
      error_code_lower: ['errorcode'],
      request_id_lower: ['requestid'],
      source_address_lower: ['sourceipaddress'],
      user_agent_lower: ['useragent'],
    }),
    ...columnsAs('json', {
      identity_lower: ['useridentity'],
      request_parameters_lower: ['requestparameters'],
      response_elements_lower: ['responseelements'],
      additional_event_data_lower: ['additionaleventdata'],
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
      title: 'Amazon Athena: table of CloudTrail logs',
      url: 'https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html',
    },
    {
      title: 'Logstash: codec of CloudTrail',
      url: 'https://www.elastic.co/docs/reference/logstash/plugins/plugins-codecs-cloudtrail',
    },
    {
      title: 'AWS: CloudTrail digest file structure',
      url: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html',
    },
  ],
};
