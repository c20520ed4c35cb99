import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { activeBatches, readManifest } from '../../src/landing/manifest.ts';
import { openStore } from '../../src/landing/store.ts';
import {
  auditLines,
  landedRecords,
  linesOf,
  positionsAndHashes,
  temporaryFolder,
} from '../helpers/landed-store.ts';
import { finishIngest, startIngest } from '../helpers/run-ingest.ts';

test('two ingesters killed at 20 moments lose nothing and repeat nothing', async () => {
  const folder = temporaryFolder();
  const text = auditLines(12_000);
  const path = join(folder, 'audit.log');
  writeFileSync(path, text);
  const options = { store: join(folder, 'store'), paths: [path], blockBytes: 40_000, workers: 2 };
  const entriesAfterKill: number[] = [];
  for (let kill = 0; kill < 20; kill += 1) {
    const running = [startIngest(options), startIngest(options)];
    const ends = running.map((child) => finishIngest(child));
    await Promise.race(running.map((child) => once(child.stderr as Readable, 'data')));
    await untilEntries(folder, (entriesAfterKill.at(-1) ?? 0) + Math.floor(Math.random() * 6));
    await sleep(Math.random() * 50);
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ends);
    entriesAfterKill.push(entryCount(folder));
  }
  const [one, other] = await Promise.all([
    finishIngest(startIngest(options)),
    finishIngest(startIngest(options)),
  ]);
  expect([one.code, other.code]).toEqual([0, 0]);
  // A test whose kills all came before the first commit or after the last would prove nothing.
  expect(new Set(entriesAfterKill).size).toBeGreaterThan(10);
  expect(entriesAfterKill.at(-1)).toBeLessThan(activeBatches(openStore(options.store)).length);

  const store = openStore(options.store);
  const landed = await landedRecords(store);
  expect(positionsAndHashes(landed)).toEqual(positionsAndHashes(linesOf(Buffer.from(text))));
  expect(Buffer.concat(landed.flatMap(({ bytes }) => [bytes, Buffer.from('\n')])).toString()).toBe(
    text,
  );
  const entries = readManifest(store).entries;
  const ends = activeBatches(store).map(({ from, to }) => [from, to]);
  expect(entries).toHaveLength(ends.length);
  expect(ends.slice(1).map(([from]) => from)).toEqual(ends.slice(0, -1).map(([, to]) => to));
  expect(readdirSync(join(store.folder, 'incoming'))).toEqual([]);
}, 300_000);

/** Waits for so many commits, so that kills spread over the work however slow the machine is. */
async function untilEntries(folder: string, count: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (entryCount(folder) < count && performance.now() < deadline) await sleep(3);
}

function entryCount(folder: string): number {
  try {
    return readdirSync(join(folder, 'store', 'manifest')).length;
  } catch {
    return 0;
  }
}
