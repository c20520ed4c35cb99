import type { Session } from '../../sources/vault_audit/emit/vault-entry.ts';
import { loginKubernetes } from '../../sources/vault_audit/emit/vault-logins.ts';
import type { VaultServer } from '../../sources/vault_audit/emit/vault-server.ts';
import { serviceAccountActor } from './actors.ts';
import type { Actor } from './api-request.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode, Owner, PodRecord, SecretValue } from './kinds.ts';
import { type Declared, declarations, type OperatorKind, secretMarks } from './operator-bodies.ts';
import type { ServiceAccountToken } from './pod-token.ts';
import { applyWorkload, createPod, reportStatus } from './pods.ts';
import { writeSecret } from './secrets.ts';

const places = {
  external_secrets: { namespace: 'external-secrets', name: 'external-secrets' },
  vault_secrets_operator: {
    namespace: 'vault-secrets-operator',
    name: 'vault-secrets-operator-controller-manager',
  },
  secret_sync: { namespace: 'secrets-store-sync', name: 'secrets-store-sync-controller' },
} as const;

const userAgents: Record<OperatorKind, string> = {
  external_secrets: 'external-secrets/v0.0.0 (linux/amd64) kubernetes/$Format',
  vault_secrets_operator: 'vault-secrets-operator/v0.0.0 (linux/amd64) kubernetes/$Format',
  secret_sync: 'secrets-store-sync-controller/v0.0.4 (linux/amd64) 3186f13/2026-06-10',
};

/** An operator that copies provider objects into Secrets: its pod, its account. */
export interface Operator {
  kind: OperatorKind;
  cluster: Cluster;
  vault: VaultServer;
  pod: PodRecord;
  actor: Actor;
  sessions: Map<string, Session>;
}

/** The operator's Deployment and its pod; both are of the platform. */
export function installOperator(
  cluster: Cluster,
  vault: VaultServer,
  part: { kind: OperatorKind; by: Actor; node: ClusterNode },
): Operator {
  const { kind, by, node } = part;
  const { namespace, name } = places[kind];
  const spec = { namespace, serviceAccount: name, classes: [] };
  const workload = applyWorkload(cluster, by, { ...spec, kind: 'Deployment', name });
  const pod = createPod(cluster, { ...spec, node, workload });
  cluster.clock.pass(0.8);
  reportStatus(cluster, pod, 'Running');
  const actor = serviceAccountActor(namespace, name, {
    uid: cluster.accountUid(namespace, name),
    userAgent: userAgents[kind],
    address: pod.address,
    extra: {
      'authentication.kubernetes.io/node-name': [node.name],
      'authentication.kubernetes.io/pod-name': [pod.name],
      'authentication.kubernetes.io/pod-uid': [pod.uid],
    },
  });
  cluster.truth.platform.add(actor.username).add(pod.uid);
  return { kind, cluster, vault, pod, actor, sessions: new Map() };
}

/** Somebody declares a copy; the operator makes it at once. */
export function declareCopy(operator: Operator, by: Actor, copy: Declared): void {
  const { cluster, kind } = operator;
  for (const { group, version, resource, body } of declarations(kind, copy)) {
    const { namespace } = copy;
    const stored = { ...body, metadata: { ...body.metadata, uid: uidOf(copy, resource) } };
    cluster.request({
      actor: by,
      verb: 'create',
      group,
      version,
      resource,
      namespace,
      name: body.metadata.name,
      query: 'fieldManager=kubectl-client-side-apply&fieldValidation=Strict',
      requestObject: body,
      responseObject: stored,
    });
  }
  cluster.clock.pass(0.4);
  refreshCopy(operator, copy);
}

/** The operator asks Vault again, and writes only what differs. */
export function refreshCopy(operator: Operator, copy: Declared): void {
  const { cluster, vault, kind, actor, pod } = operator;
  const from = { address: pod.address };
  const result = vault.read(sessionFor(operator, copy), copy.object, from);
  if (result.state !== 'read') return;
  cluster.clock.pass(0.1);
  const version = result.version === null ? null : String(result.version);
  const held = { object: vault.reference(copy.object), version };
  const data = new Map<string, SecretValue>();
  if (kind === 'vault_secrets_operator') {
    for (const [key, value] of Object.entries(result.values)) {
      data.set(key, { value: String(value), held });
    }
    data.set('_raw', { value: JSON.stringify({ data: result.values }), held });
  } else {
    data.set(copy.key, { value: String(result.values[copy.field]), held });
  }
  const before = cluster.secrets.get(`${copy.namespace}/${copy.target}`);
  const isSame = [...data].every(([key, { value }]) => before?.data.get(key)?.value === value);
  if (before === undefined || !isSame) {
    const create = before === undefined ? 'create' : 'update';
    writeSecret(cluster, {
      actor,
      how: kind === 'secret_sync' ? 'apply' : create,
      namespace: copy.namespace,
      name: copy.target,
      ...secretMarks(kind, copy, uidOf(copy, 'declaration')),
      owners: [ownerOf(kind, copy)],
      data,
      path: 'external_copy',
      sendsUid: before !== undefined,
      fieldManager: 'secrets-store-sync-controller',
    });
  }
  reportCopy(operator, copy);
}

function reportCopy(operator: Operator, copy: Declared): void {
  const { cluster, kind, actor } = operator;
  const [main] = declarations(kind, copy).slice(-1);
  if (main === undefined) throw new Error('nothing was declared');
  const { group, version, resource, body } = main;
  const { namespace } = copy;
  const name = body.metadata.name;
  const object = { ...body, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
  const common = { actor, group, version, resource, namespace, name, subresource: 'status' };
  const bodies = { requestObject: object, responseObject: object };
  cluster.request({ ...common, ...bodies, verb: 'update', needed: false });
}

/** Whose token Vault is shown: the operator's own, or that of an account in the namespace. */
function sessionFor(operator: Operator, copy: Declared): Session {
  const { cluster, vault, kind, pod, actor, sessions } = operator;
  const known = sessions.get(copy.namespace);
  const isOver = (one: Session) =>
    cluster.clock.now / 1000 > Date.parse(one.issuedAt) + one.ttl * 1000;
  if (known !== undefined && !isOver(known)) return known;
  const isOwn = kind === 'external_secrets';
  const namespace = isOwn ? pod.namespace : copy.namespace;
  const serviceAccount = isOwn ? pod.serviceAccount : copy.serviceAccount;
  const jti = cluster.random.uuid();
  const token: ServiceAccountToken = {
    namespace,
    serviceAccount,
    serviceAccountUid: cluster.accountUid(namespace, serviceAccount),
    podName: pod.name,
    podUid: pod.uid,
    node: pod.node.name,
    jti,
    jwt: `eyJhbGciOiJSUzI1NiJ9.${cluster.random.hex(60)}.${cluster.random.hex(40)}`,
  };
  if (!isOwn) {
    cluster.request({
      actor,
      verb: 'create',
      resource: 'serviceaccounts',
      subresource: 'token',
      namespace,
      name: serviceAccount,
      requestObject: {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { creationTimestamp: null },
        spec: { audiences: ['vault'], expirationSeconds: 600, boundObjectRef: null },
      },
      annotations: { 'authentication.kubernetes.io/issued-credential-id': `JTI=${jti}` },
    });
  }
  const session = loginKubernetes(vault, cluster.authMount, copy.role, token, {
    address: pod.address,
  });
  cluster.truth.platform.add(session.identity);
  sessions.set(copy.namespace, session);
  return session;
}

function ownerOf(kind: OperatorKind, copy: Declared): Owner {
  const [main] = declarations(kind, copy).slice(-1);
  if (main === undefined) throw new Error('nothing was declared');
  const { apiVersion, kind: ownerKind, metadata } = main.body;
  return { apiVersion, kind: ownerKind, name: metadata.name, uid: uidOf(copy, main.resource) };
}

const uids = new WeakMap<Declared, string>();

/** One uid a declaration; what lies beside it (a store, an auth) gets one that is made from it. */
function uidOf(copy: Declared, resource: string): string {
  const known = uids.get(copy) ?? copy.uid;
  uids.set(copy, known);
  const isBeside = resource === 'secretstores' || resource === 'vaultauths';
  return isBeside ? `${known.slice(0, -4)}beef` : known;
}
