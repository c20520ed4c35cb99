import type { DuckDBConnection } from '@duckdb/node-api';
import { deriveKeys, type StoreKeys } from '../landing/keys.ts';
import type { ManifestEntry } from '../landing/manifest.ts';
import type { Redaction, ScannedBlock, SpecialRecord } from '../landing/scanned-block.ts';
import { BatchWriter } from '../landing/segment.ts';
import { incomingPath, type Store } from '../landing/store.ts';
import { storedFlags, storedRedactions } from '../landing/stored-lists.ts';
import {
  type InnerFile,
  innerListPath,
  keepInnerFiles,
  readInnerList,
} from '../landing/wrapped/inner-files.ts';
import { type InnerRows, innerRows } from '../landing/wrapped/inner-rows.ts';
import { unwrapBlock } from '../landing/wrapped/unwrap-block.ts';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import { normaliserOf } from './source-sql.ts';
import { text } from './sql-text.ts';

/** Rows that are opened at once: enough to fill the scanner, few enough for memory. */
const rowsMax = 20_000;

interface StoredRow {
  row: number;
  position: bigint;
  bytes: Uint8Array;
  sha256_source: Uint8Array;
  flags: string[] | null;
  redactions: StoredRedaction[] | null;
}

interface StoredRedaction {
  start: number;
  length: number;
  source_start: number;
  source_length: number;
  fingerprints: string[];
}

/**
 * The list of the files with the columns of what lies in the records of a batch, relative to the store.
 * Landing wrote them beside the segment; where a newer version reads more, or they are gone, they are made
 * from the segment by the same code.
 */
export async function innerListOf(
  connection: DuckDBConnection,
  store: Store,
  entry: ManifestEntry,
  segment: string,
  progress: (step: string) => void,
): Promise<string> {
  const { version, inner } = normaliserOf(wrappedId);
  const list = innerListPath(version, entry.batch);
  if (readInnerList(store, list) !== null) return list;
  progress(`opening batch ${entry.batch} again`);
  const origin: { name: string; modified_at?: string } = entry.origin;
  const options = {
    normaliseSql: inner ?? {},
    observedAt: entry.observed_at ?? origin.modified_at ?? null,
  };
  const keys = deriveKeys(store.key);
  const writer = await BatchWriter.create();
  const files: InnerFile[] = [];
  try {
    for (let from = 0; from < entry.records; from += rowsMax) {
      const rows = await storedRows(connection, segment, from, from + rowsMax);
      const lying = rows.length === 0 ? [] : openRows(rows, keys);
      files.push(...(await writer.writeInner(lying, options, incomingPath(store, '.inner'))));
    }
  } finally {
    writer.close();
  }
  keepInnerFiles(store, version, entry.batch, files);
  return list;
}

async function storedRows(
  connection: DuckDBConnection,
  segment: string,
  from: number,
  to: number,
): Promise<StoredRow[]> {
  const reader = await connection.runAndReadAll(`
    select row, position, encode(raw) as bytes, sha256_source, ${storedFlags} as flags,
      ${storedRedactions} as redactions
    from read_parquet([${text(segment)}])
    where kind = 'record' and row >= ${from} and row < ${to}
    order by row`);
  return reader.getRowObjectsJS() as unknown as StoredRow[];
}

function openRows(rows: readonly StoredRow[], keys: StoreKeys): InnerRows[] {
  const bytes = Buffer.concat(rows.map((row) => row.bytes));
  const block = blockOf(rows, bytes.length);
  const outer = {
    rowFrom: 0,
    rowTo: rows.length,
    numberOf: (row: number) => (rows[row] as StoredRow).row,
    positionOf: (row: number) => Number((rows[row] as StoredRow).position),
    hashOf: (row: number) => Buffer.from((rows[row] as StoredRow).sha256_source),
  };
  return unwrapBlock(bytes, block, keys)
    .map((each) => innerRows(each, outer))
    .filter((each) => each !== null);
}

/** The rows as the scanner gave them, but with what is stored in place of what was read. */
function blockOf(rows: readonly StoredRow[], consumedBytes: number): ScannedBlock {
  const starts = new Int32Array(rows.length);
  const ends = new Int32Array(rows.length);
  const special = new Map<number, SpecialRecord>();
  let at = 0;
  for (const [index, { bytes, flags, redactions }] of rows.entries()) {
    starts[index] = at;
    at += bytes.length;
    ends[index] = at;
    if (flags === null && redactions === null) continue;
    special.set(index, {
      kind: 'record',
      flags: (flags ?? []) as SpecialRecord['flags'],
      ...(redactions && { stored: Buffer.from(bytes), redactions: redactions.map(redactionOf) }),
    });
  }
  return {
    count: rows.length,
    starts,
    ends,
    special,
    values: null,
    blankLines: 0,
    unterminated: false,
    consumedBytes,
    state: null,
  };
}

function redactionOf(stored: StoredRedaction): Redaction {
  return {
    start: stored.start,
    length: stored.length,
    sourceStart: stored.source_start,
    sourceLength: stored.source_length,
    fingerprints: stored.fingerprints,
  };
}
