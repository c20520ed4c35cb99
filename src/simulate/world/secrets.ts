import { type Actor, type ApiRequest, logsBody } from './api-request.ts';
import type { Cluster } from './cluster.ts';
import { followSecret } from './consumers.ts';
import type { KubernetesSecret, Owner, SecretValue } from './kinds.ts';
import { encoded, heldIn, secretBody } from './secret-content.ts';
import { tellWatches } from './secret-watch.ts';

/** Whose write makes a Secret what kind of copy; null: a person's, which copies nothing. */
type CopyPath = 'synced_secret' | 'external_copy' | null;

export interface SecretWrite {
  actor: Actor;
  how: 'create' | 'update' | 'merge_patch' | 'apply';
  namespace: string;
  name: string;
  type?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** null: the owners it has stay; the driver's update of 1.6 drops them. */
  owners?: Owner[] | null;
  data: Map<string, SecretValue>;
  path: CopyPath;
  /** A full-object update carries the uid that its writer had read. */
  sendsUid?: boolean;
  fieldManager?: string;
}

/** Writes a Secret; the truth, volumes that follow it and watches learn of it. */
export function writeSecret(cluster: Cluster, write: SecretWrite): number {
  const { namespace, name, path } = write;
  const before = cluster.secrets.get(`${namespace}/${name}`);
  const secret: KubernetesSecret = {
    namespace,
    name,
    uid: before?.uid ?? cluster.random.uuid(),
    type: write.type ?? before?.type ?? 'Opaque',
    labels: write.labels ?? before?.labels ?? {},
    annotations: write.annotations ?? before?.annotations ?? {},
    owners: write.owners ?? (write.owners === null ? (before?.owners ?? []) : []),
    createdAt: before?.createdAt ?? cluster.clock.now,
    data: new Map(
      write.how === 'merge_patch' ? [...(before?.data ?? []), ...write.data] : write.data,
    ),
  };
  const request = writeRequest(cluster, write, secret, before === undefined);
  const at = cluster.request(request);
  cluster.secrets.set(`${namespace}/${name}`, secret);
  if (path !== null && logsBody(cluster.policy, request)) noteLogCopy(cluster, write.data, at);
  occupySecret(cluster, secret, path, at);
  followSecret(cluster, secret, at);
  tellWatches(cluster, secret, at);
  return at;
}

function writeRequest(
  cluster: Cluster,
  write: SecretWrite,
  secret: KubernetesSecret,
  isNew: boolean,
): ApiRequest {
  const { actor, how, namespace, name } = write;
  const common = { actor, resource: 'secrets', namespace, name };
  const responseObject = secretBody(secret, String(cluster.resourceVersion()));
  if (how === 'merge_patch') {
    const requestObject = { data: encoded({ ...secret, data: write.data }) };
    return { ...common, verb: 'patch', requestObject, responseObject };
  }
  const sentVersion = write.sendsUid === true ? String(cluster.resourceVersion()) : null;
  const requestObject = secretBody(secret, sentVersion);
  if (how === 'apply') {
    const query = `fieldManager=${write.fieldManager ?? 'apply'}&force=true`;
    const code = isNew ? 201 : 200;
    return { ...common, verb: 'patch', query, requestObject, responseObject, code };
  }
  const sent = write.sendsUid === true ? { uid: secret.uid } : {};
  return { ...common, verb: how, ...sent, requestObject, responseObject };
}

function occupySecret(
  cluster: Cluster,
  secret: KubernetesSecret,
  path: CopyPath,
  at: number,
): void {
  const { namespace, name } = secret;
  const slot = `secret/${cluster.name}/${namespace}/${name}`;
  const id = `${namespace}/${name}`;
  cluster.truth.occupy(slot, {
    holder: { kind: 'kubernetes_secret', id, cluster: cluster.name },
    path: path ?? 'synced_secret',
    held: path === null ? [] : heldIn(secret),
    at,
    why: path === 'external_copy' ? 'copied by an operator' : 'synced by the driver',
  });
}

/** The audit log itself now carries the values that were written or shown. */
export function noteLogCopy(cluster: Cluster, data: Map<string, SecretValue>, at: number): void {
  for (const { held } of data.values()) {
    if (held !== null) cluster.truth.logged(held, at, 'the audit log holds the body of a Secret');
  }
}

/** A create that finds the Secret there: driver 1.6 tries it at every republish. */
export function refuseCreate(cluster: Cluster, write: SecretWrite): void {
  const { actor, namespace, name } = write;
  const secret = cluster.secrets.get(`${namespace}/${name}`);
  if (secret === undefined) throw new Error(`no Secret ${namespace}/${name}`);
  const { labels = {} } = write;
  const request: ApiRequest = {
    actor,
    verb: 'create',
    resource: 'secrets',
    namespace,
    name,
    requestObject: secretBody({ ...secret, owners: [], labels, data: write.data }, null),
    code: 409,
    reason: 'AlreadyExists',
    message: `secrets "${name}" already exists`,
    details: { name, kind: 'secrets' },
    needed: false,
  };
  const at = cluster.request(request);
  if (logsBody(cluster.policy, request)) noteLogCopy(cluster, write.data, at);
}

/** The driver's second loop: the owners of the pods become the owners of the Secret. */
export function patchOwners(
  cluster: Cluster,
  actor: Actor,
  secret: KubernetesSecret,
  owners: Owner[],
): void {
  secret.owners = owners;
  const at = cluster.request({
    actor,
    verb: 'patch',
    resource: 'secrets',
    namespace: secret.namespace,
    name: secret.name,
    requestObject: {
      metadata: { ownerReferences: owners, resourceVersion: String(cluster.resourceVersion()) },
    },
    responseObject: secretBody(secret, String(cluster.resourceVersion())),
  });
  tellWatches(cluster, secret, at);
}

/** A Secret is deleted: whatever it held ends; gives the time. */
export function deleteSecret(cluster: Cluster, actor: Actor, secret: KubernetesSecret): number {
  const { namespace, name, uid } = secret;
  const at = cluster.request({
    actor,
    verb: 'delete',
    resource: 'secrets',
    namespace,
    name,
    requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid } },
    responseObject: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, kind: 'secrets', uid },
    },
    details: { name, kind: 'secrets', uid },
  });
  cluster.secrets.delete(`${namespace}/${name}`);
  occupySecret(cluster, secret, null, at);
  tellWatches(cluster, secret, at, true);
  return at;
}

/** An owner is gone: the garbage collector deletes what nobody else owns. */
export function collectSecrets(cluster: Cluster, ownerUid: string): void {
  const collector = cluster.controller('generic-garbage-collector');
  for (const secret of [...cluster.secrets.values()]) {
    const isOwned = secret.owners.some((owner) => owner.uid === ownerUid);
    if (!isOwned) continue;
    const rest = secret.owners.filter((owner) => owner.uid !== ownerUid);
    cluster.clock.pass(0.3);
    if (rest.length === 0) deleteSecret(cluster, collector, secret);
    else patchOwners(cluster, collector, secret, rest);
  }
}
