import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Query } from '../../src/query/library.ts';
import type { ParameterValue } from '../../src/query/parameters.ts';
import type { Row } from '../../src/query/plain-value.ts';
import { runQuery } from '../../src/query/run-query.ts';
import type { SelectLimits } from '../../src/query/run-select.ts';

const rowSchema = z.record(z.string(), z.json());

const caseSchema = z.strictObject({
  name: z.string().min(1),
  given: z.union([
    z.strictObject({ tables: z.record(z.string(), z.array(rowSchema)) }),
    z.strictObject({ samples: z.array(z.string()).min(1) }),
  ]),
  params: z.record(z.string(), z.json()).default({}),
  expect: z.array(rowSchema).optional(),
  expect_empty: z.literal(true).optional(),
});

/** A predicate of the query that no case can need, and why; `npm run mutate` refuses one that is untrue. */
const equivalentSchema = z.strictObject({
  equivalent: z.string().min(1),
  /** Which one, where the query has several of the same text. */
  occurrence: z.int().positive().default(1),
  reason: z.string().min(20),
});

export type QueryCase = z.infer<typeof caseSchema>;
export type EquivalentPredicate = z.infer<typeof equivalentSchema>;

/** Where the cases of a query lie: beside it, under the same stem. */
export function casesPath(query: Query): string {
  return query.path.replace(/\.sql$/, '.cases.yaml');
}

/** Reads the cases of a query; an unknown key is an error. */
export function readCases(query: Query): QueryCase[] {
  return z.array(caseSchema).parse(readEntries(query).filter((entry) => !isMark(entry)));
}

/** Reads what the cases of a query mark as equivalent. */
export function readEquivalents(query: Query): EquivalentPredicate[] {
  return z.array(equivalentSchema).parse(readEntries(query).filter(isMark));
}

/** Runs a case whose tables are given row by row, in a database with the real schemas. */
export async function runCase(query: Query, testCase: QueryCase): Promise<Row[]> {
  const opened = await openCase(testCase);
  try {
    return await opened.run(query);
  } finally {
    opened.close();
  }
}

/** A case with its tables filled, to run several statements on. */
export interface OpenCase {
  testCase: QueryCase;
  run(query: Query, limits?: SelectLimits): Promise<Row[]>;
  close(): void;
}

/** Fills the tables of a case in a database of its own. */
export async function openCase(testCase: QueryCase): Promise<OpenCase> {
  if (!('tables' in testCase.given)) throw new Error('a case of samples needs a store');
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;
    await connection.run("set TimeZone = 'UTC'");
    // A case has few rows: more threads only wait for each other (76 ms a run of the longest query, 47 with one).
    await connection.run('set threads = 1');
    await createTables(connection);
    for (const [table, rows] of Object.entries(testCase.given.tables)) {
      await insertRows(connection, table, rows);
    }
  } catch (error) {
    close();
    throw error;
  }
  const params = testCase.params as Record<string, ParameterValue>;
  return {
    testCase,
    run: async (query, limits) => (await runQuery(connection, query, params, limits)).rows,
    close,
  };
}

function readEntries(query: Query): unknown[] {
  const text = readFileSync(casesPath(query), 'utf8');
  // The files are ours: rows that repeat each other by anchors are no attack.
  return z.array(z.unknown()).parse(parse(text, { merge: true, maxAliasCount: -1 }));
}

function isMark(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'equivalent' in entry;
}

/** The views over the store's files, as tables that a case can fill. */
const viewsAsTables = `
  create table record (
    record_id varchar, batch_id varchar, stream varchar, source varchar, cluster varchar,
    kind varchar, position bigint, source_length integer,
    sha256_source varchar, sha256_stored varchar, flags varchar[], redacted integer
  );
  create table quarantine (
    record_id varchar, batch_id varchar, stream varchar, source varchar, cluster varchar,
    position bigint, length bigint, reason varchar, sha256_source varchar
  );
  create table redaction (record_id varchar, fingerprint varchar)`;

async function createTables(connection: DuckDBConnection): Promise<void> {
  await connection.run(viewsAsTables);
  for (const name of ['normalise/schema.sql', 'normalise/tables.sql', 'chain/schema.sql']) {
    const path = new URL(`../../src/${name}`, import.meta.url);
    await connection.run(readFileSync(path, 'utf8'));
  }
  await connection.run(`
    create table event as from derived_event;
    create table event_record as from derived_event_record`);
}

/** Inserts rows by column name; DuckDB casts the JSON to the types of the table. */
async function insertRows(
  connection: DuckDBConnection,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  const columns = await connection.runAndReadAll(
    `select column_name, data_type from duckdb_columns() where table_name = $table order by column_index`,
    { table },
  );
  const types = new Map(columns.getRows().map(([name, type]) => [String(name), String(type)]));
  if (types.size === 0) throw new Error(`there is no table ${table}`);
  for (const row of rows) {
    const names = Object.keys(row);
    for (const name of names) {
      if (!types.has(name)) throw new Error(`table ${table} has no column ${name}`);
    }
    const structure = `{${names.map((name) => `"${name}": ${jsonType(types.get(name))}`).join(', ')}}`;
    await connection.run(
      `insert into ${table} by name
      select unnest(from_json($row::json, '${structure.replaceAll("'", "''")}'))`,
      { row: JSON.stringify(row) },
    );
  }
}

function jsonType(type: string | undefined): string {
  return JSON.stringify(type ?? 'VARCHAR');
}
