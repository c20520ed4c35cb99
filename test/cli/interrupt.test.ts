import { createReadStream, createWriteStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectResult, custody, startCustody } from '../helpers/exec.ts';
import { storyLogs } from '../helpers/story-store.ts';

const copies = 1500;
let root: string;
let log: string;
let lines: number;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'custody-interrupt-'));
  log = join(root, 'large.jsonl');
  lines = await writeLargeLog();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Enough bytes for several batches: the same events over and over are records of their own. */
async function writeLargeLog(): Promise<number> {
  const chunks: Buffer[] = [];
  const events = createReadStream(join(storyLogs, 'k8s_audit.jsonl'));
  for await (const chunk of events) chunks.push(chunk as Buffer);
  const once = Buffer.concat(chunks);
  const out = createWriteStream(log);
  for (let copy = 0; copy < copies; copy++) {
    if (!out.write(once)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => out.end(() => resolve()));
  return copies * once.toString('utf8').trimEnd().split('\n').length;
}

async function landedRecords(store: string): Promise<number> {
  const sql = 'select count(*) as count from record';
  const { stdout } = await custody(['sql', sql, '--store', store, '--format', 'json']);
  return JSON.parse(stdout)[0].count;
}

/** Waits for the first commit, so that there is something to lose. */
async function firstCommit(store: string): Promise<void> {
  for (;;) {
    try {
      if (readdirSync(join(store, 'manifest')).length > 0) return;
    } catch {
      // The store is not made yet.
    }
    await sleep(10);
  }
}

describe('Ctrl-C during an ingest', () => {
  it('once: finishes the batch in hand, says so, and the next run goes on', async () => {
    const store = join(root, 'once');
    const child = startCustody(['ingest', log, '--store', store, '--no-refresh']);
    const finished = collectResult(child);
    await firstCommit(store);
    child.kill('SIGINT');
    const { status, stderr } = await finished;
    expect(stderr).toContain('press Ctrl-C again to stop at once');
    expect(stderr).toMatch(
      /^Cannot finish the ingest: interrupted\nhint: \d+ records are committed/m,
    );
    expect(status).toBe(2);
    const kept = await landedRecords(store);
    expect(kept).toBeGreaterThan(0);
    // What was read already is finished, which on a fast machine may be all.
    expect(kept).toBeLessThanOrEqual(lines);
    expect((await custody(['ingest', log, '--store', store, '--no-refresh'])).status).toBe(0);
    expect(await landedRecords(store)).toBe(lines);
  });

  it('twice: stops at once, and the next run goes on', async () => {
    const store = join(root, 'twice');
    const child = startCustody(['ingest', log, '--store', store, '--no-refresh']);
    const finished = collectResult(child);
    await firstCommit(store);
    child.kill('SIGINT');
    await sleep(20);
    child.kill('SIGINT');
    const { status, stderr } = await finished;
    expect(stderr).toMatch(/^Cannot finish the \w+: interrupted\nhint: /m);
    expect(status).toBe(2);
    expect((await custody(['ingest', log, '--store', store, '--no-refresh'])).status).toBe(0);
    expect(await landedRecords(store)).toBe(lines);
  });
});

describe('a reader that goes away', () => {
  it('is no failure', async () => {
    const store = join(root, 'once');
    const child = startCustody(['sql', 'from record limit 200000', '--store', store]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { status, stderr } = await collectResult(child);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
