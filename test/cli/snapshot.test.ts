import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { qualifiedName, snapshotResources } from '../../src/ingest/kubernetes-snapshot.ts';
import { custody } from '../helpers/exec.ts';
import { startServe } from '../helpers/serving.ts';

// No API server can be had everywhere the tests run: this one speaks the protocol of lists
// (https://kubernetes.io/docs/reference/using-api/api-concepts/), pages, metadata alone, refusals.

const root = mkdtempSync(join(tmpdir(), 'custody-snapshot-'));
const asked: { path: string; accept: string; authorization: string }[] = [];
let server: Server;
let address = '';

const pod = (name: string) => ({
  metadata: { name, namespace: 'payments', uid: `uid-${name}` },
  spec: {
    nodeName: 'node-a',
    serviceAccountName: 'api',
    containers: [{ name: 'api', image: 'r/api:1' }],
    volumes: [
      {
        name: 's',
        csi: {
          driver: 'secrets-store.csi.k8s.io',
          volumeAttributes: { secretProviderClass: 'stripe' },
        },
      },
    ],
  },
});
const status = {
  metadata: {
    name: 'api-0-payments-stripe',
    namespace: 'payments',
    ownerReferences: [{ kind: 'Pod', name: 'api-0', uid: 'uid-api-0' }],
  },
  status: {
    mounted: true,
    podName: 'api-0',
    secretProviderClassName: 'stripe',
    objects: [{ id: 'key', version: '3' }],
  },
};
const secret = {
  apiVersion: 'meta.k8s.io/v1',
  kind: 'PartialObjectMetadata',
  metadata: {
    name: 'stripe',
    namespace: 'payments',
    annotations: {
      team: 'payments',
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"key":"c2FtcGxlLXZhbHVl"}}',
    },
  },
  // A server that does not know the form asked for would send this.
  data: { key: 'c2FtcGxlLXZhbHVl' },
};

function answer(request: IncomingMessage): { code: number; body: unknown } {
  const url = new URL(request.url ?? '', 'http://server');
  const next = url.searchParams.get('continue');
  const list = (items: unknown[], more?: string) => ({
    code: 200,
    body: { kind: 'List', apiVersion: 'v1', metadata: more ? { continue: more } : {}, items },
  });
  switch (url.pathname) {
    case '/api/v1/pods':
      if (next === null) return list([pod('api-0')], 'page-2');
      if (next === 'page-2') return { code: 410, body: { metadata: { continue: 'page-2b' } } };
      return list([pod('api-1')]);
    case '/apis/secrets-store.csi.x-k8s.io/v1/secretproviderclasspodstatuses':
      return list([status]);
    case '/api/v1/secrets':
      return list([secret]);
    case '/apis/rbac.authorization.k8s.io/v1/roles':
      return { code: 403, body: { kind: 'Status', code: 403 } };
    case '/api/v1/serviceaccounts':
      return list([{ metadata: { name: 'api', namespace: 'payments' } }]);
    default:
      return { code: 404, body: { kind: 'Status', code: 404 } };
  }
}

function kubeconfig(url: string): string {
  return `apiVersion: v1
kind: Config
current-context: prod
clusters: [{ name: prod-eu, cluster: { server: "${url}" } }]
users: [{ name: custody, user: { token: token-of-the-test } }]
contexts: [{ name: prod, context: { cluster: prod-eu, user: custody } }]
`;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const { accept = '', authorization = '' } = request.headers;
    asked.push({ path: request.url ?? '', accept, authorization });
    const { code, body } = answer(request);
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(root, 'config'), kubeconfig(address));
});

afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

async function snapshot(...more: string[]): ReturnType<typeof custody> {
  return custody(['snapshot', '--kubeconfig', join(root, 'config'), ...more]);
}

describe('custody snapshot', () => {
  it('lands every page as of now, with kinds, and says what it may not list', async () => {
    const store = join(root, 'store');
    const { status: code, stdout, stderr } = await snapshot('--store', store, '--format', 'json');
    expect(stderr).toContain('Cannot list "roles.rbac.authorization.k8s.io": forbidden');
    expect(code).toBe(2);
    const listed = JSON.parse(stdout).filter(({ state }: { state: string }) => state !== 'absent');
    expect(listed).toEqual([
      {
        resource: 'secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io',
        state: 'listed',
        objects: 1,
      },
      { resource: 'pods', state: 'listed', objects: 2 },
      { resource: 'secrets', state: 'listed', objects: 1 },
      { resource: 'serviceaccounts', state: 'listed', objects: 1 },
      { resource: 'roles.rbac.authorization.k8s.io', state: 'forbidden', objects: 0 },
    ]);
    const select = `select source, cluster, resource, name, "at" > now() - interval 1 hour as is_now
      from event order by resource, name`;
    const rows = await custody(['sql', select, '--store', store, '--format', 'json']);
    const common = { source: 'k8s_objects', cluster: 'prod-eu', is_now: true };
    expect(JSON.parse(rows.stdout)).toEqual([
      { ...common, resource: 'Pod', name: 'api-0' },
      { ...common, resource: 'Pod', name: 'api-1' },
      { ...common, resource: 'Secret', name: 'stripe' },
      { ...common, resource: 'SecretProviderClassPodStatus', name: 'api-0-payments-stripe' },
      { ...common, resource: 'ServiceAccount', name: 'api' },
    ]);
  });

  it('asks for the metadata of Secrets alone, and passes on nothing else of them', async () => {
    asked.length = 0;
    const { stdout } = await snapshot(
      '--output',
      '-',
      '--without',
      'roles.rbac.authorization.k8s.io',
    );
    const lines = stdout.trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line));
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'stripe', namespace: 'payments', annotations: { team: 'payments' } },
      },
    ]);
    expect(stdout).not.toContain('c2FtcGxlLXZhbHVl');
    const ofSecrets = asked.filter(({ path }) => path.startsWith('/api/v1/secrets?'));
    expect(ofSecrets).toEqual([
      {
        path: '/api/v1/secrets?limit=500',
        accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
        authorization: 'Bearer token-of-the-test',
      },
    ]);
    expect(asked.some(({ path }) => path.includes('/roles'))).toBe(false);
  });

  it('calls the cluster what it is told to, and names the command that lands what it wrote', async () => {
    const file = join(root, 'objects.jsonl');
    const without = ['--without', 'roles.rbac.authorization.k8s.io'];
    const { stderr } = await snapshot('--cluster', 'shop', '--output', file, ...without);
    expect(stderr).toMatch(/custody ingest --cluster shop --observed-at \S+Z lands it/);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(5);
  });

  it.each([
    ['a context that is not there', ['--context', 'none'], 'Cannot open the API of "none"'],
    ['a resource that is not listed', ['--without', 'nodes'], 'Cannot leave out "nodes"'],
  ])('refuses %s', async (_what, more, message) => {
    const { status: code, stderr } = await snapshot('--store', join(root, 'none'), ...more);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('says which server does not answer, and shows no token', async () => {
    const path = join(root, 'closed');
    writeFileSync(path, kubeconfig('http://127.0.0.1:9'));
    const store = join(root, 'closed-store');
    const { status: code, stderr } = await snapshot('--kubeconfig', path, '--store', store);
    expect(stderr).toContain('Cannot list secretproviderclasspodstatuses');
    expect(stderr).toContain('ECONNREFUSED');
    expect(stderr).not.toContain('token-of-the-test');
    expect(code).toBe(2);
  });
});

describe('custody serve', () => {
  async function serve(name: string, config: string, until: RegExp) {
    const path = join(root, `${name}.yaml`);
    writeFileSync(path, config);
    const store = join(root, `${name}-store`);
    const serving = await startServe([
      '--store',
      store,
      '--config',
      path,
      '--listen',
      '127.0.0.1:0',
    ]);
    for (let wait = 0; wait < 600 && !until.test(serving.log()); wait += 1) await sleep(100);
    const metrics = await (await fetch(`${serving.address}/metrics`)).text();
    expect(await serving.end('SIGTERM')).toBe(0);
    return { store, log: serving.log(), metrics };
  }

  it('takes a snapshot when it starts, and by its schedule', async () => {
    const { store, log, metrics } = await serve(
      'scheduled',
      `custody: 1
snapshots:
  - { name: prod, schedule: "* * * * * *", kubeconfig: config, context: prod, cluster: prod }
  - name: shop
    schedule: "0 0 1 1 *"
    kubeconfig: config
    without: [roles.rbac.authorization.k8s.io]
`,
      /(snapshot taken.*){4}/s,
    );
    expect(log).toContain('"forbidden":["roles.rbac.authorization.k8s.io"]');
    expect(metrics).toMatch(/custody_snapshots_total\{cluster="prod",outcome="partial"\} [2-9]/);
    expect(metrics).toContain('custody_snapshots_total{cluster="prod-eu",outcome="whole"} 1');
    const select = `select cluster, name, count(distinct "at") > 1 as repeatedly from event
      where resource = 'Pod' group by all order by all`;
    const { stdout } = await custody(['sql', select, '--store', store, '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual([
      { cluster: 'prod', name: 'api-0', repeatedly: true },
      { cluster: 'prod', name: 'api-1', repeatedly: true },
      { cluster: 'prod-eu', name: 'api-0', repeatedly: false },
      { cluster: 'prod-eu', name: 'api-1', repeatedly: false },
    ]);
  });

  it('goes on where a server does not answer, and tells no token', async () => {
    writeFileSync(join(root, 'silent'), kubeconfig('http://127.0.0.1:9'));
    const { log, metrics } = await serve(
      'silent',
      'custody: 1\nsnapshots: [{ name: gone, schedule: "0 0 1 1 *", kubeconfig: silent }]\n',
      /no whole snapshot/,
    );
    expect(log).toContain('ECONNREFUSED');
    expect(log).not.toContain('token-of-the-test');
    expect(metrics).toContain('custody_snapshots_total{cluster="gone",outcome="failed"} 1');
  });

  it('refuses to leave out what is not listed anyway', async () => {
    const path = join(root, 'wrong.yaml');
    const without = '{ name: a, schedule: "0 * * * *", without: [nodes] }';
    writeFileSync(path, `custody: 1\nsnapshots: [${without}]\n`);
    const { status: code, stderr } = await custody([
      'serve',
      '--store',
      join(root, 'wrong-store'),
      '--config',
      path,
    ]);
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      'Cannot leave out "nodes": it is not listed anyway',
    ]);
  });
});

describe('samples/deploy/snapshot-rbac.yaml', () => {
  it('grants to list what is listed, and nothing else', () => {
    const path = fileURLToPath(new URL('../../samples/deploy/snapshot-rbac.yaml', import.meta.url));
    const documents = parseAllDocuments(readFileSync(path, 'utf8')).map((each) => each.toJS());
    interface Rule {
      apiGroups: string[];
      resources: string[];
      verbs: string[];
    }
    const rules = documents.flatMap(({ rules: all }: { rules?: Rule[] }) => all ?? []);
    expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['list']));
    const granted = rules.flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((name) => (group ? `${name}.${group}` : name))),
    );
    expect(granted.sort()).toEqual(snapshotResources.map(qualifiedName).sort());
  });
});
