import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect } from 'vitest';
import type { ManifestEntry } from '../../src/landing/manifest.ts';
import type { PartitionOrigin } from '../../src/landing/partition-progress.ts';
import { custody } from './exec.ts';
import { type ServingProcess, startServe } from './serving.ts';

/** A manifest entry of messages. */
type KafkaEntry = ManifestEntry & { origin: { kafka: PartitionOrigin } };

/** A store of its own for one test, and the collectors on it. */
export interface CollectorCase {
  topic: string;
  store: string;
  config: string;
  group: string;
  /** Writes the configuration anew. */
  configure(options: CaseOptions): void;
  /** Starts a collector; a second one on the store has to be a worker. */
  start(more?: readonly string[]): Promise<ServingProcess>;
  entries(): KafkaEntry[];
  /** Waits until every message of a partition below an offset is in the store. */
  landed(next: number, partition?: number): Promise<KafkaEntry[]>;
  /** Waits until what is asked for is so. */
  until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>;
  rows(select: string): Promise<Record<string, unknown>[]>;
}

/** Makes cases in a folder that goes away with the test file; their collectors end with each test. */
export function collectorCases(): (address: string, more?: CaseOptions) => CollectorCase {
  const root = mkdtempSync(join(tmpdir(), 'custody-kafka-test-'));
  let running: ServingProcess[] = [];
  let number = 0;
  afterEach(async () => {
    await Promise.all(running.map(({ end }) => end('SIGKILL')));
    running = [];
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  return (address, options = {}) => {
    number += 1;
    const topic = `topic-${number}`;
    const store = join(root, `store-${number}`);
    const config = join(root, `custody-${number}.yaml`);
    const group = `group-${number}`;
    const configure: CollectorCase['configure'] = (given) =>
      writeFileSync(config, configuration({ address, group, topic, ...given }));
    configure(options);
    const entries = (): KafkaEntry[] => entriesOf(store);
    const until: CollectorCase['until'] = async (what, isSo) => {
      for (let tries = 0; tries < 2000; tries += 1) {
        if (await isSo()) return;
        await sleep(50);
      }
      throw new Error(`not so: ${what}\n${running.map(({ log }) => log()).join('\n')}`);
    };
    return {
      ...{ topic, store, config, group, entries, until, configure },
      start: async (more = []) => {
        const serving = await startServe(['--store', store, '--config', config, ...more]);
        running.push(serving);
        return serving;
      },
      landed: async (next, partition = 0) => {
        await until(`${topic}/${partition} landed up to ${next}`, () =>
          entries().some(
            ({ origin: { kafka: of } }) => of.partition === partition && of.next >= next,
          ),
        );
        return entries();
      },
      rows: async (select) => {
        const told = await custody(['sql', select, '--store', store, '--format', 'json']);
        expect(told.stderr).toBe('');
        return JSON.parse(told.stdout) as Record<string, unknown>[];
      },
    };
  };
}

interface CaseOptions {
  /** Further settings of the topic and of the part `kafka`, as YAML. */
  topicSettings?: string;
  kafka?: string;
  /** Ends of the names of further topics. */
  more?: readonly string[];
}

function configuration(
  given: CaseOptions & { address: string; group: string; topic: string },
): string {
  const { topicSettings = '', kafka = '', more = [] } = given;
  const names = [given.topic, ...more.map((end) => `${given.topic}-${end}`)];
  return `custody: 1
serve: { listen: 127.0.0.1:0, disk_free_bytes_min: 0, refresh_seconds: 600 }
kafka:
  brokers: ["${given.address}"]
  group_id: ${given.group}
  session_seconds: 6
  batch_seconds: 0.2
  ${kafka}
  topics:
${names.map((name) => `    - { name: ${name}, cluster: prod${topicSettings} }\n`).join('')}`;
}

function entriesOf(store: string): KafkaEntry[] {
  const folder = join(store, 'manifest');
  return readdirSync(folder)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as KafkaEntry);
}
