import { atPath } from '../../landing/positioned-tree.ts';
import { kubernetesRedaction, markSecretBody } from '../k8s_objects/redact.ts';
import type { RedactionRules } from '../source.ts';

/** Methods of GKE whose bodies are of Secrets, and may not say so themselves: a patch has no kind. */
const verbs = ['create', 'update', 'patch', 'get', 'list', 'watch', 'delete', 'deletecollection'];

/**
 * Secret Manager leaves payloads out of its log. GKE's entries hold bodies of the Kubernetes API, which hide what
 * they hide in Kubernetes' own audit log.
 */
export const gcpAuditRedaction: RedactionRules = {
  ...kubernetesRedaction,
  signals: {
    ...kubernetesRedaction.signals,
    secretsMethod: {
      keys: ['methodName'],
      when: 'ends',
      texts: verbs.map((verb) => `.secrets.${verb}`),
    },
  },
  candidates: [...kubernetesRedaction.candidates, ['secretsMethod']],
  mark(root, mark, record) {
    const isOfSecrets = atPath(record, 'protoPayload', 'methodName').some(({ text }) =>
      /[.]secrets[.][a-z]+$/i.test(text),
    );
    if (isOfSecrets && root !== record) markSecretBody(root, mark);
    if (isOfSecrets && root === record) {
      for (const key of ['request', 'response']) {
        for (const body of atPath(root, 'protoPayload', key)) markSecretBody(body, mark);
      }
    }
    kubernetesRedaction.mark(root, mark, record);
  },
};
