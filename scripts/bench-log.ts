import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** One line in so many holds something to redact, one in so many has bodies. */
const redactedEvery = 50;
const bodiesEvery = 5;

/** Who asks: so many namespaces with so many accounts, each with some pods, as a large cluster has. */
const namespaces = 40;
const accountsOfNamespace = 9;
const podsOfAccount = 4;
const nodes = 60;

const resources = ['pods', 'configmaps', 'nodes', 'deployments', 'endpoints', 'leases', 'services'];
const verbs = ['get', 'list', 'watch', 'update', 'patch', 'create'];

/** A pod as its token names it. */
interface Client {
  namespace: string;
  username: string;
  uid: string;
  token: string;
  pod: string;
  podUid: string;
  node: string;
  nodeUid: string;
  address: string;
}

/** Draws of one stream of random numbers. */
interface Draws {
  random(): number;
  pick<T>(values: readonly T[]): T;
  hex(digits: number): string;
  uuid(): string;
}

/** Writes a made-up audit log of about 1.8 KB a line, always the same. */
export async function writeAuditLog(path: string, lines: number): Promise<void> {
  const draws = drawsFrom(randomFrom(20260301));
  const clients = clientsOf(draws);
  const out = createWriteStream(path);
  let batch: string[] = [];
  for (let line = 0; line < lines; line += 1) {
    batch.push(`${JSON.stringify(eventOf(line, clients, draws))}\n`);
    if (batch.length === 2000) {
      if (!out.write(batch.join(''))) await once(out, 'drain');
      batch = [];
    }
  }
  out.end(batch.join(''));
  await once(out, 'finish');
}

function drawsFrom(random: () => number): Draws {
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits)
      text += Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  };
  return {
    random,
    pick: <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
}

function clientsOf({ pick, hex, uuid, random }: Draws): Client[] {
  const nodeUids = Array.from({ length: nodes }, uuid);
  return Array.from({ length: namespaces * accountsOfNamespace }, (_, account) => {
    const namespace = `team-${account % namespaces}`;
    const runner = `runner-${Math.floor(account / namespaces)}`;
    const uid = uuid();
    return Array.from({ length: podsOfAccount }, () => {
      const node = Math.floor(random() * nodes);
      return {
        namespace,
        username: `system:serviceaccount:${namespace}:${runner}`,
        uid,
        token: uuid(),
        pod: `${runner}-${hex(10)}`,
        podUid: uuid(),
        node: `node-${node}`,
        nodeUid: pick(nodeUids),
        address: `10.${Math.floor(random() * 250)}.${Math.floor(random() * 250)}.7`,
      };
    });
  }).flat();
}

function eventOf(line: number, clients: readonly Client[], draws: Draws): object {
  const { pick, hex, uuid, random } = draws;
  const isRedacted = line % redactedEvery === 7;
  const hasBodies = isRedacted || line % bodiesEvery === 2;
  const resource = isRedacted ? 'secrets' : pick(resources);
  const client = pick(clients);
  const { namespace } = client;
  const name = `${resource.slice(0, -1)}-${hex(10)}`;
  const received = new Date(Date.UTC(2026, 2, 1) + line * 37).toISOString();
  const time = (micros: number) => `${received.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
  const body = hasBodies ? bodyOf(resource, namespace, name, isRedacted, draws) : undefined;
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
      username: client.username,
      uid: client.uid,
      groups: [
        'system:serviceaccounts',
        `system:serviceaccounts:${namespace}`,
        'system:authenticated',
      ],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${client.token}`],
        'authentication.kubernetes.io/node-name': [client.node],
        'authentication.kubernetes.io/node-uid': [client.nodeUid],
        'authentication.kubernetes.io/pod-name': [client.pod],
        'authentication.kubernetes.io/pod-uid': [client.podUid],
      },
    },
    sourceIPs: [client.address],
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

function bodyOf(
  resource: string,
  namespace: string,
  name: string,
  isRedacted: boolean,
  { hex, uuid }: Draws,
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
