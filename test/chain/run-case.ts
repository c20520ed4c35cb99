import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { runChain } from '../../src/chain/run-chain.ts';
import { registerYamlToJson } from '../../src/normalise/yaml-to-json.ts';
import { type Row, toPlain } from '../../src/query/plain-value.ts';

// biome-ignore lint/suspicious/noExplicitAny: what YAML holds; the tables check the columns.
export type Tables = Record<string, readonly Record<string, any>[]>;

const schemas = ['tables.sql', 'schema.sql', 'macros.sql'].map((name) =>
  readFileSync(new URL(`../../src/normalise/${name}`, import.meta.url), 'utf8'),
);

/** A database in memory with the given facts, and the chain computed. */
export async function chainOf(tables: Tables): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  // A case has few rows: more threads only wait for each other.
  await connection.run('set threads = 1');
  await connection.run("set TimeZone = 'UTC'");
  registerYamlToJson(connection);
  for (const schema of schemas) await connection.run(schema);
  for (const [table, rows] of Object.entries(tables)) {
    await insertFacts(connection, table, rows);
  }
  await runChain(connection);
  return connection;
}

export async function select(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql);
  const columns = reader.columnNames();
  return reader.getRows().map((cells) => {
    const entries = cells.map((cell, index) => [
      columns[index],
      toPlain(cell, reader.columnType(index)),
    ]);
    return Object.fromEntries(entries) as Row;
  });
}

async function insertFacts(
  connection: DuckDBConnection,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  const described = await connection.runAndReadAll(`describe ${table}`);
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
  for (const [index, row] of rows.entries()) {
    const filled = fill(table, index, row, types);
    for (const name of Object.keys(filled)) {
      if (!types.has(name)) throw new Error(`table ${table} has no column ${name}`);
    }
    const structure = Object.fromEntries(
      Object.keys(filled).map((name) => [name, types.get(name)]),
    );
    await connection.run(
      `insert into ${table} by name
      select unnest(from_json($row::json, '${JSON.stringify(structure).replaceAll("'", "''")}'))`,
      { row: JSON.stringify(filled) },
    );
  }
}

/** Fills in what every fact has: an event and its evidence, named after the fact itself. */
function fill(
  table: string,
  index: number,
  row: Tables[string][number],
  types: Map<string, string>,
): Record<string, unknown> {
  if (!table.startsWith('fact_')) return row;
  const id = `${table.slice('fact_'.length)}-${row.at ?? index}-${JSON.stringify(row).length}`;
  const { id: given, ...columns } = row;
  const event = String(given ?? id);
  const source = table.startsWith('fact_provider') ? 'vault_audit' : 'k8s_audit';
  const base: Record<string, unknown> = { source, event_id: event, evidence: [event], firm: true };
  if (types.has('cluster')) base.cluster = 'prod';
  if (types.has('provider') && table.startsWith('fact_provider')) {
    Object.assign(base, { provider: 'vault', instance: 'default' });
  }
  return { ...base, ...columns };
}
