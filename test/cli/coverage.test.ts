import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';
import { storyLogs } from '../helpers/story-store.ts';

const object = 'vault:secret/payments/stripe';
const root = mkdtempSync(join(tmpdir(), 'custody-coverage-'));
let stores = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

const logs: Record<string, string[]> = {
  'k8s_audit.log': [
    ...linesOf(readFileSync(join(storyLogs, 'k8s_audit.jsonl'))),
    ...linesOf(gunzipSync(readFileSync(join(storyLogs, 'k8s_audit-2.jsonl.gz')))),
  ],
  'vault_audit.log': linesOf(readFileSync(join(storyLogs, 'vault_audit.jsonl'))),
};

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\n').filter(Boolean);
}

/** Lands the logs of the story with only some of their lines; gives what runs a command on the store. */
async function landed(keep: (line: string, name: string) => boolean) {
  stores += 1;
  const folder = mkdtempSync(join(root, 'logs-'));
  const store = join(root, `store-${stores}`);
  for (const [name, lines] of Object.entries(logs)) {
    const kept = lines.filter((line) => keep(line, name));
    if (kept.length > 0) writeFileSync(join(folder, name), `${kept.join('\n')}\n`);
  }
  const ingest = await custody(['ingest', folder, '--cluster', 'prod', '--store', store]);
  expect(ingest.status).toBe(0);
  return async (...words: string[]) => await custody([...words, '--store', store]);
}

function between(line: string, from: string, until: string): boolean {
  const time = /"(?:stageTimestamp|time)":"([^"]+)"/.exec(line)?.[1] ?? '';
  return time >= from && time < until;
}

type Row = Record<string, unknown>;

describe('an hour that is missing in the middle of the audit log', async () => {
  const run = await landed(
    (line, name) =>
      name !== 'k8s_audit.log' || !between(line, '2026-03-03T08:20:00Z', '2026-03-03T09:20:00Z'),
  );

  it('is a gap, splits what the log covers, and fails where that was asked for', async () => {
    const { stdout, status } = await run('coverage', '--fail-on', 'gaps', '--format', 'json');
    expect(status).toBe(1);
    const answer = JSON.parse(stdout) as { coverage: Row[]; gaps: Row[] };
    expect(answer.gaps).toContainEqual(
      expect.objectContaining({
        source: 'k8s_audit',
        cluster: 'prod',
        kind: 'whole_log',
        from: expect.stringMatching(/^2026-03-03T08:(1\d|20)/),
        until: expect.stringMatching(/^2026-03-03T09:2/),
      }),
    );
    const mounts = answer.coverage.filter(({ path }) => path === 'csi_mount');
    expect(mounts.map(({ state }) => state)).toEqual(['full', 'none', 'full']);
  });

  it('is named by the blast radius, with what to collect', async () => {
    const { stdout } = await run('blast-radius', '--object', object, '--format', 'json');
    const { unknowns } = JSON.parse(stdout) as { unknowns: Row[] };
    const gap = unknowns.find(({ why }) => /is silent|silent/.test(String(why)));
    expect(gap).toMatchObject({ collect: expect.stringContaining('custody ingest --cluster') });
  });
});

describe('a store without the log of the provider', async () => {
  const run = await landed((_line, name) => name !== 'vault_audit.log');

  it('collects what is most volatile first, and that log as an exact command', async () => {
    const { stdout, status } = await run('coverage', '--collect', '--format', 'json');
    expect(status).toBe(0);
    const rows = JSON.parse(stdout) as { command: string }[];
    const commands = rows.map(({ command }) => command);
    expect(commands[0]).toMatch(/^kubectl --context=prod get pods -A -o json > /);
    expect(commands).toContainEqual(
      expect.stringMatching(/^custody ingest .*\/var\/log\/vault\/$/),
    );
  });
});

describe('the whole story', async () => {
  const run = await landed(() => true);

  it.each(['table', 'csv', 'ndjson', 'json'])('is told as %s', async (format) => {
    const { stdout, stderr, status } = await run(
      'coverage',
      '--object',
      object,
      '--format',
      format,
    );
    expect({ status, stderr: format === 'table' ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('csi_mount');
  });

  it('refuses an object that the store does not know', async () => {
    const { stderr, status } = await run('coverage', '--object', 'nothing-like-it');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^Cannot .*nothing-like-it/);
  });
});
