import { execFileSync } from 'node:child_process';
import { createReadStream, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openStoreDatabase } from '../../src/database.ts';
import { openStore } from '../../src/landing/store.ts';
import { loadLibrary, type Query } from '../../src/query/library.ts';
import type { ParameterValue } from '../../src/query/parameters.ts';
import { runQuery } from '../../src/query/run-query.ts';
import { middleOf } from './results.ts';

/** How long an answer takes, in seconds: in a process of its own, and asked again where all is open. */
export interface Answer {
  name: string;
  cold: number | null;
  warm: number | null;
  rows: number | null;
}

const object = 'vault:secret/payments/stripe';
const holder = 'service-account:payments/api';
const someRecord = `select record_id from record where source = 'vault_audit' order by record_id`;

/** What the queries of the library must be given, by the names of their parameters: things of the story. */
const given: Readonly<Record<string, ParameterValue>> = {
  objects: [object],
  part: 'stripe',
  namespace: 'payments',
  class: 'stripe',
  service_account: 'api',
  secret: 'stripe',
  cluster: 'prod',
  user: 'system:serviceaccount:payments:api',
  identity: 'system:serviceaccount:payments:api',
  since: '2026-03-03T07:00:00Z',
  until: '2026-03-03T11:00:00Z',
  at: '2026-03-03T10:00:00Z',
  verb: 'get',
  resource: 'secrets',
  fingerprints: [`hmac-sha256:${'0'.repeat(64)}`],
  reported_versions: ['1'],
  kind: 'service-account',
  holders: [
    {
      kind: 'service-account',
      cluster: 'prod',
      id: 'payments/api',
      namespace: 'payments',
      name: 'api',
      identity: 'system:serviceaccount:payments:api',
    },
  ],
  exposures: [],
};

/** Lands the story of the leaked key beside the log, asks what can be asked, and lands 10 000 events more. */
export async function measureAnswers(
  { root, folder, log }: { root: string; folder: string; log: string },
  rounds: number,
): Promise<Answer[]> {
  const store = join(folder, 'store');
  const custody = (...words: string[]): string =>
    execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), ...words, '--store', store], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const cold = (name: string, ...words: string[]): Answer => {
    const runs = Array.from({ length: rounds }, () => secondsOf(() => custody(...words)));
    return { name, cold: middleOf(runs), warm: null, rows: null };
  };
  custody('ingest', join(root, 'samples/stories/leaked-payments-key/logs'), '--cluster', 'prod');
  const [record] = JSON.parse(custody('sql', `${someRecord} limit 1`, '--format', 'json')) as {
    record_id: string;
  }[];
  const answers = [
    cold('blast-radius', 'blast-radius', '--object', object, '--format', 'json'),
    cold('blast-radius --holder', 'blast-radius', '--holder', holder, '--format', 'json'),
    cold('timeline', 'timeline', '--object', object, '--format', 'json'),
    cold('chain', 'chain', '--object', object, '--format', 'json'),
    cold('objects', 'objects', 'stripe', '--format', 'json'),
    cold('show, a record', 'show', record?.record_id ?? '', '--format', 'json'),
    cold('sql, events counted', 'sql', 'select count(*) as events from event'),
    ...(await measureQueries(store, rounds)),
  ];
  const more = join(folder, 'more.ndjson');
  await writeOtherLines(log, more, 10_000);
  const landing = secondsOf(() => custody('ingest', more, '--cluster', 'prod'));
  rmSync(more);
  return [
    ...answers,
    { name: '10 000 events more, landed and refreshed', cold: landing, warm: null, rows: null },
  ];
}

/** Every canned query, in one process whose database is open: the median of as many runs after a first. */
async function measureQueries(store: string, rounds: number): Promise<Answer[]> {
  const database = await openStoreDatabase(openStore(store), { mode: 'read' });
  try {
    const answers: Answer[] = [];
    for (const query of loadLibrary().values()) {
      const ask = () => runQuery(database.connection, query, requiredOf(query));
      const { rows } = await ask();
      const runs: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const started = performance.now();
        await ask();
        runs.push((performance.now() - started) / 1000);
      }
      answers.push({ name: query.id, cold: null, warm: middleOf(runs), rows: rows.length });
    }
    return answers;
  } finally {
    database.close();
  }
}

function requiredOf(query: Query): Record<string, ParameterValue> {
  const names = Object.entries(query.params)
    .filter(([, parameter]) => parameter.default === undefined)
    .map(([name]) => name);
  return Object.fromEntries(
    names.map((name) => {
      const value = given[name];
      if (value === undefined) throw new Error(`the benchmark has no "${name}" for ${query.id}`);
      return [name, value];
    }),
  );
}

function secondsOf(work: () => unknown): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

/** Lines of a log under other ids: events that the store does not have. */
async function writeOtherLines(log: string, path: string, count: number): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(log) })) {
    lines.push(line.replace('"auditID":"', '"auditID":"other-'));
    if (lines.length === count) break;
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}
