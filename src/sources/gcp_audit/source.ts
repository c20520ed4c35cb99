import { columnsAs, type Source } from '../source.ts';
import { gcpAuditRedaction } from './redact.ts';

/**
 * Cloud Audit Logs of Google Cloud: what Secret Manager, IAM credentials and the API servers of GKE were
 * asked for, and by whom.
 */
export const gcpAudit: Source = {
  id: 'gcp_audit',
  title: 'Google Cloud audit logs',
  promise: {
    all: [],
    any: [
      ['protoPayload', 'protopayload', 'protopayload_auditlog'],
      // Whoever cuts an entry to size keeps what he asks for.
      ['timestamp', 'receiveTimestamp', 'receivetimestamp'],
      ['logName', 'logname', 'insertId', 'insertid', 'resource'],
    ],
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
      cluster_name: ['resource', 'labels', 'cluster_name'],
      response_code: ['protoPayload', 'response', 'code'],
      issued_credential_id: ['labels', 'authentication.kubernetes.io/issued-credential-id'],
      decision: ['labels', 'authorization.k8s.io/decision'],
      truncated: ['labels', 'audit.k8s.io/truncated'],
      log_name_lower: ['logname'],
      insert_id_lower: ['insertid'],
    }),
    ...columnsAs('json', {
      delegation: ['protoPayload', 'authenticationInfo', 'serviceAccountDelegationInfo'],
      request_object: ['protoPayload', 'request'],
      response_object: ['protoPayload', 'response'],
      payload_lower: ['protopayload'],
      payload_table: ['protopayload_auditlog'],
    }),
  ],
  redact: gcpAuditRedaction,
  documents: [
    {
      title: 'Google Cloud: audit logging of Secret Manager',
      url: 'https://cloud.google.com/secret-manager/docs/audit-logging',
    },
    {
      title: 'Google Cloud: audit logging of GKE',
      url: 'https://cloud.google.com/kubernetes-engine/docs/how-to/audit-logging',
    },
    {
      title: 'Google Cloud: fields of audit logs in BigQuery',
      url: 'https://cloud.google.com/logging/docs/export/bigquery',
    },
    {
      title: 'Google Cloud: AuditLog',
      url: 'https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog',
    },
  ],
};
