import {
  BIGINT,
  BLOB,
  type DuckDBConnection,
  DuckDBTableFunction,
  type DuckDBType,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { type BatchRows, batchRow } from './batch-rows.ts';
import { sealRecord } from './quarantine.ts';
import { digestOf } from './record-id.ts';
import type { SpecialRecord } from './scanned-block.ts';

/** Rows a call of a table function hands over: measured best of 512, 1024 and 2048. */
const chunk_rows = 1024;

/** Fills rows [from, from + count) of a source into the vectors of one chunk. */
type FillChunk = (chunk: duckdb.DataChunk, from: number, count: number) => void;

/** What a registered table function reads next; set before each COPY. */
export interface StagedRows {
  count: number;
  fill: FillChunk;
  /** What went wrong in JavaScript: SQL must not see it, it could quote a record. */
  failure: unknown;
}

/** Registers a table function that hands over the rows last put into the returned holder. */
export function registerStagedRows(
  connection: DuckDBConnection,
  name: string,
  columns: Record<string, DuckDBType>,
): StagedRows {
  const staged: StagedRows = { count: 0, fill: () => {}, failure: undefined };
  let next = 0;
  const table = DuckDBTableFunction.create({
    name,
    bindFunction: (info) => {
      for (const [column, type] of Object.entries(columns)) info.addResultColumn(column, type);
    },
    initFunction: (info) => {
      next = 0;
      info.setMaxThreads(1);
    },
    mainFunction: (info, output) => {
      try {
        const count = Math.min(chunk_rows, staged.count - next);
        if (count > 0) staged.fill(output.chunk, next, count);
        duckdb.data_chunk_set_size(output.chunk, count);
        next += count;
      } catch (error) {
        staged.failure = error;
        info.setError('staging failed');
      }
    },
  });
  connection.registerTableFunction(table);
  return staged;
}

/** Columns of the table function behind `staged`. */
export const recordColumns = {
  row: INTEGER,
  position: BIGINT,
  raw: VARCHAR,
  sha256_source: BLOB,
  source_length: INTEGER,
  text_other: VARCHAR,
  special: VARCHAR,
};

/** Fills good and envelope records. Bytes go into the vectors as they are, never as strings. */
export function fillRecords(rows: BatchRows, kept: Int32Array): FillChunk {
  return (chunk, from, count) => {
    const vectors = vectorsOf(chunk, recordColumns);
    const numbers = new Int32Array(count);
    const lengths = new Int32Array(count);
    const positions = new BigInt64Array(count);
    const texts = new NullableTexts(vectors.text_other, count);
    const specials = new NullableTexts(vectors.special, count);
    for (let i = 0; i < count; i += 1) {
      const record = batchRow(rows, kept[from + i] as number);
      numbers[i] = record.row;
      positions[i] = BigInt(record.position);
      lengths[i] = record.source.length;
      const { special } = record;
      duckdb.vector_assign_string_element_len(vectors.raw, i, special?.stored ?? record.source);
      duckdb.vector_assign_string_element_len(vectors.sha256_source, i, record.hash);
      if (special === undefined) continue;
      if (special.text !== undefined) texts.set(i, special.text);
      specials.set(i, Buffer.from(describeSpecial(special)));
    }
    texts.finish();
    specials.finish();
    copyNumbers(vectors.row, numbers);
    copyNumbers(vectors.position, positions);
    copyNumbers(vectors.source_length, lengths);
  };
}

/** Columns of a quarantine file. */
export const quarantineColumns = {
  row: INTEGER,
  position: BIGINT,
  length: INTEGER,
  reason: VARCHAR,
  sha256_source: BLOB,
  sealed: BLOB,
};

/** Fills quarantined records, sealing them one by one. */
export function fillQuarantine(rows: BatchRows, indexes: number[], key: Buffer): FillChunk {
  return (chunk, from, count) => {
    const vectors = vectorsOf(chunk, quarantineColumns);
    const numbers = new Int32Array(count);
    const lengths = new Int32Array(count);
    const positions = new BigInt64Array(count);
    for (let i = 0; i < count; i += 1) {
      const { row, position, hash, source, special } = batchRow(rows, indexes[from + i] as number);
      numbers[i] = row;
      positions[i] = BigInt(position);
      lengths[i] = source.length;
      const sealed = sealRecord(source, key, { position, sha256_source: hash });
      duckdb.vector_assign_string_element(vectors.reason, i, special?.reason ?? '');
      duckdb.vector_assign_string_element_len(vectors.sha256_source, i, hash);
      duckdb.vector_assign_string_element_len(vectors.sealed, i, sealed);
    }
    copyNumbers(vectors.row, numbers);
    copyNumbers(vectors.position, positions);
    copyNumbers(vectors.length, lengths);
  };
}

function describeSpecial(special: SpecialRecord): string {
  const { kind, stored, flags, redactions } = special;
  return JSON.stringify({
    envelope: kind === 'envelope',
    sha256_stored: stored === undefined ? null : digestOf(stored),
    flags: flags.length === 0 ? null : flags,
    redactions:
      redactions?.map((redaction) => ({
        start: redaction.start,
        length: redaction.length,
        source_start: redaction.sourceStart,
        source_length: redaction.sourceLength,
        fingerprints: redaction.fingerprints,
      })) ?? null,
  });
}

function vectorsOf<T extends Record<string, DuckDBType>>(
  chunk: duckdb.DataChunk,
  columns: T,
): Record<keyof T, duckdb.Vector> {
  const names = Object.keys(columns);
  return Object.fromEntries(
    names.map((name, index) => [name, duckdb.data_chunk_get_vector(chunk, index)]),
  ) as Record<keyof T, duckdb.Vector>;
}

/** A column of texts that is null wherever none is set. */
class NullableTexts {
  readonly #vector: duckdb.Vector;
  /** One bit a row, in words of 64: what `vector_get_validity` gives is a copy. */
  readonly #validity: Uint8Array<ArrayBuffer>;

  constructor(vector: duckdb.Vector, count: number) {
    this.#vector = vector;
    this.#validity = new Uint8Array(Math.ceil(count / 64) * 8);
  }

  set(index: number, text: Uint8Array): void {
    const byte = index >> 3;
    this.#validity[byte] = (this.#validity[byte] as number) | (1 << (index & 7));
    duckdb.vector_assign_string_element_len(this.#vector, index, text);
  }

  finish(): void {
    const { buffer, byteLength } = this.#validity;
    duckdb.vector_ensure_validity_writable(this.#vector);
    duckdb.copy_data_to_vector_validity(this.#vector, 0, buffer, 0, byteLength);
  }
}

function copyNumbers(vector: duckdb.Vector, numbers: Int32Array | BigInt64Array): void {
  const { buffer, byteOffset, byteLength } = numbers;
  duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}
