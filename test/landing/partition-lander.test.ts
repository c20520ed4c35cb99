import { expect, test } from 'vitest';
import type { LandingContext } from '../../src/landing/landing-context.ts';
import { readManifest } from '../../src/landing/manifest.ts';
import {
  type MessageRun,
  PartitionLander,
  type PartitionMessage,
} from '../../src/landing/partition-lander.ts';
import { PartitionProgress } from '../../src/landing/partition-progress.ts';
import type { Store } from '../../src/landing/store.ts';
import { openLanding } from '../../src/pipeline.ts';
import { landedRecords, temporaryStore } from '../helpers/landed-store.ts';
import { auditEvent } from '../helpers/serving.ts';

const identity = { cluster_id: 'c', topic: 't', partition: 0, generation: 1 };

interface Landing {
  lander: PartitionLander;
  context: LandingContext;
  progress: PartitionProgress;
  close: () => Promise<void>;
}

/** What one process has: each has read the manifest for itself. */
function openProcess(store: Store): Landing {
  const context = openLanding({ store, workers: 1 });
  const progress = new PartitionProgress(context.manifest);
  const close = async (): Promise<void> => {
    await context.workers.close();
    await context.landed.close();
  };
  return { lander: new PartitionLander(context, progress), context, progress, close };
}

function messageAt(
  offset: number,
  text = JSON.stringify(auditEvent(`e${offset}`)),
): PartitionMessage {
  return { offset, at: 1_000 * offset, value: Buffer.from(text) };
}

function runOf(from: number | 'beginning', messages: PartitionMessage[]): MessageRun {
  const next = (messages.at(-1)?.offset ?? 0) + 1;
  return { identity, source: 'k8s_audit', cluster: 'prod', messages, from, next };
}

function range(from: number, to: number): PartitionMessage[] {
  return Array.from({ length: to - from }, (_, index) => messageAt(from + index));
}

const yes = (): boolean => true;

async function offsetsIn(store: Store): Promise<string[]> {
  const records = await landedRecords(store);
  return records.map(({ bytes }) => /"auditID":"(e\d+)"/.exec(bytes.toString())?.[1] ?? '?').sort();
}

test('two processes that have one partition land each message once, whoever commits first', async () => {
  const store = temporaryStore();
  const [owner, zombie] = [openProcess(store), openProcess(store)];
  const results = await Promise.all([
    owner.lander.land(runOf('beginning', range(0, 60)), yes),
    zombie.lander.land(runOf('beginning', range(0, 100)), yes),
  ]);
  expect(results.map((each) => each?.next)).toContain(100);
  await owner.lander.land(runOf(60, range(60, 130)), yes);
  await zombie.lander.land(runOf('beginning', range(0, 40)), yes);
  await Promise.all([owner.close(), zombie.close()]);
  expect(await offsetsIn(store)).toEqual(
    Array.from({ length: 130 }, (_, index) => `e${index}`).sort(),
  );
  const { entries } = readManifest(store);
  let position = 0;
  for (const { from, to } of entries) {
    expect(from).toBe(position);
    position = to;
  }
});

test('what its process has read of others since it decided is seen by whoever commits', async () => {
  const store = temporaryStore();
  const [own, other] = [openProcess(store), openProcess(store)];
  await own.lander.land(runOf('beginning', range(0, 3)), yes);
  const until_at = '2026-03-01T00:00:00.000Z';
  const gap = { kind: 'gap', first: 3, last: 4, from_at: null, until_at } as const;
  await own.lander.land(runOf(3, range(3, 10)), () => {
    other.lander.note(runOf(3, []), gap);
    // As the commit of another stream does.
    own.context.manifest.refresh();
    return true;
  });
  await Promise.all([own.close(), other.close()]);
  const landed = [0, 1, 2, 5, 6, 7, 8, 9].map((offset) => `e${offset}`);
  expect(await offsetsIn(store)).toEqual(landed);
});

test('whoever is told that the partition is not its own commits nothing', async () => {
  const store = temporaryStore();
  const own = openProcess(store);
  expect(await own.lander.land(runOf('beginning', range(0, 10)), () => false)).toBeNull();
  await own.close();
  expect(readManifest(store).entries).toEqual([]);
  expect(await landedRecords(store)).toEqual([]);
});

test('messages are not passed over: what lies before them has to be landed', async () => {
  const store = temporaryStore();
  const own = openProcess(store);
  expect(await own.lander.land(runOf(5, range(5, 10)), yes)).toBeNull();
  await own.lander.land(runOf('beginning', range(0, 3)), yes);
  expect(await own.lander.land(runOf(5, range(5, 10)), yes)).toBeNull();
  expect(own.progress.of(identity).next).toBe(3);
  await own.close();
});

test('a flush that is committed in part goes on where it was, whatever its parts hold', async () => {
  const store = temporaryStore();
  const own = openProcess(store);
  const cut = '{"kind":"Event","items":[';
  const messages = range(0, 9).map((each) =>
    each.offset % 3 === 1 ? messageAt(each.offset, cut) : each,
  );
  let asked = 0;
  // The first batch, of whole JSON, is committed; the second, of what is cut short, is not.
  const broken = await own.lander.land(runOf('beginning', messages), () => ++asked < 2);
  expect(broken).toBeNull();
  const state = own.progress.of(identity);
  const held = [0, 1, 2, 3, 4].map((offset) => state.holds(offset));
  expect(held).toEqual([true, false, true, true, false]);
  expect(state.next).toBe(1);
  await own.close();
  const next = openProcess(store);
  const landed = await next.lander.land(runOf(0, messages), yes);
  expect(landed).toMatchObject({ repeated: 6, next: 9 });
  await next.close();
  const records = await landedRecords(store);
  expect(records.filter(({ reason }) => reason === null)).toHaveLength(6);
  expect(records.filter(({ bytes }) => bytes.toString() === cut)).toHaveLength(3);
  const runs = [
    [0, 0],
    [2, 3],
    [5, 6],
    [8, 8],
  ];
  expect(readManifest(store).entries.map(({ origin }) => origin.kafka)).toMatchObject([
    { first: 0, last: 8, messages: 6, next: 1, runs },
    { first: 1, last: 7, messages: 3, next: 9, tail: { offset: 8 } },
  ]);
});

test('a gap is noted once and moves on where the partition goes on', async () => {
  const store = temporaryStore();
  const [own, other] = [openProcess(store), openProcess(store)];
  await own.lander.land(runOf('beginning', range(0, 3)), yes);
  const until_at = '2026-03-01T00:00:00.000Z';
  const gap = { kind: 'gap', first: 3, last: 6, from_at: null, until_at } as const;
  own.lander.note(runOf(3, []), gap);
  other.lander.note(runOf(3, []), gap);
  expect(other.progress.of(identity)).toMatchObject({ next: 7, tail: null });
  await other.lander.land(runOf(7, range(7, 9)), yes);
  await Promise.all([own.close(), other.close()]);
  const { entries } = readManifest(store);
  expect(entries.map(({ records, origin }) => [records, origin.kafka?.next])).toEqual([
    [3, 3],
    [0, 7],
    [2, 9],
  ]);
  expect(new Set(entries.map(({ batch }) => batch)).size).toBe(3);
});
