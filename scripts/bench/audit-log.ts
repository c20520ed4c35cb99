import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** One line in so many holds something to redact, one in so many has bodies. */
const redactedEvery = 50;
const bodiesEvery = 5;

/** A large cluster: so many namespaces with so many accounts, each of some pods, on so many nodes. */
const namespaces = 40;
const accountsOfNamespace = 9;
const podsOfAccount = 4;
const nodes = 60;

const resources = ['pods', 'configmaps', 'nodes', 'deployments', 'endpoints', 'leases', 'services'];
const verbs = ['get', 'list', 'watch', 'update', 'patch', 'create'];

/** Writes a made-up audit log of about 1.8 KB a line, always the same. */
export async function writeAuditLog(path: string, lines: number): Promise<void> {
  const random = randomFrom(20260301);
  const out = createWriteStream(path);
  let batch: string[] = [];
  for (let line = 0; line < lines; line += 1) {
    batch.push(`${JSON.stringify(eventOf(line, random))}\n`);
    if (batch.length === 2000) {
      if (!out.write(batch.join(''))) await once(out, 'drain');
      batch = [];
    }
  }
  out.end(batch.join(''));
  await once(out, 'finish');
}

function eventOf(line: number, random: () => number): object {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits)
      text += Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  };
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
  const isRedacted = line % redactedEvery === 7;
  const hasBodies = isRedacted || line % bodiesEvery === 2;
  const resource = isRedacted ? 'secrets' : pick(resources);
  const team = Math.floor(random() * namespaces);
  const account = Math.floor(random() * accountsOfNamespace);
  const client = (team * accountsOfNamespace + account) * podsOfAccount + (line % podsOfAccount);
  const namespace = `team-${team}`;
  const name = `${resource.slice(0, -1)}-${hex(10)}`;
  const received = new Date(Date.UTC(2026, 2, 1) + line * 37).toISOString();
  const time = (micros: number) => `${received.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
  const body = hasBodies ? bodyOf(resource, namespace, name, isRedacted, hex, uuid) : undefined;
  const verb = isRedacted ? 'create' : pick(verbs);
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: hasBodies ? 'RequestResponse' : 'Metadata',
    auditID: uuid(),
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/${namespace}/${resource}/${name}?fieldManager=kubelet&timeout=10s`,
    verb,
    user: {
      username: `system:serviceaccount:${namespace}:runner-${account}`,
      uid: uuid(),
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${namespace}`,
        'system:authenticated',
      ],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${uuid()}`],
        'authentication.kubernetes.io/node-name': [`node-${client % nodes}`],
        'authentication.kubernetes.io/node-uid': [numberedUid('node', client % nodes)],
        'authentication.kubernetes.io/pod-name': [`runner-${account}-${client}`],
        'authentication.kubernetes.io/pod-uid': [numberedUid('pod', client)],
      },
    },
    sourceIPs: [`10.${Math.floor(random() * 250)}.${Math.floor(random() * 250)}.7`],
    userAgent: 'runner/v1.31.2 (linux/amd64) kubernetes/5864a46/leader-election',
    objectRef: {
      resource,
      namespace,
      name,
      uid: uuid(),
      apiVersion: 'v1',
      resourceVersion: hex(9),
    },
    responseStatus: { metadata: {}, code: random() < 0.03 ? 403 : 200 },
    ...(body === undefined ? {} : { requestObject: body, responseObject: body }),
    requestReceivedTimestamp: time(Math.floor(random() * 999)),
    stageTimestamp: time(999),
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason': `RBAC: allowed by RoleBinding "runner/${namespace}" of Role "runner"`,
    },
  };
}

/** The uid of one of so many things: a pod sends many requests, each of which names it. */
function numberedUid(kind: string, number: number): string {
  const digits = createHash('md5').update(`${kind} ${number}`).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function bodyOf(
  resource: string,
  namespace: string,
  name: string,
  isRedacted: boolean,
  hex: (digits: number) => string,
  uuid: () => string,
): object {
  const metadata = {
    name,
    namespace,
    uid: uuid(),
    resourceVersion: hex(9),
    creationTimestamp: '2026-02-01T00:00:00Z',
    labels: { 'app.kubernetes.io/name': name, 'pod-template-hash': hex(10) },
    managedFields: [
      {
        manager: 'kubelet',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-02-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:app.kubernetes.io/name': {} } } },
      },
    ],
  };
  if (isRedacted) {
    const data = { password: Buffer.from(hex(24)).toString('base64') };
    return { kind: 'Secret', apiVersion: 'v1', metadata, data, type: 'Opaque' };
  }
  const settings = Object.fromEntries(
    Array.from({ length: 14 }, (_, index) => [`setting-${index}`, `${hex(24)} of ${resource}`]),
  );
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata, data: settings };
}

/** A small generator of random numbers that gives the same ones on every machine (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
