import { kubernetesRedaction } from '../k8s_objects/redact.ts';
import type { Source } from '../source.ts';

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
