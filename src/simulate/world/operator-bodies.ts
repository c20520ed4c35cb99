export type OperatorKind = 'external_secrets' | 'vault_secrets_operator' | 'secret_sync';

/** A copy as somebody declares it. */
export interface Declared {
  uid: string;
  namespace: string;
  name: string;
  /** `secret/payments/stripe`, one field of it, and the key that gets it. */
  object: string;
  field: string;
  key: string;
  /** The Secret; a SecretSync's has the name of the SecretSync. */
  target: string;
  role: string;
  /** The account of the namespace that some operators act for. */
  serviceAccount: string;
  /** The class that a SecretSync names, and the object of it. */
  class?: string;
  objectName?: string;
  authMount: string;
}

interface Declaration {
  group: string;
  version: string;
  resource: string;
  body: {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace: string };
    spec: unknown;
  };
}

const declared = (
  group: string,
  version: string,
  resource: string,
  kind: string,
  metadata: { name: string; namespace: string },
  spec: unknown,
): Declaration => ({
  group,
  version,
  resource,
  body: { apiVersion: `${group}/${version}`, kind, metadata, spec },
});

/** The objects that declare the copy, the one that owns the Secret last. */
export function declarations(kind: OperatorKind, copy: Declared): Declaration[] {
  if (kind === 'external_secrets') return externalSecrets(copy);
  if (kind === 'vault_secrets_operator') return vaultStaticSecret(copy);
  const { namespace, name, objectName, key, serviceAccount } = copy;
  const spec = {
    secretSyncControllerName: '',
    secretProviderClassName: copy.class,
    serviceAccountName: serviceAccount,
    secretObject: { type: 'Opaque', data: [{ sourcePath: objectName, targetKey: key }] },
  };
  const group = 'secret-sync.x-k8s.io';
  const metadata = { name, namespace };
  return [declared(group, 'v1alpha1', 'secretsyncs', 'SecretSync', metadata, spec)];
}

function externalSecrets(copy: Declared): Declaration[] {
  const { namespace, name, object, field, key, target, role, authMount } = copy;
  const [mount = '', ...path] = object.split('/');
  const kubernetes = { mountPath: authMount, role };
  const vault = {
    server: 'https://vault.example.net:8200',
    path: mount,
    version: 'v2',
    auth: { kubernetes },
  };
  const remoteRef = { key: path.join('/'), property: field };
  const spec = {
    refreshInterval: '10m',
    secretStoreRef: { kind: 'SecretStore', name: 'vault' },
    target: { name: target, creationPolicy: 'Owner' },
    data: [{ secretKey: key, remoteRef }],
  };
  const group = 'external-secrets.io';
  const store = { name: 'vault', namespace };
  const provider = { provider: { vault } };
  return [
    declared(group, 'v1', 'secretstores', 'SecretStore', store, provider),
    declared(group, 'v1', 'externalsecrets', 'ExternalSecret', { name, namespace }, spec),
  ];
}

function vaultStaticSecret(copy: Declared): Declaration[] {
  const { namespace, name, object, target, role, serviceAccount, authMount } = copy;
  const [mount = '', ...path] = object.split('/');
  const auth = {
    method: 'kubernetes',
    mount: authMount,
    kubernetes: { role, serviceAccount, audiences: ['vault'] },
  };
  const spec = {
    vaultAuthRef: 'vault',
    mount,
    type: 'kv-v2',
    path: path.join('/'),
    refreshAfter: '600s',
    destination: { create: true, name: target },
  };
  const group = 'secrets.hashicorp.com';
  const authName = { name: 'vault', namespace };
  return [
    declared(group, 'v1beta1', 'vaultauths', 'VaultAuth', authName, auth),
    declared(
      group,
      'v1beta1',
      'vaultstaticsecrets',
      'VaultStaticSecret',
      { name, namespace },
      spec,
    ),
  ];
}

/** What each operator writes on its Secrets. */
export function secretMarks(
  kind: OperatorKind,
  copy: Declared,
  uid: string,
): { labels: Record<string, string>; annotations: Record<string, string> } {
  if (kind === 'external_secrets') {
    return {
      labels: { 'reconcile.external-secrets.io/managed': 'true' },
      annotations: { 'reconcile.external-secrets.io/data-hash': uid.replaceAll('-', '') },
    };
  }
  if (kind === 'vault_secrets_operator') {
    return {
      labels: {
        'app.kubernetes.io/component': 'secret-sync',
        'app.kubernetes.io/managed-by': 'hashicorp-vso',
        'app.kubernetes.io/name': 'vault-secrets-operator',
        'secrets.hashicorp.com/vso-ownerRefUID': uid,
      },
      annotations: {},
    };
  }
  return { labels: { 'secrets-store.sync.x-k8s.io/secretsync': copy.name }, annotations: {} };
}
