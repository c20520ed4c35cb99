import { atPath } from '../../landing/positioned-tree.ts';
import { kubernetesRedaction, markSecretBody } from '../k8s_objects/redact.ts';
import type { RedactionRules } from '../source.ts';

/** Methods of GKE whose bodies are of Secrets, and may not say so themselves: a patch has no kind. */
const verbs = ['create', 'update', 'patch', 'get', 'list', 'watch', 'delete', 'deletecollection'];

/** What the entry's payload is called: by Logging, and by tables of lakes and of BigQuery. */
const payloads = ['protoPayload', 'protopayload', 'protopayload_auditlog'];

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
  // BigQuery holds bodies as texts, and GKE's bodies of Secrets may have no kind.
  nestedWords: [...kubernetesRedaction.nestedWords, 'data', 'value'],
  mark(root, mark, record) {
    const isOfSecrets = payloads
      .flatMap((payload) => atPath(record, payload, 'methodName'))
      .some(({ text }) => /[.]secrets[.][a-z]+$/i.test(text));
    if (isOfSecrets && root !== record) markSecretBody(root, mark);
    if (isOfSecrets && root === record) {
      const bodies = payloads.flatMap((payload) => [
        ...atPath(root, payload, 'request'),
        ...atPath(root, payload, 'response'),
      ]);
      for (const body of bodies) markSecretBody(body, mark);
    }
    kubernetesRedaction.mark(root, mark, record);
  },
};
