import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { CustodyError } from '../errors.ts';
import type { Store } from '../landing/store.ts';
import { storedFlags, storedRedactions } from '../landing/stored-lists.ts';
import { readInnerList } from '../landing/wrapped/inner-files.ts';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import { type SourceSql, sourceSql, stageSql } from './source-sql.ts';
import { list, text } from './sql-text.ts';

// All of these views are temporary because they name files by absolute path and a store may be moved.

/** Makes the views that users read and gives the files behind them. */
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
  await connection.run(stageSql('macros.sql'));
  const columns: string[] = [];
  for (const source of await landedSources(connection, store)) {
    if (source.recordedEvents === null && source.asRecordsOf.length === 0) continue;
    columns.push(...(await viewRecords(connection, store, source)));
  }
  await viewEvents(connection, store);
  return [...new Set([...segments, ...quarantines, ...columns])];
}

/** The sources that the store has records of; the SQL of the others would find nothing, at its price. */
async function landedSources(connection: DuckDBConnection, store: Store): Promise<SourceSql[]> {
  const reader = await connection.runAndReadAll(
    'select distinct source from batch where columns_file is not null',
  );
  const landed = new Set(reader.getRowsJson().map(([source]) => source));
  if (landed.has(wrappedId)) {
    for (const { source } of await innerFiles(connection, store)) landed.add(source);
  }
  const all = sourceSql();
  for (const { id, asRecordsOf } of all) {
    if (landed.has(id)) for (const other of asRecordsOf) landed.add(other.id);
  }
  return all.filter(({ id }) => landed.has(id));
}

/**
 * `event` and `event_record`: what the database derived, and what the segments have by themselves. And
 * `event_total`, how many events there are: each record of a source that has recorded events is one by itself
 * or was made into a derived one, so that no key has to be read to tell.
 *
 * Expects the macros and, of each source that has recorded events, the view of its records.
 */
async function viewEvents(connection: DuckDBConnection, store: Store): Promise<void> {
  const reader = await connection.runAndReadAll(
    `select exists (from batch where source = '${wrappedId}')`,
  );
  const holdsInner = reader.getRowsJson()[0]?.[0] === true;
  const events = ['from derived_event'];
  const records = [`select ${recordOfEvent(holdsInner, 'pointer')} from derived_event_record`];
  const counts = ['(select count(*) from derived_event)'];
  for (const { id, recordedEvents } of await landedSources(connection, store)) {
    if (recordedEvents === null) continue;
    await connection.run(recordedEvents);
    events.push(`select * exclude (record_id, part) from ${id}_recorded_event`);
    records.push(`select ${recordOfEvent(holdsInner, 'null')} from ${id}_recorded_event`);
    counts.push(`(select count(*) from ${id}_record)`);
    counts.push(`-(select count(distinct record_id) from derived_event_record
      where event_id in (select event_id from derived_event where source = ${text(id)}))`);
  }
  const union = '\n    union all by name\n    ';
  await connection.run(`create or replace temp view event as ${events.join(union)}`);
  await connection.run(`create or replace temp view event_record as ${records.join(union)}`);
  await connection.run(
    `create or replace temp view event_total as select ${counts.join(' + ')} as events`,
  );
}

/** A source calls what lies in a wrapped record by its evidence id; here its parts are told apart. */
function recordOfEvent(holdsInner: boolean, pointer: string): string {
  if (!holdsInner) return `event_id, record_id, ${pointer} as pointer, part`;
  return `event_id, split_part(record_id, '#', 1) as record_id,
    nullif(concat_ws('#', nullif(substr(record_id, strpos(record_id || '#', '#') + 1), ''), ${pointer}), '')
      as pointer,
    part`;
}

/**
 * `<source>_record`, or another name: every record of a source that parsed, with its columns and its batch's
 * names; where it lies in another one, its id is its evidence id. With `only`, those of some batches.
 *
 * Gives the files that it reads. `cluster_mark` stands for the cluster in ids, and is computed once a batch.
 */
export async function viewRecords(
  connection: DuckDBConnection,
  store: Store,
  source: SourceSql,
  { name = `${source.id}_record`, only = 'all' }: RecordsWanted = {},
): Promise<string[]> {
  const reader = await connection.runAndReadAll(
    `select batch_id, columns_file from batch
    where source = ${text(source.id)} and columns_file is not null
    order by entry`,
  );
  const isWanted = (batch: unknown): boolean => only === 'all' || only.has(String(batch));
  const rowsOfBatches = reader.getRowsJson().filter(([batch]) => isWanted(batch));
  const own = pathsOf(
    store,
    rowsOfBatches.map(([, file]) => file),
  );
  const inner = (await innerFiles(connection, store)).filter(
    (file) => file.source === source.id && isWanted(file.batch),
  );
  await connection.run(landedNothing);
  const selects = [recordsSql(store, ownRows(own, source), ownBatches)];
  if (inner.length > 0) {
    const paths = pathsOf(
      store,
      inner.map(({ path }) => path),
    );
    own.push(...paths);
    const rows = `read_parquet(${list(paths)}, filename = true)`;
    selects.push(recordsSql(store, rows, innerBatches(inner), '#'));
  }
  // Of some batches alone they are never asked for: then they are those of the source's own.
  for (const giver of only === 'all' ? await landedSources(connection, store) : []) {
    const { sql } = giver.asRecordsOf.find((other) => other.id === source.id) ?? {};
    if (sql === undefined) continue;
    own.push(...(await viewRecords(connection, store, giver)));
    selects.push(`(${sql})`);
  }
  await connection.run(
    `create or replace temp view ${name} as ${selects.join(' union all by name ')}`,
  );
  return own;
}

interface RecordsWanted {
  name?: string;
  only?: ReadonlySet<string> | 'all';
}

const ownBatches = '(select *, columns_file as file from batch)';

function innerBatches(files: readonly InnerFileOfBatch[]): string {
  const rows = files.map(({ batch, path }) => `(${text(batch)}, ${text(path)})`);
  return `batch join (values ${rows.join(', ')}) as inner_file(batch_id, file) using (batch_id)`;
}

interface InnerFileOfBatch {
  batch: string;
  source: string;
  path: string;
}

/** The files with the records that lie in those of shippers. */
export async function innerFiles(
  connection: DuckDBConnection,
  store: Store,
): Promise<InnerFileOfBatch[]> {
  const reader = await connection.runAndReadAll(
    `select batch_id, columns_file from batch
    where source = '${wrappedId}' and columns_file is not null
    order by entry`,
  );
  return reader.getRowsJson().flatMap(([batch, list]) => {
    const files = readInnerList(store, String(list));
    if (files === null) {
      const path = join(store.folder, String(list));
      throw new CustodyError('STORE_DAMAGED', `Cannot read "${path}": it or its files are gone`, {
        hint: 'they are derived: `custody rebuild` makes them again from the evidence',
      });
    }
    return files.map(({ source, path }) => ({ batch: String(batch), source, path }));
  });
}

function ownRows(files: readonly string[], source: SourceSql): string {
  return files.length === 0
    ? `(select *, null::varchar as filename from (${source.normalise}) where false)`
    : `read_parquet(${list(files)}, filename = true)`;
}

/** @param pointed what stands before the pointer of a record inside another; none where rows are records */
function recordsSql(store: Store, rows: string, batches: string, pointed?: '#'): string {
  const place = pointed === undefined ? '' : `|| coalesce('${pointed}' || record.pointer, '')`;
  return `
    select
      batch.batch_id || '-' || record.row ${place} as record_id,
      batch.batch_id,
      batch.stream,
      batch.cluster,
      batch.cluster_mark,
      batch.observed_at as batch_observed_at,
      record.* exclude (filename${pointed === undefined ? '' : ', pointer'})
        replace (${storedFlags} as flags, ${storedRedactions} as redactions)
    from ${rows} as record
    join (
      select batch_id, stream, cluster, observed_at, file,
        left(sha256(coalesce(cluster, '')), 8) as cluster_mark
      from ${batches}
    ) as batch on record.filename = ${folderText(store)} || batch.file
    where record.kind = 'record'`;
}

const landedNothing = `
  create or replace temp view landed as
  select
    null::integer as row, null::bigint as position, null::varchar as kind, null::varchar as raw,
    null::varchar as text, null::blob as sha256_source, null::blob as sha256_stored,
    null::integer as source_length, null::varchar as flags,
    null::varchar as redactions,
    null::timestamptz as observed_at
  where false`;

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
