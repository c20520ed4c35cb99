import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';
import { StoryStore, storyLogs } from '../helpers/story-store.ts';

const object = 'vault:secret/payments/stripe';
let story: StoryStore;

beforeAll(async () => {
  story = new StoryStore();
  const { status, stdout, stderr } = await story.land();
  expect(status).toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Reading 4 files, /);
});

afterAll(() => story.remove());

async function json(parameters: readonly string[]) {
  const { status, stdout, stderr } = await story.run([...parameters, '--format', 'json']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe('blast-radius', () => {
  it('has the documented shape', async () => {
    const answer = await json(['blast-radius', '--object', object, '--version', '3']);
    const keys = ['question', 'versions', 'exposures', 'coverage', 'unknowns'];
    expect(Object.keys(answer)).toEqual(keys);
    const asked = { object, version: '3', since: null, until: null, as_of: 4 };
    expect(answer.question).toEqual(asked);
    expect(Object.keys(answer.exposures[0])).toEqual(
      'id object version version_grade fields holder path observed grade alternatives first_at last_at end_state seen_from links'.split(
        ' ',
      ),
    );
    expect(Object.keys(answer.exposures[0].holder)).toEqual(
      'kind id class cluster namespace name service_account workload node created_by'.split(' '),
    );
    expect(Object.keys(answer.versions[0])).toEqual(
      'object version created_at created_by superseded_at ended_at ended_by same_value evidence'.split(
        ' ',
      ),
    );
    expect(Object.keys(answer.coverage[0])).toEqual(
      'cluster path state from until log level why'.split(' '),
    );
    expect(Object.keys(answer.unknowns[0])).toEqual(['question', 'why', 'collect']);
  });

  it('narrows to a window, and to a field', async () => {
    const given = ['blast-radius', '--object', `${object}#api_key`, '--since'];
    const answer = await json([...given, '2026-03-03T10:00:00+01:00', '--until=-1s']);
    expect(answer.question).toMatchObject({
      object: `${object}#api_key`,
      since: '2026-03-03T09:00:00Z',
    });
    for (const { fields } of answer.exposures) expect(fields).toContain('api_key');
  });

  it('ends with 1 for --fail-on when there is something', async () => {
    const given = ['blast-radius', '--object', object, '--quiet', '--fail-on', 'exposures'];
    expect((await story.run([...given, '--version', '3'])).status).toBe(1);
    expect((await story.run([...given, '--until', '2020-01-01T00:00:00Z'])).status).toBe(0);
  });

  it('takes the API path with data/, and any part of the name that is one object', async () => {
    for (const reference of ['vault:secret/data/payments/stripe', 'payments/stripe']) {
      const answer = await json(['blast-radius', '--object', reference]);
      expect(answer.question.object).toBe(object);
    }
  });

  it('gives the same bytes twice, in every format', async () => {
    for (const format of ['table', 'json', 'csv', 'ndjson']) {
      const given = ['blast-radius', '--object', object, '--format', format];
      const [first, second] = [await story.run(given), await story.run(given)];
      expect(first.stdout.length).toBeGreaterThan(100);
      expect(second.stdout).toBe(first.stdout);
    }
  });

  it('has evidence that show resolves', async () => {
    const { exposures } = await json(['blast-radius', '--object', object]);
    const ids = new Set<string>(
      exposures.flatMap((exposure: { links: { evidence: string[] }[] }) =>
        exposure.links.flatMap((link) => link.evidence),
      ),
    );
    expect(ids.size).toBeGreaterThan(10);
    for (const id of [...ids].slice(0, 5)) {
      const shown = await json(['show', id]);
      expect(id.startsWith(shown.meta.record_id)).toBe(true);
      expect(shown.content).toBeTypeOf('object');
    }
  });
});

describe('blast-radius --holder', () => {
  const keysOf = (row: object) => Object.keys(row);

  it('has the shape of an answer about an object, and rotation and tokens besides', async () => {
    const [pod] = await json([
      'sql',
      "select namespace, name, uid from entity where kind = 'pod' and name like 'api-%' order by name limit 1",
    ]);
    const about = await json(['blast-radius', '--object', object]);
    const answer = await json(['blast-radius', '--holder', `pod:${pod.namespace}/${pod.name}`]);
    expect(keysOf(answer)).toEqual([...keysOf(about), 'rotation', 'tokens']);
    expect(answer.question).toEqual({
      object: null,
      holder: `pod:${pod.uid}`,
      version: null,
      since: null,
      until: null,
      as_of: 4,
    });
    const [exposure] = answer.exposures;
    expect(keysOf(exposure).filter((key) => key !== 'via')).toEqual(keysOf(about.exposures[0]));
    for (const part of ['versions', 'coverage', 'unknowns']) {
      expect(keysOf(answer[part][0])).toEqual(keysOf(about[part][0]));
    }
    expect(keysOf(answer.rotation[0])).toEqual(
      'rank object version alternatives observed current grade open other_holders first_at last_at reasons'.split(
        ' ',
      ),
    );
    expect(keysOf(answer.tokens[0])).toEqual(
      'token kind cluster identity issued_to requested_with pod_id pod audiences issued_at expires_at depth grade evidence'.split(
        ' ',
      ),
    );
  });

  it("gives the rows of the object that are the pod's, as they are there", async () => {
    const { exposures } = await json(['blast-radius', '--object', object]);
    const pods = exposures.filter((row: { path: string }) => row.path === 'csi_mount');
    const { id } = pods[0].holder;
    for (const reference of [`pod:${id}`, id]) {
      const answer = await json(['blast-radius', '--holder', reference]);
      const own = answer.exposures.filter((row: { via: string }) => row.via === 'self');
      const expected = exposures.filter((row: { holder: { id: string } }) => row.holder.id === id);
      expect(own.map(({ via, ...row }: { via: string }) => row)).toEqual(expected);
      expect(expected.length).toBeGreaterThan(0);
    }
  });

  it('narrows to a window, and ends with 1 for --fail-on when there is something', async () => {
    const { exposures } = await json(['blast-radius', '--object', object]);
    const pod = exposures.find((row: { path: string }) => row.path === 'csi_mount').holder;
    const given = [
      'blast-radius',
      '--holder',
      `pod:${pod.id}`,
      '--fail-on',
      'exposures',
      '--quiet',
    ];
    expect((await story.run(given)).status).toBe(1);
    expect((await story.run([...given, '--until', '2020-01-01T00:00:00Z'])).status).toBe(0);
    expect((await story.run([...given, '--cluster', pod.cluster])).status).toBe(1);
  });

  it('gives the same bytes twice, in every format', async () => {
    for (const format of ['table', 'json', 'csv', 'ndjson']) {
      const given = [
        'blast-radius',
        '--holder',
        'service-account:payments/api',
        '--format',
        format,
      ];
      const [first, second] = [await story.run(given), await story.run(given)];
      expect(first.stdout.length).toBeGreaterThan(100);
      expect(second.stdout).toBe(first.stdout);
    }
  });

  it('shows in a table what to rotate first, and the way to each exposure', async () => {
    const { stdout } = await story.run([
      'blast-radius',
      '--holder',
      'service-account:payments/api',
    ]);
    const titles = ['Rotate in this order', 'Versions', 'Exposures: ', 'Tokens: ', 'Coverage: '];
    const places = titles.map((title) => stdout.indexOf(`\n${title}`));
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(places[0]).toBeGreaterThan(0);
    expect(stdout).toMatch(/^What leaks if service-account:payments\/api is lost$/m);
    expect(stdout).toMatch(/^ +via (self|pod), /m);
  });
});

describe('show', () => {
  it('writes the exact bytes with --raw', async () => {
    const rows = await json([
      'sql',
      "select record_id, position, sha256_source from record where source = 'vault_audit' and redacted = 0 order by position limit 3",
    ]);
    const source = readFileSync(join(storyLogs, 'vault_audit.jsonl'));
    for (const { record_id, position, sha256_source } of rows) {
      const { stdout } = await story.run(['show', record_id, '--raw']);
      const bytes = Buffer.from(stdout);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256_source);
      expect(source.subarray(position, position + bytes.length)).toEqual(bytes);
    }
  });

  it('opens a quarantined record with --raw alone', async () => {
    const [{ record_id }] = await json(['sql', 'select record_id from quarantine']);
    const shown = await json(['show', record_id]);
    expect(shown).toMatchObject({ content: null, meta: { kind: 'quarantined' } });
    expect((await story.run(['show', record_id, '--raw'])).stdout).toMatch(/^\{"time":/);
  });

  it('names every record of an event, and follows a pointer', async () => {
    const [{ event_id }] = await json([
      'sql',
      "select event_id from event_record where part = 'response' order by event_id limit 1",
    ]);
    const [event, ...records] = await json(['show', event_id]);
    expect(event.meta.event_id).toBe(event_id);
    expect(records.length).toBeGreaterThan(0);
    const part = await json(['show', `${records[0].meta.record_id}#/request/path`]);
    expect(part.content).toBeTypeOf('string');
  });
});

describe('leak', () => {
  const value = 'correct-horse-battery-staple-77';
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'custody-leak-'));
    mkdirSync(join(folder, 'logs'));
    const event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: '11111111-2222-4333-8444-555555555555',
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/payments/secrets',
      verb: 'create',
      user: { username: 'dana' },
      objectRef: { resource: 'secrets', namespace: 'payments', name: 'stripe', apiVersion: 'v1' },
      responseStatus: { code: 201 },
      requestObject: {
        kind: 'Secret',
        apiVersion: 'v1',
        data: { key: Buffer.from(value).toString('base64') },
      },
      requestReceivedTimestamp: '2026-03-03T08:00:00.000000Z',
      stageTimestamp: '2026-03-03T08:00:00.000000Z',
    };
    const broken = `{"kind":"Event","auditID":"x","note":"${value}`;
    writeFileSync(join(folder, 'logs', 'audit.jsonl'), `${JSON.stringify(event)}\n${broken}\n`);
    const given = ['ingest', join(folder, 'logs'), '--store', join(folder, 'store')];
    expect((await custody(given)).status).toBe(0);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds the value in a redacted record and in quarantine, and never prints it', async () => {
    const given = ['leak', '--value-stdin', '--store', join(folder, 'store'), '--format', 'json'];
    const { status, stdout, stderr } = await custody(given, { stdin: `${value}\n` });
    expect(status).toBe(0);
    const places = JSON.parse(stdout).map((row: { found_in: string }) => row.found_in);
    expect(places.sort()).toEqual(['quarantine', 'record']);
    expect(stdout + stderr).not.toContain(value);
    expect(stdout + stderr).not.toContain(Buffer.from(value).toString('base64'));
  });

  it('stays silent about another value', async () => {
    const given = [
      'leak',
      '--value-stdin',
      '--store',
      join(folder, 'store'),
      '--fail-on',
      'matches',
    ];
    const { status, stdout } = await custody([...given, '--format', 'json'], { stdin: 'another' });
    expect(JSON.parse(stdout)).toEqual([]);
    expect(status).toBe(0);
  });
});

describe('the other commands', () => {
  it.each([
    [['objects', 'stripe']],
    [['timeline', '--object', object]],
    [['chain', 'webhook-0']],
    [['query', 'list']],
    [['query', 'show', 'exposure/versions']],
    [['query', 'run', 'exposure/exposures', '--param', `objects=${object}`]],
    [['sources']],
  ])('%j gives one array of rows', async (parameters) => {
    const rows = await json(parameters);
    expect(Array.isArray(rows)).toBe(true);
    expect(rows.length).toBeGreaterThan(0);
  });

  it('ingest gives its summary as JSON, and lands nothing twice', async () => {
    const given = ['ingest', storyLogs, '--cluster', 'prod', '--quiet'];
    const summary = await json(given);
    expect(summary).toMatchObject({ records: 0, quarantined: 0, interrupted: false });
    expect(summary.already_landed).toBeGreaterThan(600);
    expect(summary.files).toHaveLength(4);
    for (const file of summary.files) expect(file.state).toBe('already landed');
  });

  it('rebuild gives the same answers', async () => {
    const given = ['blast-radius', '--object', object];
    const before = await json(given);
    expect((await story.run(['rebuild', '--quiet'])).status).toBe(0);
    expect(await json(given)).toEqual(before);
  });
});
