import type { Source } from '../source.ts';
import { kubernetesRedaction } from './redact.ts';

/** Kubernetes objects as `kubectl get -o json|yaml` prints them, and manifests. */
export const k8sObjects: Source = {
  id: 'k8s_objects',
  title: 'Kubernetes objects: kubectl snapshots and manifests',
  promise: {
    all: ['kind', 'apiVersion'],
    any: [['metadata', 'items']],
    none: ['auditID', 'verb', 'requestURI', 'stage'],
  },
  formats: ['json', 'yaml'],
  redact: kubernetesRedaction,
  documents: [
    {
      title: 'kubectl get',
      url: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_get/',
    },
    {
      title: 'Kubernetes: objects',
      url: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/',
    },
  ],
};
