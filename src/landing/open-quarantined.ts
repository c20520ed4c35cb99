import { deriveKeys } from './keys.ts';
import { LandedReader } from './landed-rows.ts';
import { activeBatches, type ManifestEntry } from './manifest.ts';
import { openSealed } from './quarantine.ts';
import type { Store } from './store.ts';
import { storedRedactions } from './stored-lists.ts';

/** Bytes as they are stored; the first `exact` of them are also the source's. */
export interface StoredBytes {
  bytes: Buffer;
  exact: number;
}

/** The stored bytes of one landed row, a quarantined one opened. */
export async function storedBytes(
  store: Store,
  reader: LandedReader,
  entry: ManifestEntry,
  row: number,
): Promise<StoredBytes> {
  if (entry.segment !== null) {
    const columns = ['encode(raw) as bytes', `(${storedRedactions})[1].start as first_redaction`];
    const found = await reader.row(entry.segment.file, columns, row);
    if (found !== null) {
      const bytes = Buffer.from(found.bytes as Uint8Array);
      const first = found.first_redaction;
      return { bytes, exact: first === null ? bytes.length : Number(first) };
    }
  }
  if (entry.quarantine !== null) {
    const columns = ['position', 'sha256_source', 'sealed'];
    const found = await reader.row(entry.quarantine.file, columns, row);
    if (found !== null) {
      const bytes = openRow(found, deriveKeys(store.key).quarantine);
      return { bytes, exact: bytes.length };
    }
  }
  return { bytes: Buffer.alloc(0), exact: 0 };
}

/**
 * Record ids of the quarantined records in which one of the needles occurs, in the order of the
 * manifest. Records are opened in memory, one at a time, and nothing of them is kept.
 */
export async function searchQuarantine(
  store: Store,
  needles: readonly Buffer[],
): Promise<string[]> {
  const sought = needles.filter((needle) => needle.length > 0);
  if (sought.length === 0) return [];
  const key = deriveKeys(store.key).quarantine;
  const reader = new LandedReader(store);
  const found: string[] = [];
  try {
    for (const entry of activeBatches(store)) {
      if (entry.quarantine === null) continue;
      for (const { row } of await reader.rows({ ...entry, segment: null })) {
        const columns = ['position', 'sha256_source', 'sealed'];
        const record = await reader.row(entry.quarantine.file, columns, row);
        if (record === null) continue;
        const bytes = openRow(record, key);
        if (sought.some((needle) => bytes.includes(needle))) found.push(`${entry.batch}-${row}`);
      }
    }
  } finally {
    await reader.close();
  }
  return found;
}

function openRow(row: Record<string, unknown>, key: Buffer): Buffer {
  const place = {
    position: Number(row.position),
    sha256_source: Buffer.from(row.sha256_source as Uint8Array),
  };
  return openSealed(Buffer.from(row.sealed as Uint8Array), key, place);
}
