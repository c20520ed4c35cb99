import type { DuckDBConnection } from '@duckdb/node-api';
import type { ManifestEntry } from '../landing/manifest.ts';
import type { Store } from '../landing/store.ts';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import type { Arrived } from './refresh-source.ts';
import { type SourceSql, sourceSql } from './source-sql.ts';
import { innerFiles } from './store-views.ts';

/** A source whose events and facts change, and what they have to be made of. */
export interface SourceChange {
  source: SourceSql;
  arrived: Arrived;
}

/**
 * Puts the manifest's batches into `batch` and tells what that changes, by source.
 *
 * A batch whose entry was replaced is gone, and with it what was made of its records: its source is
 * made anew.
 */
export async function takeBatches(
  connection: DuckDBConnection,
  store: Store,
  entries: readonly ManifestEntry[],
  columns: ReadonlyMap<string, string>,
): Promise<SourceChange[]> {
  const reader = await connection.runAndReadAll(
    'select batch_id, entry, source, columns_file from batch',
  );
  const known = reader.getRowsJson().map(([batch, entry, source, file]) => ({
    key: keyOf(String(batch), Number(entry), file === null ? undefined : String(file)),
    entry: Number(entry),
    source: String(source),
  }));
  const keyOfEntry = (entry: ManifestEntry): string =>
    keyOf(entry.batch, entry.number, columns.get(entry.batch));
  const wanted = new Set(entries.map(keyOfEntry));
  const held = new Set(known.map(({ key }) => key));
  const gone = known.filter(({ key }) => !wanted.has(key));
  const arrived = entries.filter((entry) => !held.has(keyOfEntry(entry)));
  for (const { entry } of gone) await connection.run(`delete from batch where entry = ${entry}`);
  await insertBatches(connection, arrived, columns);
  await takeNotices(connection, entries);
  const remade = new Set(gone.map(({ source }) => source));
  const changes = await changesOf(connection, store, remade, arrived);
  // Nothing that arrives can touch what was there before where nothing was.
  return known.length > 0 ? changes : changes.map(({ source }) => ({ source, arrived: 'all' }));
}

function keyOf(batch: string, entry: number, file: string | undefined): string {
  return `${entry} ${batch} ${file ?? ''}`;
}

async function changesOf(
  connection: DuckDBConnection,
  store: Store,
  gone: ReadonlySet<string>,
  arrived: readonly ManifestEntry[],
): Promise<SourceChange[]> {
  const batches = new Map<string, Set<string>>();
  const isNew = new Set(arrived.map(({ batch }) => batch));
  const brought = [
    ...arrived.map(({ source, batch }) => ({ source, batch })),
    ...(await innerFiles(connection, store)).filter(({ batch }) => isNew.has(batch)),
  ];
  for (const { source, batch } of brought) {
    batches.set(source, (batches.get(source) ?? new Set()).add(batch));
  }
  const all = sourceSql();
  const changed = (id: string): boolean => gone.has(id) || gone.has(wrappedId) || batches.has(id);
  return all.flatMap((source): SourceChange[] => {
    const { id, incremental } = source;
    const givers = all.filter(({ asRecordsOf }) => asRecordsOf.some((other) => other.id === id));
    if (gone.has(id) || gone.has(wrappedId) || givers.some((giver) => changed(giver.id))) {
      return [{ source, arrived: 'all' }];
    }
    const own = batches.get(id);
    if (own === undefined) return [];
    return [{ source, arrived: incremental === null ? 'all' : own }];
  });
}

async function insertBatches(
  connection: DuckDBConnection,
  entries: readonly ManifestEntry[],
  columns: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = entries.map((entry) => ({
    batch_id: entry.batch,
    entry: entry.number,
    stream: entry.stream,
    source: entry.source,
    cluster: entry.cluster,
    observed_at: entry.observed_at,
    origin: entry.origin.name,
    from_position: entry.from,
    to_position: entry.to,
    records: entry.records,
    good: entry.good,
    envelopes: entry.envelopes,
    quarantined: entry.quarantined,
    redacted: entry.redacted,
    unterminated: entry.unterminated,
    committed_at: entry.committed_at,
    segment_file: entry.segment?.file ?? null,
    quarantine_file: entry.quarantine?.file ?? null,
    columns_file: columns.get(entry.batch) ?? null,
  }));
  if (rows.length === 0) return;
  await connection.run(
    `insert into batch
    select row.* from (
      select unnest(from_json($rows::json, '[{
        "batch_id": "varchar", "entry": "integer", "stream": "varchar", "source": "varchar",
        "cluster": "varchar", "observed_at": "timestamptz", "origin": "varchar",
        "from_position": "bigint", "to_position": "bigint",
        "records": "bigint", "good": "bigint", "envelopes": "bigint", "quarantined": "bigint",
        "redacted": "bigint", "unterminated": "boolean", "committed_at": "timestamptz",
        "segment_file": "varchar", "quarantine_file": "varchar",
        "columns_file": "varchar" }]')) as row)`,
    { rows: JSON.stringify(rows) },
  );
}

/** What transports tell of partitions, of all entries: there are few. */
async function takeNotices(
  connection: DuckDBConnection,
  entries: readonly ManifestEntry[],
): Promise<void> {
  const rows = entries.flatMap(({ number, stream, source, cluster, origin: { kafka } }) => {
    if (kafka?.notice === undefined) return [];
    const { topic, partition, first, last, notice } = kafka;
    const { kind, from_at: first_at, until_at: last_at } = notice;
    const messages = kind === 'gap' ? last - first + 1 : null;
    const place = { entry: number, stream, source, cluster, topic, partition };
    return [{ ...place, kind, messages, first_at, last_at }];
  });
  await connection.run('delete from partition_notice');
  if (rows.length === 0) return;
  await connection.run(
    `insert into partition_notice
    select row.* from (
      select unnest(from_json($rows::json, '[{
        "entry": "integer", "stream": "varchar", "source": "varchar", "cluster": "varchar",
        "topic": "varchar", "partition": "integer", "kind": "varchar", "messages": "bigint",
        "first_at": "timestamptz", "last_at": "timestamptz" }]')) as row)`,
    { rows: JSON.stringify(rows) },
  );
}
