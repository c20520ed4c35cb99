import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { custody, type ExecResult } from '../helpers/exec.ts';
import { plantedFiles } from './planted.ts';

const { planted, files } = plantedFiles();
const folder = mkdtempSync(join(tmpdir(), 'custody-planted-'));
const store = join(folder, 'store');
const printed: string[] = [];

/** The part of a secret that no encoding but base64 changes: what a search of raw bytes looks for. */
const cores = planted.map(({ place, value }) => {
  const core = value.match(/[A-Za-z0-9]{16,}/g)?.at(-1) ?? value;
  return { place, needles: [core, ...base64Needles(value)] };
});

beforeAll(async () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const inputs = Object.keys(files).map((name) => join(folder, name));
  await run(['ingest', ...inputs, '--observed-at', '2026-11-20T03:10:00Z']);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: string[], stdin = ''): Promise<ExecResult> {
  const result = await custody([...args, '--store', store], { stdin });
  printed.push(result.stdout, result.stderr);
  return result;
}

describe('a planted secret', () => {
  test('is nowhere in the bytes of the store', () => {
    const found: string[] = [];
    for (const path of filesBelow(store)) found.push(...findIn(readFileSync(path, 'latin1'), path));
    expect(found).toEqual([]);
  });

  test('is nowhere in what segments and database hold once decompressed', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`attach '${join(store, 'custody.duckdb')}' as store (read_only)`);
    const tables = await connection.runAndReadAll(
      `select schema_name, table_name from duckdb_tables() where database_name = 'store'`,
    );
    const relations = tables.getRows().map(([schema, name]) => `store.${schema}."${name}"`);
    const segments = filesBelow(store).filter((path) => path.endsWith('.parquet'));
    relations.push(...segments.map((path) => `read_parquet('${path}')`));
    expect(segments.length).toBeGreaterThan(0);
    const found: string[] = [];
    for (const relation of relations) {
      const rows = await connection.runAndReadAll(
        `select to_json(relation)::varchar from (select * from ${relation}) as relation`,
      );
      const text = rows.getRows().join('\n');
      found.push(...findIn(text, relation));
    }
    connection.closeSync();
    instance.closeSync();
    expect(found).toEqual([]);
  });

  test.each(planted)('is found by its fingerprint: $place', async ({ value }) => {
    const result = await run(['leak', '--value-stdin', '--format', 'json'], value);
    expect(result.status).toBe(0);
    expect(JSON.parse(result.stdout)).not.toEqual([]);
  });

  test('is never printed', async () => {
    await run(['sql', 'select * from record order by record_id', '--format', 'json']);
    await run(['sql', 'select * from event order by event_id', '--format', 'json']);
    await run(['sql', 'select * from quarantine order by record_id', '--format', 'json']);
    const records = await run(['sql', 'select record_id from record', '--format', 'json']);
    for (const { record_id } of JSON.parse(records.stdout)) await run(['show', record_id]);
    await run(['blast-radius', '--object', 'vault:secret/payments/stripe', '--format', 'json']);
    await run(['timeline', '--object', 'vault:secret/payments/stripe']);
    expect(findIn(printed.join('\n'), 'output')).toEqual([]);
  });
});

function findIn(text: string, where: string): string[] {
  return cores
    .filter(({ needles }) => needles.some((needle) => text.includes(needle)))
    .map(({ place }) => `${place} in ${where}`);
}

/** What base64 of the value looks like at each of the three alignments, its ends left out. */
function base64Needles(value: string): string[] {
  return ['', 'x', 'xx'].map((shift) =>
    Buffer.from(shift + value)
      .toString('base64')
      .slice(4, 24),
  );
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
