import type { Source } from '../source.ts';
import { providerObjectsRedaction } from './redact.ts';

/**
 * What the vendors' own command lines print of policies, roles and trust: who may read a provider's
 * objects, and as whom a service account reads them.
 */
export const providerObjects: Source = {
  id: 'provider_objects',
  title: "Provider policies, roles and trust, as the vendors' command lines print them",
  // One of each list: the lists are the forms, read downwards.
  promise: {
    all: [],
    any: [
      ['request_id', 'UserDetailList', 'ARN', 'association', 'principalId', 'issuer', 'policy'],
      [
        'lease_id',
        'RoleDetailList',
        'ResourcePolicy',
        'association',
        'scope',
        'subject',
        'resource',
      ],
      ['data', 'Policies', 'Name', 'association', 'roleDefinitionId', 'audiences', 'assetType'],
    ],
    none: [
      'apiVersion',
      'kind',
      'verb',
      'eventSource',
      'protoPayload',
      'operationName',
      'time',
      'type',
    ],
  },
  formats: ['json'],
  redact: providerObjectsRedaction,
  functions: async (connection) =>
    (await import('./vault-policy.ts')).registerVaultPolicyRules(connection),
  documents: [
    {
      title: 'Vault: policies',
      url: 'https://developer.hashicorp.com/vault/docs/concepts/policies',
    },
    {
      title: 'Vault: Kubernetes auth method (API)',
      url: 'https://developer.hashicorp.com/vault/api-docs/auth/kubernetes',
    },
  ],
};
