import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Store } from '../landing/store.ts';
import { storedFlags, storedRedactions } from '../landing/stored-lists.ts';
import { list } from './sql-text.ts';

/**
 * Makes the views over the store's files and gives the files they read.
 *
 * They are temporary because they name files by absolute path and a store may be moved.
 */
export async function viewStore(connection: DuckDBConnection, store: Store): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    'select segment_file, quarantine_file from batch order by entry',
  );
  const rows = reader.getRowsJson();
  const segments = pathsOf(
    store,
    rows.map((row) => row[0]),
  );
  const quarantines = pathsOf(
    store,
    rows.map((row) => row[1]),
  );
  await connection.run(`create or replace temp view record as ${recordSql(store, segments)}`);
  await connection.run(
    `create or replace temp view quarantine as ${quarantineSql(store, quarantines)}`,
  );
  await connection.run(`create or replace temp view redaction as ${redactionSql(store, segments)}`);
  return [...segments, ...quarantines];
}

function pathsOf(store: Store, files: readonly unknown[]): string[] {
  return files.filter((file) => typeof file === 'string').map((file) => join(store.folder, file));
}

function recordSql(store: Store, files: readonly string[]): string {
  return `
    select
      batch.batch_id || '-' || stored.row as record_id,
      batch.batch_id,
      batch.stream,
      batch.source,
      batch.cluster,
      stored.kind,
      stored.position,
      stored.source_length,
      lower(hex(stored.sha256_source)) as sha256_source,
      lower(hex(coalesce(stored.sha256_stored, stored.sha256_source))) as sha256_stored,
      coalesce(${storedFlags}, []) as flags,
      coalesce(json_array_length(stored.redactions), 0)::integer as redacted
    from ${storedRows(files, recordColumns)} as stored
    join batch on stored.filename = ${folderText(store)} || batch.segment_file`;
}

/** One row a fingerprint of a value that landing replaced; the value itself is nowhere. */
function redactionSql(store: Store, files: readonly string[]): string {
  return `
    with replaced as (
      select row, filename, unnest(${storedRedactions}) as place
      from ${storedRows(files, recordColumns)}
      where redactions is not null
    )
    select
      batch.batch_id || '-' || replaced.row as record_id,
      replaced.place."start" as start,
      replaced.place.length as length,
      unnest(replaced.place.fingerprints) as fingerprint
    from replaced
    join batch on replaced.filename = ${folderText(store)} || batch.segment_file`;
}

function quarantineSql(store: Store, files: readonly string[]): string {
  return `
    select
      batch.batch_id || '-' || stored.row as record_id,
      batch.batch_id,
      batch.stream,
      batch.source,
      batch.cluster,
      stored.position,
      stored.length,
      stored.reason,
      lower(hex(stored.sha256_source)) as sha256_source
    from ${storedRows(files, quarantineColumns)} as stored
    join batch on stored.filename = ${folderText(store)} || batch.quarantine_file`;
}

const recordColumns = {
  row: 'integer',
  kind: 'varchar',
  position: 'bigint',
  source_length: 'integer',
  sha256_source: 'blob',
  sha256_stored: 'blob',
  flags: 'varchar',
  redactions: 'varchar',
};

const quarantineColumns = {
  row: 'integer',
  position: 'bigint',
  length: 'bigint',
  reason: 'varchar',
  sha256_source: 'blob',
};

/** The files' rows; sources differ in their other columns, so only these are taken by name. */
function storedRows(files: readonly string[], columns: Record<string, string>): string {
  const names = Object.keys(columns);
  if (files.length === 0) {
    const nothing = names.map((name) => `null::${columns[name]} as ${name}`);
    return `(select ${nothing.join(', ')}, null::varchar as filename where false)`;
  }
  return `(select ${names.join(', ')}, filename
    from read_parquet(${list(files)}, filename = true, union_by_name = true))`;
}

function folderText(store: Store): string {
  return `'${join(store.folder, '/').replaceAll("'", "''")}'`;
}
