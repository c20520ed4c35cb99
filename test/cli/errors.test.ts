import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody, type ExecResult } from '../helpers/exec.ts';
import { holdDatabase } from '../helpers/hold-database.ts';
import { StoryStore, storyLogs } from '../helpers/story-store.ts';

const object = 'vault:secret/payments/stripe';
let story: StoryStore;
let scratch: string;

beforeAll(async () => {
  story = new StoryStore();
  scratch = mkdtempSync(join(tmpdir(), 'custody-errors-'));
  expect((await story.land()).status).toBe(0);
});

afterAll(() => {
  story.remove();
  rmSync(scratch, { recursive: true, force: true });
});

/** One clear line and a hint on stderr, nothing on stdout, exit code 2. */
function expectRefusal(result: ExecResult, line: RegExp): void {
  const lines = result.stderr.trimEnd().split('\n');
  const start = lines.findIndex((text) => text.startsWith('Cannot '));
  expect(lines[start]).toMatch(line);
  expect(lines[start + 1]).toMatch(/^hint: ./);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.stdout).toBe('');
  expect(result.status).toBe(2);
}

describe('bad input', () => {
  it.each([
    [['--since', 'yesterday'], /^Cannot read --since "yesterday": neither/],
    [['--since', '2026-03-01'], /^Cannot read --since "2026-03-01": a date alone/],
    [['--since', '2026-03-01T00:00:00'], /the zone is missing$/],
    [['--until', '2026-13-01T00:00:00Z'], /^Cannot read --until/],
    [['--since', '-1h', '--until', '-2h'], /--since is later than --until$/],
    [['--vault-hmac-key-file', 'key'], /go together$/],
  ])('blast-radius %j', async (options, line) => {
    const given = ['blast-radius', '--object', object, '--format', 'json', ...options];
    expectRefusal(await story.run(given), line);
  });

  it('an object that no log names', async () => {
    const result = await story.run(['blast-radius', '--object', 'vault:secret/payments/strip']);
    expectRefusal(result, /^Cannot find object "vault:secret\/payments\/strip": no landed log/);
    expect(result.stderr).toMatch(/^hint: did you mean .*vault:secret\/payments\/stripe$/m);
  });

  it('an object of another provider path', async () => {
    const result = await story.run(['timeline', '--object', 'nowhere/at/all']);
    expectRefusal(result, /^Cannot find object/);
    expect(result.stderr).toContain('custody objects');
  });

  it('a reference that matches several objects, unless all are wanted', async () => {
    const several = ['blast-radius', '--object', 'stripe', '--format', 'json'];
    const result = await story.run(several);
    expectRefusal(result, /^Cannot tell which object "stripe" means: \d+ match$/);
    expect(result.stderr).toContain(`\n  ${object}\n`);
    const all = await story.run([...several, '--all-matches']);
    expect(all.status).toBe(0);
    expect(JSON.parse(all.stdout).question.object).toBe('stripe');
  });

  it.each([
    [
      ['--holder', 'payments/api'],
      /^Cannot read --holder "payments\/api": it names no kind of holder$/,
    ],
    [['--holder', 'pod:'], /^Cannot read --holder "pod:": the name is missing$/],
    [['--holder', 'node:nowhere'], /^Cannot find holder "node:nowhere": no landed log names it$/],
    [[], /^Cannot tell a blast radius: neither --object nor --holder is given$/],
    [
      ['--holder', 'node:a', '--object', object],
      /'--holder <reference>' cannot be used with option '--object/,
    ],
    [['--holder', 'node:a', '--version', '3'], /cannot be used with option '--version/],
    [['--holder', 'node:a', '--value-stdin'], /cannot be used with option '--value-stdin/],
  ])('blast-radius %j', async (options, line) => {
    expectRefusal(await story.run(['blast-radius', ...options]), line);
  });

  it('a holder whose name is nearly right', async () => {
    const rows = await story.run([
      'sql',
      "select namespace || '/' || name as name from entity where kind = 'pod' and name like 'api-%' order by name limit 1",
      '--format',
      'json',
    ]);
    const [{ name }] = JSON.parse(rows.stdout);
    const result = await story.run([
      'blast-radius',
      '--holder',
      `pod:elsewhere/${name.split('/')[1]}`,
    ]);
    expectRefusal(result, /^Cannot find holder/);
    expect(result.stderr).toContain(`did you mean pod:${name}`);
  });

  it.each([
    ['nonsense', /it is no record or event id$/],
    ['0000000000000000-1', /this store has no such record$/],
    ['event-0000000000000000', /this store has no such event$/],
  ])('show %s', async (id, line) => {
    expectRefusal(await story.run(['show', id]), line);
  });

  it.each([
    [['query', 'run', 'nowhere/to_be_found'], /^Cannot find query/],
    [['query', 'run', 'exposure/exposures'], /its parameter "objects" is missing$/],
    [['query', 'run', 'exposure/exposures', '--param', 'x=1'], /it has no parameter "x"$/],
    [['query', 'run', 'exposure/exposures', '--param', 'x'], /there is no "="$/],
    [['query', 'list', '--queries', '/nowhere'], /^Cannot read query folder "\/nowhere": ENOENT$/],
    [['leak'], /--value-stdin is missing$/],
    [['leak', '--value-stdin'], /standard input is empty$/],
  ])('%j', async (given, line) => {
    expectRefusal(await custody([...given, ...storeOf(given)]), line);
  });
});

function storeOf(given: readonly string[]): string[] {
  return ['--store', given[0] === '' ? scratch : story.store];
}

describe('bad logs', () => {
  it('a path that is not there', async () => {
    const result = await custody(['ingest', join(scratch, 'nowhere'), '--store', scratch]);
    expectRefusal(result, /^Cannot ingest ".*nowhere": there is no such file$/);
  });

  it('an empty folder, and no store is made for it', async () => {
    const folder = join(scratch, 'empty');
    mkdirSync(folder);
    const result = await custody(['ingest', folder, '--store', join(scratch, 'unmade')]);
    expectRefusal(result, /^Cannot ingest ".*empty": there is no file in it$/);
    expect((await custody(['objects', '--store', join(scratch, 'unmade')])).stderr).toMatch(
      /^Cannot open store/,
    );
  });

  it('a folder without logs', async () => {
    const folder = join(scratch, 'prose');
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), 'Dear diary\n');
    writeFileSync(join(folder, 'b.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]));
    const result = await custody(['ingest', folder, '--store', join(scratch, 'prose-store')]);
    expectRefusal(result, /no file is a log of a known source$/);
    expect(result.stderr).toMatch(/a\.txt: skipped/);
  });
});

describe('bad state', () => {
  it('no store', async () => {
    expectRefusal(
      await custody(['objects', '--store', join(scratch, 'none')]),
      /^Cannot open store/,
    );
  });

  it('a store of a newer format', async () => {
    const other = new StoryStore();
    const path = join(other.store, 'store.json');
    await other.land();
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"version":1', '"version":2'));
    expectRefusal(await other.run(['objects']), /its format 2 is newer/);
    expectRefusal(await other.run(['rebuild']), /its format 2 is newer/);
    expectRefusal(await custody(['ingest', storyLogs, '--store', other.store]), /is newer/);
    other.remove();
  });

  it('a store that is a file, and one that cannot be made', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    for (const store of [file, join(file, 'below'), '/proc/custody-store']) {
      expectRefusal(await custody(['ingest', storyLogs, '--store', store]), /^Cannot /);
    }
  });

  it('a database that another process holds: waited for, then refused', async () => {
    const release = await holdDatabase(join(story.store, 'custody.duckdb'));
    const started = performance.now();
    const result = await story.run(['objects']);
    release();
    expectRefusal(result, /^Cannot open ".*custody\.duckdb": process \d+ .*holds it$/);
    expect(performance.now() - started).toBeGreaterThan(29_000);
    expect((await story.run(['objects'])).status).toBe(0);
  });

  it('a database that another process holds for a moment: waited for', async () => {
    const release = await holdDatabase(join(story.store, 'custody.duckdb'));
    setTimeout(release, 2000);
    expect((await story.run(['objects'])).status).toBe(0);
  });
});
