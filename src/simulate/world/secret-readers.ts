import { type Actor, type ApiRequest, logsAnswer } from './api-request.ts';
import type { Cluster } from './cluster.ts';
import type { KubernetesSecret } from './kinds.ts';
import { secretBody } from './secret-content.ts';
import { type SecretWatch, showSecret, startShowing, stopShowing } from './secret-watch.ts';
import { noteLogCopy, type SecretWrite, writeSecret } from './secrets.ts';

const forbidden = { code: 403, reason: 'Forbidden' };

/** `kubectl get secret NAME -o yaml`. */
export function getSecret(
  cluster: Cluster,
  actor: Actor,
  namespace: string,
  name: string,
  why = 'read the Secret',
): number {
  const secret = cluster.secrets.get(`${namespace}/${name}`);
  const request: ApiRequest = { actor, verb: 'get', resource: 'secrets', namespace, name };
  if (secret === undefined) {
    const message = `secrets "${name}" not found`;
    const details = { name, kind: 'secrets' };
    return cluster.request({ ...request, code: 404, reason: 'NotFound', message, details });
  }
  const responseObject = secretBody(secret, String(cluster.resourceVersion()));
  const at = cluster.request({ ...request, responseObject });
  if (logsAnswer(cluster.policy, request)) noteLogCopy(cluster, secret.data, at);
  showSecret(cluster, actor, secret, at, why);
  return at;
}

/** RBAC says no: to one Secret, or to a list of them. */
export function refuseSecrets(
  cluster: Cluster,
  actor: Actor,
  verb: 'get' | 'list' | 'watch',
  place: { namespace?: string; name?: string },
): void {
  const message = `secrets is forbidden: User "${actor.username}" cannot ${verb} resource "secrets"`;
  cluster.request({ actor, verb, resource: 'secrets', ...place, ...forbidden, message });
}

export interface ListPart {
  /** Left out: all namespaces. */
  namespace?: string;
  /** What `-l` says, and what that selects. */
  labels?: Record<string, string>;
  field?: { name?: string; type?: string };
  /** The answer holds no values, and the log says so where it keeps answers. */
  as?: 'table' | 'metadata';
}

/** One list: all values of all Secrets that it selects. */
export function listSecrets(
  cluster: Cluster,
  actor: Actor,
  part: ListPart,
  why = 'listed Secrets',
): number {
  const chosen = [...cluster.secrets.values()].filter(selectorOf(part));
  const request: ApiRequest = {
    actor,
    verb: 'list',
    resource: 'secrets',
    ...placeOf(part),
    query: [...selectorQuery(part), 'limit=500'].join('&'),
    responseObject: listBody(chosen, part.as),
  };
  const at = cluster.request(request);
  if (part.as !== undefined) return at;
  for (const secret of chosen) {
    if (logsAnswer(cluster.policy, request)) noteLogCopy(cluster, secret.data, at);
    showSecret(cluster, actor, secret, at, why);
  }
  return at;
}

/** A watch stays open; `before` is the one it takes over from, which shows nothing twice. */
export function watchSecrets(
  cluster: Cluster,
  actor: Actor,
  part: ListPart,
  before?: { watch: SecretWatch },
): { watch: SecretWatch; close: () => void } {
  const watch: SecretWatch = { actor, selects: selectorOf(part), shown: new Map() };
  const query = [
    'allowWatchBookmarks=true',
    ...selectorQuery(part),
    ...(before === undefined
      ? ['resourceVersionMatch=NotOlderThan', 'sendInitialEvents=true']
      : [`resourceVersion=${cluster.resourceVersion()}`]),
    `timeoutSeconds=${cluster.random.integer(300, 590)}`,
    'watch=true',
  ];
  const { startedAt, close } = cluster.open({
    actor,
    verb: 'watch',
    resource: 'secrets',
    ...placeOf(part),
    query: query.join('&'),
    responseObject: undefined,
  });
  startShowing(cluster, watch, startedAt, before?.watch);
  cluster.watches.add(watch);
  return {
    watch,
    close: () => {
      stopShowing(watch, close());
      cluster.watches.delete(watch);
    },
  };
}

/** A person puts another value in: she reads the Secret, and sends it back whole. */
export function overwriteSecret(
  cluster: Cluster,
  actor: Actor,
  secret: KubernetesSecret,
  values: Record<string, string>,
): number {
  getSecret(cluster, actor, secret.namespace, secret.name, 'read it to replace it');
  const data = new Map(Object.entries(values).map(([key, value]) => [key, { value, held: null }]));
  const write: SecretWrite = {
    actor,
    how: 'update',
    namespace: secret.namespace,
    name: secret.name,
    owners: null,
    data,
    path: null,
    sendsUid: true,
  };
  return writeSecret(cluster, write);
}

function placeOf({ namespace, field }: ListPart): { namespace?: string; name?: string } {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(field?.name === undefined ? {} : { name: field.name }),
  };
}

function selectorOf({ namespace, labels = {}, field = {} }: ListPart) {
  return (secret: KubernetesSecret): boolean =>
    (namespace === undefined || secret.namespace === namespace) &&
    (field.name === undefined || secret.name === field.name) &&
    (field.type === undefined || secret.type === field.type) &&
    Object.entries(labels).every(([key, value]) => secret.labels[key] === value);
}

function selectorQuery({ labels = {}, field = {} }: ListPart): string[] {
  const fields = [
    ...(field.name === undefined ? [] : [`metadata.name=${field.name}`]),
    ...(field.type === undefined ? [] : [`type=${field.type}`]),
  ];
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    ...(fields.length === 0 ? [] : [`fieldSelector=${encodeURIComponent(fields.join(','))}`]),
    ...(pairs.length === 0 ? [] : [`labelSelector=${encodeURIComponent(pairs.join(','))}`]),
  ];
}

function listBody(secrets: KubernetesSecret[], as: ListPart['as']): unknown {
  const metadata = { resourceVersion: '48999' };
  const partial = (secret: KubernetesSecret) => {
    const { namespace, name, uid, labels } = secret;
    return {
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name, namespace, uid, labels },
    };
  };
  if (as === 'metadata') {
    const items = secrets.map(partial);
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
  }
  if (as === 'table') {
    const rows = secrets.map((secret) => ({
      cells: [secret.name, secret.type, secret.data.size, '2d'],
      object: partial(secret),
    }));
    return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows };
  }
  const items = secrets.map((secret) => secretBody(secret, '48998'));
  return { kind: 'SecretList', apiVersion: 'v1', metadata, items };
}
