import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Query } from '../../src/query/library.ts';
import type { ParameterValue } from '../../src/query/parameters.ts';
import type { Row } from '../../src/query/plain-value.ts';
import { runQuery } from '../../src/query/run-query.ts';

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

export type QueryCase = z.infer<typeof caseSchema>;

/** Where the cases of a query lie: beside it, under the same stem. */
export function casesPath(query: Query): string {
  return query.path.replace(/\.sql$/, '.cases.yaml');
}

/** Reads the cases of a query; an unknown key is an error. */
export function readCases(query: Query): QueryCase[] {
  // The files are ours, and rows that differ by one column are written as aliases of one.
  const options = { merge: true, maxAliasCount: -1 };
  return z.array(caseSchema).parse(parse(readFileSync(casesPath(query), 'utf8'), options));
}

/** Runs a case whose tables are given row by row, in a database with the real schemas. */
export async function runCase(query: Query, testCase: QueryCase): Promise<Row[]> {
  if (!('tables' in testCase.given)) throw new Error('a case of samples needs a store');
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;
    await connection.run("set TimeZone = 'UTC'");
    await createTables(connection);
    for (const [table, rows] of Object.entries(testCase.given.tables)) {
      await insertRows(connection, table, rows);
    }
    const params = testCase.params as Record<string, ParameterValue>;
    return (await runQuery(connection, query, params)).rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
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
