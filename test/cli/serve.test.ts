import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import selfsigned from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';
import { auditEvent, eventList, type ServingProcess, startServe } from '../helpers/serving.ts';

const root = mkdtempSync(join(tmpdir(), 'custody-serve-'));
const token = 'a-token-that-only-this-test-knows';
let running: ServingProcess[] = [];
let stores = 0;

beforeAll(() => {
  writeFileSync(join(root, 'token'), `${token}\n`);
  writeFileSync(join(root, 'other-token'), 'another-token-for-another-cluster');
  writeFileSync(
    join(root, 'custody.yaml'),
    `custody: 1
serve:
  listen: 127.0.0.1:0
  body_bytes_max: 20000
  flush_milliseconds: 20
  tokens:
    - { name: all, file: token }
    - { name: west, file: other-token, clusters: [west], sources: [k8s_audit] }
`,
  );
});

afterEach(async () => {
  await Promise.all(running.map(({ end }) => end('SIGKILL')));
  running = [];
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function newStore(): string {
  stores += 1;
  return join(root, `store-${stores}`);
}

async function start(parameters: readonly string[]): Promise<ServingProcess> {
  const serving = await startServe(parameters);
  running.push(serving);
  return serving;
}

async function startConfigured(store = newStore()): Promise<ServingProcess & { store: string }> {
  const config = ['--config', join(root, 'custody.yaml')];
  return { ...(await start(['--store', store, ...config])), store };
}

async function post(url: string, body: string | Buffer, headers = {}): Promise<number> {
  const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', body, headers: { ...bearer, ...headers } });
  await response.arrayBuffer();
  return response.status;
}

async function eventsOf(store: string): Promise<Record<string, unknown>[]> {
  const select = `select source, cluster, action, name, count(*) as events
    from event group by all order by all`;
  const { stdout, stderr, status } = await custody([
    'sql',
    select,
    '--store',
    store,
    '--format',
    'json',
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

/** Asks again until something is so; the time of the test is its limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

async function metric(address: string, name: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${address}/metrics`, { headers });
  const text = await response.text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('custody serve', () => {
  it('answers when records are durable, and other commands see them while it runs', async () => {
    const { address, store } = await startConfigured();
    expect(await post(`${address}/audit/prod`, eventList(['a', 'b']))).toBe(200);
    expect(readdirSync(join(store, 'manifest'))).toEqual(['00000001.json']);
    const row = { source: 'k8s_audit', cluster: 'prod', action: 'get', events: 1 };
    expect(await eventsOf(store)).toEqual([
      { ...row, name: 'a' },
      { ...row, name: 'b' },
    ]);
    expect(await post(`${address}/audit/prod`, JSON.stringify(auditEvent('c')))).toBe(200);
    expect(await eventsOf(store)).toHaveLength(3);
    expect(await metric(address, 'custody_records_total')).toEqual([
      'custody_records_total{source="k8s_audit",cluster="prod"} 3',
    ]);
  });

  it('lands bodies of a moment together, and a body that is sent again once', async () => {
    const store = newStore();
    // Long enough for all of them to come on a busy machine.
    const slow = join(root, 'slow.yaml');
    writeFileSync(slow, 'custody: 1\nserve: { listen: "127.0.0.1:0", flush_milliseconds: 3000 }\n');
    const { address } = await start(['--store', store, '--config', slow]);
    const bodies = Array.from({ length: 20 }, (_, index) => eventList([`e${index}`]));
    const sent = [...bodies, ...bodies].map((body) => post(`${address}/audit/prod`, body));
    expect(new Set(await Promise.all(sent))).toEqual(new Set([200]));
    const batches = readdirSync(join(store, 'manifest')).length;
    expect(batches).toBeLessThan(20);
    const [again] = bodies;
    expect(await post(`${address}/audit/prod`, again ?? '')).toBe(200);
    expect(readdirSync(join(store, 'manifest'))).toHaveLength(batches);
    const events = await eventsOf(store);
    expect(events).toHaveLength(20);
    const records = ["select count(*) as n from record where kind = 'record'", '--format', 'json'];
    const { stdout } = await custody(['sql', ...records, '--store', store]);
    expect(JSON.parse(stdout)).toEqual([{ n: 20 }]);
  });

  it('loses nothing that it acknowledged and lands nothing twice, however often it is killed', async () => {
    const store = newStore();
    const first = await startConfigured(store);
    const { port } = new URL(first.address);
    const acknowledged = new Set<string>();
    let serving: ServingProcess = first;
    let isDone = false;
    // As an API server does: several batches at a time, each sent again until it is taken.
    const send = async (sender: number): Promise<void> => {
      for (let number = 0; !isDone; number += 1) {
        const ids = [`${sender}-${number}-x`, `${sender}-${number}-y`];
        for (;;) {
          const status = await post(`${first.address}/audit/prod`, eventList(ids)).catch(() => 0);
          if (status === 200) break;
          await sleep(20);
        }
        for (const id of ids) acknowledged.add(id);
      }
    };
    const senders = [0, 1, 2].map(send);
    for (let kill = 0; kill < 6; kill += 1) {
      const before = acknowledged.size;
      while (acknowledged.size < before + 4) await sleep(10);
      // At another moment of the landing each time.
      await sleep(17 * kill);
      await serving.end('SIGKILL');
      const restarted = ['--store', store, '--listen', `127.0.0.1:${port}`];
      serving = await start([...restarted, '--token-file', join(root, 'token')]);
    }
    isDone = true;
    await Promise.all(senders);
    expect(await serving.end('SIGTERM')).toBe(0);
    const events = await eventsOf(store);
    expect(events.map(({ name }) => name).sort()).toEqual([...acknowledged].sort());
    expect(events.every(({ events: count }) => count === 1)).toBe(true);
    const twice = `select name, count(*) as n from event join event_record using (event_id)
      group by name having count(*) > 1`;
    const { stdout } = await custody(['sql', twice, '--store', store, '--format', 'json']);
    expect(JSON.parse(stdout)).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(24);
  });

  it('commits what it took before a SIGTERM, refuses the rest, and leaves no trace of itself', async () => {
    const { address, store, end } = await startConfigured();
    expect(existsSync(join(store, 'serve.json'))).toBe(true);
    expect(statSync(join(store, 'serve.json')).mode & 0o777).toBe(0o600);
    const sent = Array.from({ length: 30 }, (_, index) =>
      post(`${address}/audit/prod`, eventList([`t${index}`])).catch(() => 0),
    );
    await sleep(30);
    expect(await end('SIGTERM')).toBe(0);
    const statuses = await Promise.all(sent);
    const taken = statuses.filter((status) => status === 200).length;
    expect(statuses.every((status) => [200, 503, 0].includes(status))).toBe(true);
    expect(existsSync(join(store, 'serve.json'))).toBe(false);
    if (taken > 0) expect(await eventsOf(store)).toHaveLength(taken);
  });

  it('takes what shippers send: one a line, lists, wrapped, gzip', async () => {
    const { address, store } = await startConfigured();
    const lines = [auditEvent('v1'), auditEvent('v2')].map((event) => JSON.stringify(event));
    const records = `${address}/records`;
    expect(await post(`${records}/k8s_audit?cluster=east`, lines.join('\n'))).toBe(200);
    expect(await post(`${records}/k8s_audit?cluster=list`, `[${lines.join(',')}]`)).toBe(200);
    const wrapped = lines.map((line) => ({ date: 1772359200.1, log: line, stream: 'stdout' }));
    expect(await post(`${records}/wrapped?cluster=fluent`, JSON.stringify(wrapped))).toBe(200);
    const body = lines.map((line) => ({
      timeUnixNano: '1772359200000000000',
      body: { stringValue: line },
    }));
    const otlp = { resourceLogs: [{ resource: {}, scopeLogs: [{ scope: {}, logRecords: body }] }] };
    const zipped = gzipSync(JSON.stringify(otlp));
    const encoding = { 'content-encoding': 'gzip' };
    expect(await post(`${records}/wrapped?cluster=otlp`, zipped, encoding)).toBe(200);
    expect(await post(`${records}/k8s_audit`, '')).toBe(200);
    const clusters = (await eventsOf(store)).map(({ cluster, name }) => `${cluster} ${name}`);
    expect(clusters).toEqual(
      ['east', 'fluent', 'list', 'otlp'].flatMap((each) => [`${each} v1`, `${each} v2`]),
    );
  });

  it('quarantines what is damaged in lines, and nothing beside it', async () => {
    const { address, store } = await startConfigured();
    const good = JSON.stringify(auditEvent('good'));
    const sent = [
      post(`${address}/records/k8s_audit?cluster=prod`, `${good}\n{"kind":"Ev`),
      post(`${address}/records/k8s_audit?cluster=prod`, JSON.stringify(auditEvent('beside'))),
    ];
    expect(await Promise.all(sent)).toEqual([200, 200]);
    expect((await eventsOf(store)).map(({ name }) => name)).toEqual(['beside', 'good']);
    const select = ['sql', 'select reason from quarantine', '--format', 'json', '--store', store];
    expect(JSON.parse((await custody(select)).stdout)).toEqual([{ reason: 'truncated' }]);
  });

  const west = { authorization: 'Bearer another-token-for-another-cluster' };
  it.each([
    ['no token', '/audit/prod', eventList(['x']), { authorization: '' }, 401, 'no_token'],
    [
      'a wrong token',
      '/audit/prod',
      eventList(['x']),
      { authorization: 'Bearer wrong-token-of-some-length' },
      401,
      'wrong_token',
    ],
    ['a token of another cluster', '/audit/prod', eventList(['x']), west, 403, 'token_elsewhere'],
    [
      'a token of another source',
      '/records/vault_audit?cluster=west',
      '{}',
      west,
      403,
      'token_elsewhere',
    ],
    ['a path out of its folder', '/audit/..%2f..%2fetc', eventList(['x']), {}, 404, 'bad_cluster'],
    ['a cluster that is no name', '/audit/%00', eventList(['x']), {}, 404, 'bad_cluster'],
    ['a source that is none', '/records/passwords', '{}', {}, 404, 'unknown_source'],
    ['what is no JSON', '/audit/prod', '{"kind":"EventList","items":[', {}, 400, 'malformed'],
    ['JSON that is no list of events', '/audit/prod', '{"kind":"Secret"}', {}, 400, 'malformed'],
    [
      'too large a body',
      '/audit/prod',
      eventList(Array.from({ length: 99 }, (_, at) => `x${at}`)),
      {},
      413,
      'too_large',
    ],
    [
      'a bomb',
      '/audit/prod',
      gzipSync(Buffer.alloc(10_000_000)),
      { 'content-encoding': 'gzip' },
      413,
      'too_large',
    ],
    [
      'gzip that is none',
      '/audit/prod',
      'no gzip',
      { 'content-encoding': 'gzip' },
      400,
      'malformed',
    ],
    [
      'an encoding that nobody speaks',
      '/audit/prod',
      'x',
      { 'content-encoding': 'br' },
      415,
      'malformed',
    ],
  ] as const)('refuses %s, and counts it', async (_what, path, body, headers, status, reason) => {
    const { address, store, log } = await startConfigured();
    expect(await post(`${address}${path}`, body as string, headers)).toBe(status);
    expect(await metric(address, 'custody_refused_requests_total')).toEqual([
      `custody_refused_requests_total{reason="${reason}"} 1`,
    ]);
    expect(readdirSync(join(store, 'manifest'))).toEqual([]);
    expect(log()).not.toContain(token);
    expect(await post(`${address}/audit/prod`, eventList(['after']))).toBe(200);
  });

  it('cuts off who says nothing that is HTTP, and goes on', async () => {
    const { address } = await startConfigured();
    const { port } = new URL(address);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write('\u0016\u0003 this is no request\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(await metric(address, 'custody_refused_requests_total')).toEqual([
      'custody_refused_requests_total{reason="no_request"} 1',
    ]);
  });

  it('receives no body of a stranger', async () => {
    const { address } = await startConfigured();
    const { port } = new URL(address);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    // All that is ever sent: the body is announced and never comes.
    socket.write('POST /audit/prod HTTP/1.1\r\nHost: x\r\nContent-Length: 15000\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it('tells whoever sends while too much arrives at once to come again, and takes it then', async () => {
    const small = join(root, 'small.yaml');
    writeFileSync(
      small,
      'custody: 1\nserve: { listen: "127.0.0.1:0", flush_milliseconds: 20, pending_bytes_max: 5000 }\n',
    );
    const { address } = await start(['--store', newStore(), '--config', small]);
    const { port } = new URL(address);
    const half = connect(Number(port), '127.0.0.1');
    half.on('error', () => {});
    const begun = 'POST /audit/prod HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n';
    half.write(begun + ' '.repeat(4900));
    await until(async () => (await post(`${address}/audit/prod`, eventList(['x']))) === 503);
    half.destroy();
    await until(async () => (await post(`${address}/audit/prod`, eventList(['x']))) === 200);
    const [line] = await metric(address, 'custody_refused_requests_total{reason="busy"}');
    expect(line).toMatch(/ [1-9]\d*$/);
  });

  it('cuts off crowds that dribble, while others are answered', async () => {
    const { address } = await startConfigured();
    const { port } = new URL(address);
    const closed: Promise<unknown>[] = [];
    const dribbling = Array.from({ length: 100 }, () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      closed.push(new Promise((resolve) => socket.on('close', resolve)));
      socket.write('POST /audit/prod HTTP/1.1\r\nHost: x\r\n');
      return socket;
    });
    const drip = setInterval(() => {
      for (const socket of dribbling) if (socket.writable) socket.write('X-Drip: 1\r\n');
    }, 500);
    try {
      expect(await post(`${address}/audit/prod`, eventList(['meanwhile']))).toBe(200);
      await Promise.all(closed);
    } finally {
      clearInterval(drip);
    }
    expect(await metric(address, 'custody_refused_requests_total')).toEqual([
      'custody_refused_requests_total{reason="too_slow"} 100',
    ]);
    expect(await post(`${address}/audit/prod`, eventList(['after']))).toBe(200);
  });

  it('takes a second one on the same store for a mistake', async () => {
    const { store } = await startConfigured();
    const { status, stderr } = await custody([
      'serve',
      '--store',
      store,
      '--listen',
      '127.0.0.1:0',
    ]);
    expect(stderr).toMatch(/^Cannot serve ".*": process \d+ does$/m);
    expect(status).toBe(2);
  });

  it.each([
    [['--listen', '0.0.0.0:0'], 'there is no TLS'],
    [['--listen', 'nowhere'], 'it is no address'],
    [['--tls-certificate', 'x.pem'], 'a certificate needs its key'],
    [['--token-file', '/nonexistent'], 'ENOENT'],
    [['--config', '/nonexistent'], 'ENOENT'],
  ])('refuses to start with %j', async (parameters, message) => {
    const { status, stderr } = await custody(['serve', '--store', newStore(), ...parameters]);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('custody serve with TLS', () => {
  async function certificate(name: string, ca?: { key: string; cert: string }) {
    const names = [{ name: 'commonName', value: name }];
    const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
    const extensions = [
      { name: 'basicConstraints' as const, cA: ca === undefined, critical: true },
      { name: 'subjectAltName' as const, altNames },
    ];
    return selfsigned.generate(names, { extensions, ...(ca === undefined ? {} : { ca }) });
  }

  function sendTls(
    address: string,
    tls: { ca: string; cert?: string; key?: string },
  ): Promise<number | string> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}` };
      const options = { method: 'POST', headers, ...tls };
      const asked = request(`${address}/audit/prod`, options, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      asked.on('error', () => resolve('no connection'));
      asked.end(eventList(['tls']));
    });
  }

  it('takes certificates of its authority, and no others', async () => {
    const authority = await certificate('authority');
    const ca = { key: authority.private, cert: authority.cert };
    const server = await certificate('server', ca);
    const sender = await certificate('sender', ca);
    const foreign = await certificate(
      'sender',
      await certificate('foreign').then((each) => ({ key: each.private, cert: each.cert })),
    );
    const files = { 'ca.pem': authority.cert, 'tls.crt': server.cert, 'tls.key': server.private };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    const tls = ['--tls-certificate', join(root, 'tls.crt'), '--tls-key', join(root, 'tls.key')];
    const listen = ['--listen', '127.0.0.1:0', '--client-ca', join(root, 'ca.pem')];
    const serving = await start(['--store', newStore(), ...listen, ...tls]);
    const known = { ca: authority.cert, cert: sender.cert, key: sender.private };
    expect(await sendTls(serving.address, known)).toBe(200);
    expect(await sendTls(serving.address, { ca: authority.cert })).toBe('no connection');
    const strange = { ca: authority.cert, cert: foreign.cert, key: foreign.private };
    expect(await sendTls(serving.address, strange)).toBe('no connection');
    expect(await sendTls(serving.address, known)).toBe(200);
  });
});
