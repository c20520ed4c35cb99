import { kubernetesRedaction } from '../k8s_objects/redact.ts';
import { columnsAs, type Source } from '../source.ts';

/** Kubernetes API server audit events, `audit.k8s.io`, in the shape the log backend writes. */
export const k8sAudit: Source = {
  id: 'k8s_audit',
  title: 'Kubernetes audit log',
  // Real events lack apiVersion, auditID or requestReceivedTimestamp; shippers drop more. What
  // stays is that an event says who asked what of the API.
  promise: {
    all: [],
    any: [
      ['kind', 'auditID', 'stage', 'requestURI'],
      ['verb', 'requestURI', 'user', 'objectRef'],
    ],
    none: ['involvedObject', 'regarding', 'spec', 'protoPayload', 'properties', 'items'],
    text: { kind: ['Event'] },
  },
  formats: ['json'],
  columns: [
    ...columnsAs('text', {
      level: ['level'],
      // OpenShift's collector puts the level of the log's severity in its place.
      moved_level: ['k8s_audit_level'],
      openshift_level: ['openshift_audit_level'],
      audit_id: ['auditID'],
      stage: ['stage'],
      verb: ['verb'],
      request_uri: ['requestURI'],
      username: ['user', 'username'],
      impersonated_username: ['impersonatedUser', 'username'],
      token_pod_name: ['user', 'extra', 'authentication.kubernetes.io/pod-name', 0],
      token_pod_uid: ['user', 'extra', 'authentication.kubernetes.io/pod-uid', 0],
      token_node_name: ['user', 'extra', 'authentication.kubernetes.io/node-name', 0],
      credential_id: ['user', 'extra', 'authentication.kubernetes.io/credential-id', 0],
      user_agent: ['userAgent'],
      resource: ['objectRef', 'resource'],
      subresource: ['objectRef', 'subresource'],
      namespace: ['objectRef', 'namespace'],
      name: ['objectRef', 'name'],
      uid: ['objectRef', 'uid'],
      api_group: ['objectRef', 'apiGroup'],
      code: ['responseStatus', 'code'],
      details_uid: ['responseStatus', 'details', 'uid'],
      received_at: ['requestReceivedTimestamp'],
      stage_at: ['stageTimestamp'],
      // Servers before 1.10 state only these two; both are the time of arrival, to the second.
      timestamp_at: ['timestamp'],
      created_at: ['metadata', 'creationTimestamp'],
      issued_credential_id: ['annotations', 'authentication.kubernetes.io/issued-credential-id'],
      decision: ['annotations', 'authorization.k8s.io/decision'],
      truncated: ['annotations', 'audit.k8s.io/truncated'],
    }),
    ...columnsAs('json', {
      source_ips: ['sourceIPs'],
      user_groups: ['user', 'groups'],
      request_object: ['requestObject'],
      response_object: ['responseObject'],
      request_metadata: ['requestObject', 'metadata'],
      response_metadata: ['responseObject', 'metadata'],
      response_kind: ['responseObject', 'kind'],
      request_containers: ['requestObject', 'spec', 'template', 'spec', 'containers'],
      response_containers: ['responseObject', 'spec', 'template', 'spec', 'containers'],
    }),
  ],
  redact: kubernetesRedaction,
  documents: [
    {
      title: 'Kubernetes: audit.k8s.io/v1 API',
      url: 'https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/',
    },
    {
      title: 'Kubernetes: Auditing',
      url: 'https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/',
    },
  ],
};
