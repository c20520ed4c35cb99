import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Follower } from '../../src/ingest/follow.ts';
import { custody, startCustody } from '../helpers/exec.ts';
import { auditEvent } from '../helpers/serving.ts';

const root = mkdtempSync(join(tmpdir(), 'custody-follow-'));
let stores = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

const line = (id: string): string => `${JSON.stringify(auditEvent(id))}\n`;

/** Follows a path while something happens to it, and gives the records of each name at the end. */
async function follow(
  path: string,
  happen: (landed: (count: number) => Promise<void>) => Promise<void>,
): Promise<Record<string, number>> {
  stores += 1;
  const store = join(root, `store-${stores}`);
  const child = startCustody([
    'ingest',
    '--follow',
    path,
    '--every-seconds',
    '1',
    '--store',
    store,
  ]);
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const landed = async (count: number): Promise<void> => {
    const sum = () =>
      [...log.matchAll(/^(\d+) records landed$/gm)].reduce(
        (all, [, each]) => all + Number(each),
        0,
      );
    while (sum() < count) {
      if (child.exitCode !== null) throw new Error(log);
      await sleep(20);
    }
    expect(sum()).toBe(count);
  };
  await happen(landed);
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect(code, log).toBe(0);
  const select = `select name, count(*) as n from event join event_record using (event_id)
    group by name order by name`;
  const { stdout } = await custody(['sql', select, '--store', store, '--format', 'json']);
  const rows = JSON.parse(stdout) as { name: string; n: number }[];
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

describe('ingest --follow', () => {
  it('lands each line once through growth, a half-written line, renaming and compression', async () => {
    const folder = join(root, 'rotated');
    mkdirSync(folder);
    const log = join(folder, 'audit.log');
    writeFileSync(log, line('a') + line('b'));
    const counts = await follow(folder, async (landed) => {
      await landed(2);
      const half = line('c');
      appendFileSync(log, half.slice(0, 40));
      await sleep(1500);
      await landed(2);
      appendFileSync(log, half.slice(40));
      await landed(3);
      appendFileSync(log, line('d'));
      renameSync(log, join(folder, 'audit-1.log'));
      writeFileSync(log, line('e'));
      await landed(5);
      const whole = readFileSync(join(folder, 'audit-1.log'));
      writeFileSync(join(folder, 'audit-1.log.gz'), gzipSync(whole));
      rmSync(join(folder, 'audit-1.log'));
      appendFileSync(log, line('f'));
      await landed(6);
    });
    expect(counts).toEqual({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 });
  });

  it('goes on where a file was copied and emptied', async () => {
    const log = join(root, 'emptied.log');
    writeFileSync(log, line('a') + line('b'));
    const counts = await follow(log, async (landed) => {
      await landed(2);
      truncateSync(log);
      await sleep(1200);
      appendFileSync(log, line('c'));
      await landed(3);
    });
    expect(counts).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('takes a named file on under its new name, and what takes its place', async () => {
    const log = join(root, 'named.log');
    const counts = await follow(log, async (landed) => {
      writeFileSync(log, line('a'));
      await landed(1);
      appendFileSync(log, line('b'));
      renameSync(log, join(root, 'named.log.1'));
      writeFileSync(log, line('c'));
      await landed(3);
    });
    expect(counts).toEqual({ a: 1, b: 1, c: 1 });
  });

  it('does not follow standard input', async () => {
    const { status, stderr } = await custody(['ingest', '--follow', '-', '--store', root]);
    expect(stderr).toContain('Cannot follow "-"');
    expect(status).toBe(2);
  });
});

describe('Follower', () => {
  it('names a file once for each change', () => {
    const folder = join(root, 'looked');
    mkdirSync(folder);
    const follower = new Follower([folder]);
    expect(follower.look()).toEqual([]);
    writeFileSync(join(folder, 'b'), 'x');
    writeFileSync(join(folder, 'a'), '');
    expect(follower.look()).toEqual([join(folder, 'b')]);
    expect(follower.look()).toEqual([]);
    renameSync(join(folder, 'b'), join(folder, 'c'));
    expect(follower.look()).toEqual([]);
    appendFileSync(join(folder, 'c'), 'y');
    appendFileSync(join(folder, 'a'), 'z');
    expect(follower.look()).toEqual([join(folder, 'a'), join(folder, 'c')]);
  });
});
