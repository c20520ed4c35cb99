/**
 * Some sixty secrets, each planted in one place of a log as clusters and Vaults really write it.
 *
 * The values are made at run time from a seed so that no file of the repository holds anything a
 * scanner would take for a live credential.
 */
import { createHash } from 'node:crypto';
import { plantedClouds } from './planted-clouds.ts';
import { plantedText } from './planted-text.ts';

interface Planted {
  place: string;
  value: string;
}

export interface PlantedFiles {
  planted: Planted[];
  /** File name to content. */
  files: Record<string, string>;
}

const base64 = (value: string): string => Buffer.from(value).toString('base64');

function letters(seed: string, length: number): string {
  let text = '';
  for (let part = 0; text.length < length; part++) {
    const digest = createHash('sha256').update(`${seed}:${part}`).digest('base64url');
    text += digest.replaceAll(/[-_]/g, '');
  }
  return text.slice(0, length);
}

const jwt = (seed: string): string =>
  [
    Buffer.from('{"alg":"RS256","kid":"k"}').toString('base64url'),
    Buffer.from(JSON.stringify({ sub: letters(seed, 8) })).toString('base64url'),
    letters(seed, 64),
  ].join('.');

/** Builds the log files and the list of what was planted in them. */
export function plantedFiles(): PlantedFiles {
  const planted: Planted[] = [];
  const plant = (place: string, make: (seed: string) => string): string => {
    const value = make(`${place}#${planted.length}`);
    planted.push({ place, value });
    return value;
  };
  const plain = (place: string): string => plant(place, (seed) => `pw-${letters(seed, 20)}`);
  const kubernetes = [
    ...secretBodies(plain, plant),
    ...secretPatches(plain),
    ...appliedConfigurations(plain, plant),
    ...tokens(plant),
    ...addresses(plain, plant),
    ...podBodies(plain, plant),
  ].map((event) => JSON.stringify(event));
  const torn = JSON.stringify(
    auditEvent('create', 'secrets', {
      requestObject: secret({ stringData: { password: plain('a line cut in the middle') } }),
    }),
  );
  kubernetes.push(torn.slice(0, -3));
  kubernetes.push(`E1123 03:11:02 login failed password=${plain('a line that is no JSON')}`);
  return {
    planted,
    files: {
      'audit.log': `${kubernetes.join('\n')}\n`,
      'vault.log': `${rawVaultLines(plain, plant).join('\n')}\n`,
      'secrets.json': kubectlJson(plain),
      'secrets.yaml': kubectlYaml(plain),
      ...plantedText(plain, plant, jwt),
      ...plantedClouds(plain),
    },
  };
}

type Plain = (place: string) => string;
type Plant = (place: string, make: (seed: string) => string) => string;
let sequence = 0;

function auditEvent(verb: string, resource: string, more: Record<string, unknown>): object {
  sequence++;
  const at = new Date(Date.UTC(2026, 10, 20, 3, 0, sequence)).toISOString();
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/payments/${resource}`,
    verb,
    user: { username: 'system:serviceaccount:ci:deployer', groups: ['system:authenticated'] },
    sourceIPs: ['10.0.0.9'],
    userAgent: 'kubectl/v1.33.1',
    objectRef: { resource, namespace: 'payments', name: 'stripe', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: at,
    stageTimestamp: at,
    ...more,
  };
}

function secret(more: object): object {
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'stripe', namespace: 'payments' },
    type: 'Opaque',
    ...more,
  };
}

function secretBodies(plain: Plain, plant: Plant): object[] {
  return [
    auditEvent('create', 'secrets', {
      requestObject: secret({ data: { key: base64(plain('Secret data, request')) } }),
      responseObject: secret({ data: { key: base64(`${plain('Secret data, newline')}\n`) } }),
    }),
    auditEvent('create', 'secrets', {
      requestObject: secret({
        stringData: {
          user: plain('Secret stringData'),
          quote: plant('Secret stringData, quoted', (seed) => `pw-${letters(seed, 20)} "x"\\ü`),
        },
      }),
    }),
    auditEvent('update', 'secrets', {
      requestObject: secret({
        data: { a: base64(plain('Secret update a')), b: base64(plain('Secret update b')) },
      }),
    }),
    auditEvent('list', 'secrets', {
      responseObject: {
        kind: 'SecretList',
        apiVersion: 'v1',
        items: ['first', 'second', 'third'].map((nth) => ({
          metadata: { name: nth },
          data: { password: base64(plain(`SecretList ${nth}`)) },
        })),
      },
    }),
    auditEvent('get', 'secrets', {
      level: 'RequestResponse',
      responseObject: secret({ data: { 'tls.key': base64(plain('Secret get')) }, immutable: true }),
    }),
  ];
}

function secretPatches(plain: Plain): object[] {
  return [
    auditEvent('patch', 'secrets', {
      requestObject: { data: { key: base64(plain('merge patch data')) } },
    }),
    auditEvent('patch', 'secrets', {
      requestObject: { stringData: { key: plain('merge patch stringData') } },
    }),
    auditEvent('patch', 'secrets', {
      requestObject: [
        { op: 'test', path: '/metadata/name', value: 'stripe' },
        { op: 'replace', path: '/data/key', value: base64(plain('json patch value')) },
      ],
    }),
    auditEvent('patch', 'secrets', {
      requestObject: [
        { op: 'add', path: '/data', value: { key: base64(plain('json patch object')) } },
      ],
    }),
    auditEvent('apply', 'secrets', {
      requestObject: secret({ stringData: { key: plain('server-side apply') } }),
    }),
  ];
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function appliedConfigurations(plain: Plain, plant: Plant): object[] {
  const applied = (body: object): object => ({
    metadata: { name: 'stripe', annotations: { [lastApplied]: `${JSON.stringify(body)}\n` } },
  });
  const inner = applied(secret({ stringData: { deep: plain('last-applied in last-applied') } }));
  const github = plant('env literal in last-applied', (seed) => `ghp_${letters(seed, 36)}`);
  return [
    auditEvent('patch', 'secrets', {
      requestObject: applied(secret({ data: { key: base64(plain('last-applied, patch')) } })),
    }),
    auditEvent('update', 'secrets', {
      responseObject: secret(applied(secret({ stringData: { key: plain('last-applied') } }))),
    }),
    auditEvent('update', 'secrets', {
      responseObject: secret(applied({ ...secret({}), ...inner })),
    }),
    auditEvent('patch', 'deployments', {
      requestObject: applied({
        kind: 'Deployment',
        spec: {
          template: { spec: { containers: [{ env: [{ name: 'GITHUB_TOKEN', value: github }] }] } },
        },
      }),
    }),
  ];
}

function tokens(plant: Plant): object[] {
  const request = (place: string): object =>
    auditEvent('create', 'serviceaccounts', {
      objectRef: { resource: 'serviceaccounts', subresource: 'token', name: 'api' },
      responseObject: {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        status: { token: plant(place, jwt), expirationTimestamp: '2026-11-20T04:00:00Z' },
      },
    });
  const review = (place: string): object =>
    auditEvent('create', 'tokenreviews', {
      requestObject: { kind: 'TokenReview', spec: { token: plant(place, jwt) } },
      responseObject: { kind: 'TokenReview', spec: {}, status: { authenticated: true } },
    });
  return [
    request('TokenRequest first'),
    request('TokenRequest second'),
    request('TokenRequest third'),
    review('TokenReview first'),
    review('TokenReview opaque'),
  ];
}

function addresses(plain: Plain, plant: Plant): object[] {
  const exec = '/api/v1/namespaces/payments/pods/api-0/exec?command=curl&command=-H&command=';
  const pod = { resource: 'pods', namespace: 'payments', name: 'api-0', subresource: 'exec' };
  return [
    auditEvent('get', 'services', {
      requestURI: `/api/v1/namespaces/x/services/dash/proxy/?token=${plain('token in a URL')}&a=1`,
    }),
    auditEvent('get', 'services', {
      requestURI: `/proxy/login?user=a&password=${encodeURIComponent(`${plain('password in a URL')}`)}`,
    }),
    auditEvent('get', 'pods', {
      objectRef: pod,
      requestURI: `${exec}Authorization%3A+Bearer+${plant('bearer in an exec argument', jwt)}`,
    }),
    auditEvent('create', 'pods', {
      objectRef: pod,
      requestURI: `${exec}X-Vault-Token%3A%20${plant('Vault token in an exec argument', (seed) => `hvs.${letters(seed, 24)}`)}`,
    }),
  ];
}

function podBodies(plain: Plain, plant: Plant): object[] {
  const pod = (env: object[]): object => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { generateName: 'api-', namespace: 'payments' },
    spec: { containers: [{ name: 'api', image: 'api:1', env }] },
  });
  return [
    auditEvent('create', 'pods', {
      requestObject: pod([
        {
          name: 'GITLAB',
          value: plant('GitLab token in env', (seed) => `glpat-${letters(seed, 20)}`),
        },
        {
          name: 'DATABASE_URL',
          value: `postgres://api:${plain('password in a database URL')}@db.payments:5432/api`,
        },
      ]),
    }),
    auditEvent('create', 'pods', {
      requestObject: pod([
        {
          name: 'SLACK',
          value: plant('Slack token in env', (seed) => `xoxb-${letters(seed, 30)}`),
        },
      ]),
    }),
  ];
}

function rawVaultLines(plain: Plain, plant: Plant): string[] {
  const token = (place: string): string => plant(place, (seed) => `hvs.${letters(seed, 28)}`);
  const entry = (nth: number, more: Record<string, unknown>): string =>
    JSON.stringify({
      time: new Date(Date.UTC(2026, 10, 20, 3, 5, nth)).toISOString(),
      type: 'response',
      auth: {
        client_token: token(`auth.client_token ${nth}`),
        accessor: plant(`accessor ${nth}`, (seed) => letters(seed, 24)),
        display_name: 'userpass-alice',
        metadata: { username: 'alice' },
      },
      ...more,
    });
  const request = (nth: number, path: string, operation: string): object => ({
    id: `11111111-0000-4000-8000-00000000000${nth}`,
    operation,
    mount_type: 'kv',
    mount_point: 'secret/',
    path,
    namespace: { id: 'root' },
    remote_address: '10.9.9.9',
  });
  return [
    entry(1, {
      request: {
        ...request(1, 'secret/data/payments/stripe', 'read'),
        client_token: token('request'),
      },
      response: {
        mount_type: 'kv',
        data: {
          data: { api_key: plain('raw KV value'), note: `${plain('raw KV value, newline')}\n` },
          metadata: { version: 3, created_time: '2026-11-01T00:00:00Z', destroyed: false },
        },
      },
    }),
    entry(2, {
      request: {
        ...request(2, 'secret/data/payments/stripe', 'update'),
        data: { data: { api_key: plain('raw KV write') }, options: { cas: 3 } },
      },
      response: { data: { version: 4, created_time: '2026-11-20T03:05:02Z' } },
    }),
    entry(3, {
      request: {
        ...request(3, 'auth/kubernetes/login', 'update'),
        data: { jwt: plant('login JWT', jwt), role: 'api' },
      },
      response: {
        auth: { client_token: token('login answer'), metadata: { role: 'api' } },
        wrap_info: { token: token('wrapping token'), ttl: 60 },
      },
    }),
  ];
}

function kubectlJson(plain: Plain): string {
  const list = {
    apiVersion: 'v1',
    items: [secret({ data: { key: base64(plain('kubectl get -o json')) } })],
    kind: 'List',
    metadata: { resourceVersion: '' },
  };
  return `${JSON.stringify(list, null, 4)}\n`;
}

function kubectlYaml(plain: Plain): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    '  name: stripe',
    'stringData:',
    `  plain: ${plain('manifest, plain')}`,
    `  quoted: "${plain('manifest, quoted')}"`,
    '  block: |',
    `    ${plain('manifest, block')}`,
    'data:',
    `  key: ${base64(plain('manifest, data'))}`,
    '',
  ].join('\n');
}
