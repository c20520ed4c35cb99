import type { Source } from '../source.ts';
import { providerObjectsRedaction } from './redact.ts';

/**
 * What the vendors' own command lines print of policies, roles and trust: who may read a provider's
 * objects, and as whom a service account reads them.
 */
export const providerObjects: Source = {
  id: 'provider_objects',
  title: 'Provider policies, roles and trust, as vault, aws, az and gcloud print them',
  // One of each list: the lists are the forms, read downwards. One key in both is enough by itself.
  promise: {
    all: [],
    any: [
      [
        'lease_id',
        'RoleDetailList',
        'ARN',
        'association',
        'Role',
        'assetType',
        'roleDefinitionId',
        'audiences',
        'properties',
        'principalId',
        'servicePrincipalNames',
        'uniqueId',
      ],
      [
        'data',
        'RoleDetailList',
        'Name',
        'association',
        'Role',
        'policy',
        'scope',
        'issuer',
        'location',
        'clientId',
        'servicePrincipalNames',
        'email',
      ],
    ],
    none: [
      'apiVersion',
      'kind',
      'verb',
      'eventSource',
      'protoPayload',
      'operationName',
      'time',
      // Of a print of the secret itself, which is no policy.
      'SecretString',
      'SecretBinary',
    ],
  },
  formats: ['json'],
  redact: providerObjectsRedaction,
  functions: async (connection) =>
    (await import('./register-readers.ts')).registerReaders(connection),
  documents: [
    {
      title: 'Vault: policies',
      url: 'https://developer.hashicorp.com/vault/docs/concepts/policies',
    },
    {
      title: 'Vault: Kubernetes auth method (API)',
      url: 'https://developer.hashicorp.com/vault/api-docs/auth/kubernetes',
    },
    {
      title: 'AWS: policy evaluation logic',
      url: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html',
    },
    {
      title: 'AWS: roles for service accounts',
      url: 'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    },
    {
      title: 'Azure Key Vault: role assignments and access policies',
      url: 'https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy',
    },
    {
      title: 'Google Cloud: IAM policies',
      url: 'https://cloud.google.com/iam/docs/allow-policies',
    },
    {
      title: 'Microsoft Entra: workload identity federation',
      url: 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation',
    },
  ],
};
