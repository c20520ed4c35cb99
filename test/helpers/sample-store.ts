import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openStoreDatabase } from '../../src/database.ts';
import { activeBatches, Manifest } from '../../src/landing/manifest.ts';
import { openStore, type Store } from '../../src/landing/store.ts';
import { type IngestOptions, ingest } from '../../src/pipeline.ts';

/** A store whose key is the same in every run, so that ids and redacted values are too. */
export function storeOfKnownKey(): { store: Store; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'custody-sample-'));
  const path = join(folder, 'store');
  openStore(path, { create: true });
  writeFileSync(join(path, 'keys', 'store.key'), `${'5a'.repeat(32)}\n`);
  return {
    store: openStore(path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Lands files one by one, with one worker, which starts fastest. */
export async function landFiles(
  store: Store,
  paths: readonly string[],
  options: Partial<IngestOptions> = {},
): Promise<void> {
  await ingest({ store, paths, workers: 1, ...options });
}

/** Opens the database of a store, brought up to date, and closes it whatever happens. */
export async function withDatabase<T>(
  store: Store,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const database = await openStoreDatabase(store, { mode: 'read' });
  try {
    return await use(database.connection);
  } finally {
    database.close();
  }
}

/** Rows as objects, without the columns that are null: a golden shows what is stated. */
export async function statedRows(
  connection: DuckDBConnection,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader
    .getRowObjectsJson()
    .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
}

/** Every row of every table that a refresh makes, as text in a total order. */
export async function dumpOf(store: Store): Promise<string> {
  return await withDatabase(store, async (connection) => {
    const tables = await connection.runAndReadAll(`
      select table_name from duckdb_tables() where not internal and not temporary
      union all select unnest(['event', 'event_record'])
      order by table_name`);
    const parts: string[] = [];
    for (const [table] of tables.getRowsJson()) {
      // Numbers of manifest entries and times of commits are what arrival order may change.
      const rows = await connection.runAndReadAll(`
        select to_json(row)::varchar as line from (
          from "${String(table)}"
          ${table === 'batch' ? 'select * exclude (entry, committed_at, segment_file, quarantine_file, columns_file, origin)' : ''}
        ) as row order by line`);
      parts.push(`## ${String(table)}`, ...rows.getRowsJson().map(([line]) => String(line)));
    }
    return `${parts.join('\n')}\n`;
  });
}

/** A copy of a store whose batches were committed in the opposite order. */
export function reversedCopy(store: Store): { store: Store; remove(): void } {
  const copy = storeOfKnownKey();
  for (const folder of ['segments', 'quarantine']) {
    cpSync(join(store.folder, folder), join(copy.store.folder, folder), { recursive: true });
  }
  const manifest = new Manifest(copy.store);
  for (const entry of activeBatches(store).reverse()) {
    const { format: _format, number: _number, previous: _previous, ...rest } = entry;
    const { committed_at: _committedAt, ...draft } = rest;
    if (manifest.append(copy.store, draft) === 'overtaken') throw new Error('nobody else appends');
  }
  return copy;
}
