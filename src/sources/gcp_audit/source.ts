import { columnsAs, type Source } from '../source.ts';

/** Cloud Audit Logs of Google Cloud: what Secret Manager and IAM credentials were asked for, and by whom. */
export const gcpAudit: Source = {
  id: 'gcp_audit',
  title: 'Google Cloud audit logs',
  promise: {
    all: ['protoPayload', 'logName'],
    any: [['timestamp', 'receiveTimestamp']],
    none: ['apiVersion', 'eventVersion', 'verb'],
  },
  formats: ['json'],
  columns: [
    ...columnsAs('text', {
      log_name: ['logName'],
      insert_id: ['insertId'],
      timestamp: ['timestamp'],
      project: ['resource', 'labels', 'project_id'],
      service: ['protoPayload', 'serviceName'],
      method: ['protoPayload', 'methodName'],
      resource_name: ['protoPayload', 'resourceName'],
      status_code: ['protoPayload', 'status', 'code'],
      principal_email: ['protoPayload', 'authenticationInfo', 'principalEmail'],
      principal_subject: ['protoPayload', 'authenticationInfo', 'principalSubject'],
      key_name: ['protoPayload', 'authenticationInfo', 'serviceAccountKeyName'],
      caller_address: ['protoPayload', 'requestMetadata', 'callerIp'],
      caller_address_renamed: ['protoPayload', 'requestMetadata', 'callerIP'],
      user_agent: ['protoPayload', 'requestMetadata', 'callerSuppliedUserAgent'],
      request_parent: ['protoPayload', 'request', 'parent'],
      request_name: ['protoPayload', 'request', 'name'],
      response_name: ['protoPayload', 'response', 'name'],
    }),
    ...columnsAs('json', {
      delegation: ['protoPayload', 'authenticationInfo', 'serviceAccountDelegationInfo'],
    }),
  ],
  // The service leaves payloads out of its log; what a text of a known format may hold is all there is.
  redact: { signals: {}, candidates: [], nestedWords: [], mark: () => {} },
  documents: [
    {
      title: 'Google Cloud: audit logging of Secret Manager',
      url: 'https://cloud.google.com/secret-manager/docs/audit-logging',
    },
    {
      title: 'Google Cloud: AuditLog',
      url: 'https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog',
    },
  ],
};
