import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { hashRecords } from '../../src/landing/hash-records.ts';
import { scanBlock } from '../../src/landing/scan-block.ts';
import { scanRules } from '../../src/landing/scan-rules.ts';
import { BatchWriter } from '../../src/landing/segment.ts';
import { overText } from '../../src/normalise/staged-columns.ts';
import { sources } from '../../src/sources/index.ts';
import type { RecordPromise } from '../../src/sources/source.ts';
import { testKeys } from '../helpers/scan-rows.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const random = seededRandom(31);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const folder = mkdtempSync(join(tmpdir(), 'custody-values-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Values of every form and of the lengths at which DuckDB keeps a text in another way. What is no text
 * stands here as SQL would write it; the scanner gives it as it is written.
 */
const values = [
  ...['null', '7', '-15', 'true', '[]', '{}', '[null,"a"]', '{"name":"x"}', '["10.0.0.1","::1"]'],
  ...[
    '""',
    '"ResponseComplete"',
    '"a\\u0026b"',
    '"/api?x=\\"y\\"\\u003c"',
    '"\\\\"',
    '"\\u00e9\\ud83d\\ude00"',
  ],
  ...[
    '"€ and 𝄞 and more than twelve"',
    '"\\ud800"',
    '"2026-03-01T10:00:00.123456Z"',
    '"a\\nb"',
    'NaN',
    '["a",1]',
  ],
  ...Array.from(
    { length: 20 },
    (_, length) => `"${'abcdefghijklmnopqrstuvwxyz'.slice(0, length)}"`,
  ),
];
const endings = ['', '', '', ' ', '\r', ',', '}', ',"kind":"Event"}'];

function randomLine(
  columns: readonly { path: readonly (string | 0)[] }[],
  promise: RecordPromise,
): string {
  const tree = new Map<string, unknown>();
  for (const { path } of columns) if (random() < 0.4) plant(tree, path);
  if (random() < 0.5) keep(promise, tree);
  return `${written(tree)}${pick(endings)}`;
}

/** Makes half of the lines records of the source, whatever else is in them. */
function keep({ all, any, text = {} }: RecordPromise, tree: Map<string, unknown>): void {
  for (const keys of [...all.map((key) => [key]), ...any]) {
    if (!keys.some((key) => tree.has(key))) tree.set(pick(keys), pick(values));
  }
  for (const [key, texts] of Object.entries(text)) {
    if (tree.has(key)) tree.set(key, `"${pick(texts)}"`);
  }
}

function plant(tree: Map<string, unknown>, path: readonly (string | 0)[]): void {
  const [key, ...rest] = path as [string, ...(string | 0)[]];
  if (rest.length === 0 || random() < 0.05) tree.set(key, pick(values));
  else if (rest[0] === 0)
    tree.set(key, `[${[pick(values), pick(values)].join(pick([',', ' , ']))}]`);
  else {
    const child = tree.get(key);
    const node =
      child instanceof Map ? (child as Map<string, unknown>) : new Map<string, unknown>();
    tree.set(key, node);
    plant(node, rest);
  }
}

function written(tree: Map<string, unknown>): string {
  const members = [...tree].map(([key, value]) => {
    const text = value instanceof Map ? written(value as Map<string, unknown>) : (value as string);
    // Now and then a key twice, or written with an escape.
    const name = random() < 0.01 ? `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}` : key;
    return `"${name}"${pick([':', ' : '])}${text}${random() < 0.01 ? `,"${key}":"again"` : ''}`;
  });
  return `{${members.join(pick([',', ', ']))}}`;
}

function sampleLines(id: string): string[] {
  const samples = new URL(`../../samples/${id}/`, import.meta.url);
  return readdirSync(samples)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(new URL(name, samples), 'latin1').split('\n'));
}

describe.each(sources.filter(({ columns }) => columns !== undefined))(
  'columns of $id',
  (source) => {
    const rules = scanRules(source);
    const select = `select position, kind, raw, sha256_source, ${rules.columns.map(({ name }) => name)} from staged`;

    async function landed(stream: Buffer): Promise<unknown[]> {
      const options = { source, keys: testKeys, atEnd: true, blockBytesMax: stream.length };
      const block = scanBlock(stream, 0, options);
      const hashes = hashRecords(block, stream, testKeys);
      const writer = await BatchWriter.create();
      const rows = { bytes: stream, base: 0, block, hashes, rules, rowFrom: 0, rowTo: block.count };
      const paths = { segment: join(folder, 'segment'), quarantine: join(folder, 'quarantine') };
      const observedAt = { observedAt: null, quarantineKey: testKeys.quarantine };
      await writer.write(rows, { normaliseSql: 'from landed', ...observedAt }, paths);
      const connection = await (await DuckDBInstance.create()).connect();
      await connection.run(`create view landed as from read_parquet('${paths.segment}')`);
      // What the scanner read, what SQL reads of the same text, and what the lines say of themselves.
      const replaced = rules.columns
        .filter(({ as }) => as === 'json')
        .map(({ name }) => `try(json(${name})::varchar) as ${name}`);
      const shown = (sql: string) =>
        `select * replace (${[...replaced, 'sha256_source::varchar as sha256_source'].join(', ')}) from (${sql}) order by position, kind`;
      const read = await connection.runAndReadAll(
        shown(select.replace('from staged', 'from landed')),
      );
      await connection.run(
        `create view whole as select * exclude (${rules.columns.map(({ name }) => name)}) from landed`,
      );
      const again = overText(select, source.columns).replaceAll('from landed', 'from whole');
      const reread = await connection.runAndReadAll(shown(again));
      expect(read.getRowsJson()).toEqual(reread.getRowsJson());
      return read.getRowsJson();
    }

    it('are what SQL reads of the same records, in samples', async () => {
      const rows = await landed(Buffer.from(`${sampleLines(source.id).join('\n')}\n`, 'latin1'));
      expect(rows.length).toBeGreaterThan(20);
    });

    it('are what SQL reads of the same records, however they are written', async () => {
      const lines = Array.from({ length: 6000 }, () => randomLine(rules.columns, source.promise));
      const rows = await landed(Buffer.from(`${lines.join('\n')}\n`));
      expect(rows.length).toBeGreaterThan(500);
    });
  },
);
