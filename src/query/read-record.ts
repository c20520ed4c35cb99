import { join } from 'node:path';
import type { DuckDBValue } from '@duckdb/node-api';
import { DuckDBBlobValue, DuckDBInstance } from '../duckdb.ts';
import { CustodyError } from '../errors.ts';
import { deriveKeys } from '../landing/keys.ts';
import { type ManifestEntry, readManifest } from '../landing/manifest.ts';
import { openSealed } from '../landing/quarantine.ts';
import { parseRecordId } from '../landing/record-id.ts';
import type { Store } from '../landing/store.ts';
import { storedFlags, storedRedactions } from '../landing/stored-lists.ts';
import { type Row, toPlain } from './plain-value.ts';

/** A stored record: what is known about it, and its exact stored bytes. */
export interface StoredRecord {
  meta: Row;
  quarantined: boolean;
  bytes: Buffer;
}

/**
 * Reads one record from the files that the manifest names, without the database: evidence can be
 * shown while another process refreshes it.
 *
 * @throws CustodyError BAD_OPTION for text that is no record id, NOT_FOUND for an id not in the store
 */
export async function readRecord(store: Store, recordId: string): Promise<StoredRecord> {
  const parsed = parseRecordId(recordId);
  if (parsed === null) {
    throw new CustodyError('BAD_OPTION', `Cannot show "${recordId}": it is no record or event id`, {
      hint: 'a record id is 16 hex digits, a dash and a number; an event id starts with event-',
    });
  }
  // A batch that grew is replaced, and its records get new ids; old reports still name the old ones.
  const entries = readManifest(store).entries.filter((entry) => entry.batch === parsed.batch);
  const instance = await DuckDBInstance.create();
  try {
    for (const entry of entries.reverse()) {
      const found =
        (await readFromSegment(instance, store, entry, parsed.row)) ??
        (await readFromQuarantine(instance, store, entry, parsed.row));
      if (found) {
        const { meta, ...rest } = found;
        return { meta: { record_id: recordId, ...describeEntry(entry), ...meta }, ...rest };
      }
    }
  } finally {
    instance.closeSync();
  }
  throw new CustodyError('NOT_FOUND', `Cannot show "${recordId}": this store has no such record`, {
    hint: 'check --store; ids are the same in every store that landed the same log',
  });
}

async function readFromSegment(
  instance: InstanceType<typeof DuckDBInstance>,
  store: Store,
  entry: ManifestEntry,
  row: number,
): Promise<StoredRecord | null> {
  if (entry.segment === null) return null;
  const found = await readRow(
    instance,
    `select kind, position, source_length, sha256_source, sha256_stored, ${storedFlags} as flags,
      ${storedRedactions} as redactions,
      encode(raw) as bytes
    from read_parquet($path)
    where row = $row`,
    { path: join(store.folder, entry.segment.file), row },
  );
  if (found === null) return null;
  const { bytes, ...meta } = found;
  return { meta: toRow(meta), quarantined: false, bytes: toBuffer(bytes) };
}

async function readFromQuarantine(
  instance: InstanceType<typeof DuckDBInstance>,
  store: Store,
  entry: ManifestEntry,
  row: number,
): Promise<StoredRecord | null> {
  if (entry.quarantine === null) return null;
  const found = await readRow(
    instance,
    `select reason, position, length, sha256_source, sealed
    from read_parquet($path)
    where row = $row`,
    { path: join(store.folder, entry.quarantine.file), row },
  );
  if (found === null) return null;
  const { sealed, ...meta } = found;
  const place = {
    position: Number(meta.position),
    sha256_source: toBuffer(meta.sha256_source),
  };
  const bytes = openSealed(toBuffer(sealed), deriveKeys(store.key).quarantine, place);
  return { meta: toRow({ kind: 'quarantined', ...meta }), quarantined: true, bytes };
}

async function readRow(
  instance: InstanceType<typeof DuckDBInstance>,
  sql: string,
  values: Record<string, DuckDBValue>,
): Promise<Record<string, DuckDBValue> | null> {
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql, values);
    return reader.getRowObjects()[0] ?? null;
  } catch (error) {
    throw new CustodyError('STORE_DAMAGED', `Cannot read "${String(values.path)}": not readable`, {
      hint: 'the manifest names the file and its SHA-256; restore it from a backup',
      cause: error,
    });
  } finally {
    connection.closeSync();
  }
}

function describeEntry(entry: ManifestEntry): Row {
  return {
    source: entry.source,
    cluster: entry.cluster,
    origin: entry.origin.name,
    stream: entry.stream,
    manifest_entry: entry.number,
    committed_at: entry.committed_at,
  };
}

function toRow(meta: Record<string, DuckDBValue>): Row {
  return Object.fromEntries(Object.entries(meta).map(([name, value]) => [name, toPlain(value)]));
}

function toBuffer(value: DuckDBValue | undefined): Buffer {
  return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes) : Buffer.alloc(0);
}
