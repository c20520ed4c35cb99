import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import type { DataChunk, Vector } from '@duckdb/node-bindings';
import { BIGINT, BLOB, bindings, DuckDBTableFunction, INTEGER, VARCHAR } from '../duckdb.ts';
import { type BatchRows, batchRow } from './batch-rows.ts';
import { sealRecord } from './quarantine.ts';

/** Rows a call of a table function hands over: measured best of 512, 1024 and 2048. */
export const chunk_rows = 1024;

/** The vector of a chunk that a column of this name has. */
export type VectorOf = (column: string) => Vector;

/** Fills rows [from, from + count) of a source into the vectors of one chunk. */
export type FillChunk = (vectorOf: VectorOf, from: number, count: number) => void;

/** What a registered table function reads next; set before each COPY. */
export interface StagedRows {
  columns: Readonly<Record<string, DuckDBType>>;
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
  const staged: StagedRows = { columns, count: 0, fill: () => {}, failure: undefined };
  let next = 0;
  const table = DuckDBTableFunction.create({
    name,
    bindFunction: (info) => {
      for (const [column, type] of Object.entries(staged.columns)) {
        info.addResultColumn(column, type);
      }
    },
    initFunction: (info) => {
      next = 0;
      info.setMaxThreads(1);
    },
    mainFunction: (info, output) => {
      try {
        const count = Math.min(chunk_rows, staged.count - next);
        if (count > 0)
          staged.fill(vectorsOf(output.chunk, Object.keys(staged.columns)), next, count);
        bindings.data_chunk_set_size(output.chunk, count);
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

/** Columns of the table function behind `landed`; those of a source follow (`fill-records.ts`). */
export const recordColumns = {
  row: INTEGER,
  position: BIGINT,
  raw: VARCHAR,
  sha256_source: BLOB,
  source_length: INTEGER,
  kind_other: VARCHAR,
  text_other: VARCHAR,
  sha256_stored: BLOB,
  flags: VARCHAR,
  redactions: VARCHAR,
};

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
  return (vectorOf, from, count) => {
    const numbers = new Int32Array(count);
    const lengths = new Int32Array(count);
    const positions = new BigInt64Array(count);
    for (let i = 0; i < count; i += 1) {
      const { row, position, hash, source, special } = batchRow(rows, indexes[from + i] as number);
      numbers[i] = row;
      positions[i] = BigInt(position);
      lengths[i] = source.length;
      const sealed = sealRecord(source, key, { position, sha256_source: hash });
      bindings.vector_assign_string_element(vectorOf('reason'), i, special?.reason ?? '');
      bindings.vector_assign_string_element_len(vectorOf('sha256_source'), i, hash);
      bindings.vector_assign_string_element_len(vectorOf('sealed'), i, sealed);
    }
    copyNumbers(vectorOf('row'), numbers);
    copyNumbers(vectorOf('position'), positions);
    copyNumbers(vectorOf('length'), lengths);
  };
}

function vectorsOf(chunk: DataChunk, columns: readonly string[]): VectorOf {
  const vectors = new Map(
    columns.map((column, index) => [column, bindings.data_chunk_get_vector(chunk, index)]),
  );
  return (column) => {
    const vector = vectors.get(column);
    if (vector === undefined) throw new Error(`no column "${column}" is staged`);
    return vector;
  };
}

/** A column of texts or bytes that is null wherever none is set. */
export class NullableTexts {
  readonly #vector: Vector;
  /** One bit a row, in words of 64: what `vector_get_validity` gives is a copy. */
  readonly #validity: Uint8Array<ArrayBuffer>;

  constructor(vector: Vector, count: number) {
    this.#vector = vector;
    this.#validity = new Uint8Array(Math.ceil(count / 64) * 8);
  }

  /** Says that a text was put there by other means. */
  mark(index: number): void {
    const byte = index >> 3;
    this.#validity[byte] = (this.#validity[byte] as number) | (1 << (index & 7));
  }

  set(index: number, text: Uint8Array): void {
    this.mark(index);
    bindings.vector_assign_string_element_len(this.#vector, index, text);
  }

  finish(): void {
    const { buffer, byteLength } = this.#validity;
    bindings.vector_ensure_validity_writable(this.#vector);
    bindings.copy_data_to_vector_validity(this.#vector, 0, buffer, 0, byteLength);
  }
}

/** Makes a vector of numbers what the array holds. */
export function copyNumbers(vector: Vector, numbers: Int32Array | BigInt64Array): void {
  const { buffer, byteOffset, byteLength } = numbers;
  bindings.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}
