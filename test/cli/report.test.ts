import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';
import { hostileBinding } from '../helpers/hostile-binding.ts';
import { StoryStore, storyLogs } from '../helpers/story-store.ts';

const object = 'vault:secret/payments/stripe';
const story = new StoryStore();
const hostile = '=cmd|<script>alert(1)</script><img src=//example.com/x>`![x](//example.com)';
const root = mkdtempSync(join(tmpdir(), 'custody-report-'));

beforeAll(async () => {
  expect((await story.land()).status).toBe(0);
});

afterAll(() => {
  story.remove();
  rmSync(root, { recursive: true, force: true });
});

interface Section {
  query: string;
  status: string;
  why: string[];
  rows: Record<string, unknown>[];
}

async function readReport(...words: string[]) {
  const { stdout, stderr, status } = await story.run(['report', ...words, '--format', 'json']);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as {
    report: Record<string, unknown>;
    sections: Section[];
    unknowns: unknown[];
    changes: { questions: Record<'added' | 'changed' | 'gone', unknown[]>[] } | null;
  };
}

describe('custody report', () => {
  it.each(['governance', 'access-review', 'rotation', 'coverage'])(
    '%s is the same bytes each time, and names what it was made from',
    async (kind) => {
      const first = await readReport(kind);
      expect(await readReport(kind)).toEqual(first);
      expect(first.report).toMatchObject({ kind, custody_version: '0.1.0' });
      expect(first.report.as_of).toBeGreaterThan(0);
      expect(first.unknowns.length).toBeGreaterThan(0);
      for (const { status, why } of first.sections) expect(status === 'answered').toBe(!why.length);
    },
  );

  it('tells what changed since an earlier time, and nothing where nothing is between', async () => {
    const named = ['rotation', '--object', object, '--until', '2026-03-03T10:25:00Z'];
    const { changes } = await readReport(...named, '--changes-since', '2026-03-03T08:30:00Z');
    await expect(`${JSON.stringify(changes, null, 2)}\n`).toMatchFileSnapshot(
      '../report/changes.golden.json',
    );
    const none = await readReport(...named, '--changes-since', '2026-03-03T10:25:00Z');
    expect(
      none.changes?.questions.map(({ added, changed, gone }) => [added, changed, gone]),
    ).toEqual(none.changes?.questions.map(() => [[], [], []]));
    expect((await readReport(...named)).changes).toBeNull();
    const page = await story.run(['report', ...named, '--changes-since', '2026-03-03T08:30:00Z']);
    expect(page.stdout).toContain('>Changed since 2026-03-03T08:30:00Z</h2>');
    const refused = await story.run([
      'report',
      ...named,
      '--changes-since',
      '2026-03-04T00:00:00Z',
    ]);
    expect([refused.status, refused.stderr.split('\n')[0]]).toEqual([
      2,
      'Cannot compare: --changes-since is later than --until',
    ]);
  });

  it('gives the rows of blast-radius for a named object, and wants one named', async () => {
    const { sections } = await readReport('blast-radius', '--object', object);
    const { stdout } = await story.run(['blast-radius', '--object', object, '--format', 'json']);
    const { exposures } = JSON.parse(stdout) as { exposures: unknown[] };
    expect(exposures.length).toBeGreaterThan(0);
    expect(sections.find(({ query }) => query === 'exposure/exposures')?.rows).toEqual(exposures);
    const refused = await story.run(['report', 'blast-radius']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^Cannot report "blast-radius": no --object is given\nhint: /);
  });

  it('answers nothing where no log is: unknown, not none', async () => {
    const store = join(root, 'vault-only');
    const logs = join(storyLogs, 'vault_audit.jsonl');
    expect((await custody(['ingest', logs, '--store', store])).status).toBe(0);
    const words = ['report', 'governance', '--format', 'json', '--store', store];
    const { sections } = JSON.parse((await custody(words)).stdout) as { sections: Section[] };
    expect(sections.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown']);
  });
});

describe('a name that is markup', async () => {
  const store = join(root, 'hostile');
  const log = join(root, 'audit.log');
  writeFileSync(log, `${JSON.stringify(hostileBinding(hostile, '2026-03-03T08:00:00.000000Z'))}\n`);
  const report = async (format: string) => {
    const words = ['report', 'access-review', '--format', format, '--store', store];
    return (await custody(words)).stdout;
  };
  expect((await custody(['ingest', log, '--store', store, '--cluster', 'x'])).status).toBe(0);

  it('is text in HTML, and nothing would be fetched', async () => {
    const html = await report('html');
    expect(html).toContain('&lt;script&gt;alert(1)');
    expect(html).not.toMatch(/<(script|img|link|iframe)\b|<a (?!(class="number" )?href="#)/i);
    expect(html).toContain("default-src 'none'");
  });

  it('stands within a code span in Markdown', async () => {
    const lines = (await report('markdown')).split('\n').filter((line) => line.includes('<script'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^ +- [a-z ]+: `` [^\n]*<script.* ``$/);
  });

  it('starts no formula in CSV', async () => {
    const csv = await report('csv');
    expect(csv).toContain('<script>');
    expect(csv).not.toMatch(/(^|,|\n)"?[=+@-]/);
  });
});
