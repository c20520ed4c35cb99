import * as crypto from 'node:crypto';
import type { Vector } from '@duckdb/node-bindings';
import { bindings } from '../duckdb.ts';
import { type BatchRows, batchRow, type InnerPlaces } from './batch-rows.ts';
import { readValues, type Values } from './read-values.ts';
import { escapedValue, inlineBytesMax, type RowValues, valueNumbers } from './row-values.ts';
import type { Redaction, SpecialRecord } from './scanned-block.ts';
import {
  chunk_rows,
  copyNumbers,
  type FillChunk,
  NullableTexts,
  type VectorOf,
} from './staged-rows.ts';

const hashBytes = 32;
const twoTo32 = 2 ** 32;

/**
 * Fills good and envelope records. Bytes go into the vectors as they are, never as strings.
 *
 * The lines of a chunk are handed over in one piece and their texts made to point into it: DuckDB's own
 * form of a text (https://duckdb.org/docs/stable/clients/c/api, duckdb_string_t) is a length, four bytes
 * and an address, or all of the text where it has up to twelve bytes. The piece is put into the vector
 * of a BLOB, whose bytes are not checked again, and lives as long as the chunk.
 */
export function fillRecords(rows: BatchRows, kept: Int32Array): FillChunk {
  return (vectorOf, from, count) => {
    const indexes = kept.subarray(from, from + count);
    const numbers = new Int32Array(count);
    const lengths = new Int32Array(count);
    const positions = new Int32Array(2 * count);
    const specialRows: number[] = [];
    const odd = new SpecialColumns(vectorOf, count);
    const piece = pieceOf(rows, indexes);
    const place = handOver(vectorOf('sha256_source'), piece.bytes, piece.start);
    const texts = new TextVector(count, place);
    for (let i = 0; i < count; i += 1) {
      const index = indexes[i] as number;
      const special = rows.block.special.get(index);
      const start = rows.block.starts[index] as number;
      const end = rows.block.ends[index] as number;
      numbers[i] = rows.places?.rows[index] ?? index - rows.rowFrom;
      const position = rows.places?.positions[index] ?? special?.position ?? rows.base + start;
      positions[2 * i] = position;
      positions[2 * i + 1] = position / twoTo32;
      lengths[i] = special?.bytes?.length ?? end - start;
      if (special === undefined) texts.set(i, rows.bytes, start, end);
      else {
        specialRows.push(i);
        odd.set(i, special);
      }
    }
    texts.copyTo(vectorOf('raw'));
    for (const i of specialRows) setSpecial(vectorOf('raw'), i, rows, indexes[i] as number);
    odd.finish();
    copyNumbers(vectorOf('row'), numbers);
    copyNumbers(vectorOf('position'), positions);
    copyNumbers(vectorOf('source_length'), lengths);
    const { values } = rows.block;
    if (rows.places !== undefined) fillPointers(vectorOf('pointer'), indexes, rows.places);
    if (values !== null) fillValues(vectorOf, rows, indexes, values, place);
    fillHashes(vectorOf('sha256_source'), rows, indexes);
  };
}

/** A special row's text stands somewhere else than in the lines of the block. */
function setSpecial(raw: Vector, i: number, rows: BatchRows, index: number): void {
  const special = rows.block.special.get(index);
  if (special === undefined) return;
  const stored = special.stored ?? batchRow(rows, index).source;
  bindings.vector_assign_string_element_len(raw, i, stored);
}

/** The bytes from the first to the last line of these rows, which are in the order of their places. */
function pieceOf(rows: BatchRows, indexes: Int32Array): { start: number; bytes: Buffer } {
  const { starts, ends, special } = rows.block;
  const first = indexes.find((index) => !special.has(index));
  const last = indexes.findLast((index) => !special.has(index));
  if (first === undefined || last === undefined) return { start: 0, bytes: Buffer.alloc(0) };
  const start = starts[first] as number;
  return { start, bytes: rows.bytes.subarray(start, ends[last] as number) };
}

/** Where the bytes of a block stand in DuckDB's memory: an address in two halves, of the block's start. */
interface Place {
  low: number;
  high: number;
}

/** Hands bytes that begin at `start` of a block over to a vector, and says where the block would begin. */
function handOver(vector: Vector, bytes: Buffer, start: number): Place {
  // So few bytes are in no text's address.
  if (bytes.length <= inlineBytesMax) return { low: 0, high: 0 };
  bindings.vector_assign_string_element_len(vector, 0, bytes);
  const text = bindings.vector_get_data(vector, 4 * valueNumbers);
  const view = new DataView(text.buffer, text.byteOffset);
  const address = view.getUint32(8, true) + view.getUint32(12, true) * twoTo32 - start;
  return { low: address % twoTo32, high: Math.floor(address / twoTo32) };
}

/** Used for one vector after the other: allocating for each of them took longer than filling them. */
const scratch = new Int32Array(chunk_rows * valueNumbers);
const scratchBytes = Buffer.from(scratch.buffer);

/** The texts of one vector, in DuckDB's form; of one at a time. */
class TextVector {
  readonly texts = scratch;
  readonly count: number;
  private readonly place: Place;

  constructor(count: number, place: Place) {
    this.count = count;
    this.place = place;
  }

  /** Makes row `i` the bytes `start` to `end` of the block. */
  set(i: number, bytes: Buffer, start: number, end: number): void {
    const at = i * valueNumbers;
    const length = end - start;
    this.texts[at] = length;
    if (length > inlineBytesMax) {
      this.texts[at + 1] = bytes.readInt32LE(start);
      this.point(at, start);
      return;
    }
    this.texts[at + 1] = 0;
    this.texts[at + 2] = 0;
    this.texts[at + 3] = 0;
    bytes.copy(scratchBytes, 4 * at + 4, start, end);
  }

  /** Puts the address of an offset in the block where a text has its own. */
  point(at: number, offset: number): void {
    const low = this.place.low + offset;
    this.texts[at + 2] = low;
    this.texts[at + 3] = this.place.high + (low >= twoTo32 ? 1 : 0);
  }

  copyTo(vector: Vector): void {
    bindings.copy_data_to_vector(vector, 0, this.texts.buffer, 0, 4 * valueNumbers * this.count);
  }
}

function fillPointers(vector: Vector, indexes: Int32Array, places: InnerPlaces): void {
  const pointers = new NullableTexts(vector, indexes.length);
  for (const [i, index] of indexes.entries()) {
    const pointer = places.pointers[index] ?? null;
    if (pointer !== null) pointers.set(i, Buffer.from(pointer));
  }
  pointers.finish();
}

function fillHashes(vector: Vector, rows: BatchRows, indexes: Int32Array): void {
  const first = (indexes[0] as number) * hashBytes;
  const last = ((indexes.at(-1) as number) + 1) * hashBytes;
  const texts = new TextVector(
    indexes.length,
    handOver(vector, rows.hashes.subarray(first, last), first),
  );
  for (let i = 0; i < indexes.length; i += 1) {
    const start = (indexes[i] as number) * hashBytes;
    texts.set(i, rows.hashes, start, start + hashBytes);
  }
  texts.copyTo(vector);
}

/** The columns of the source. Rows that the fast pass did not read are read here. */
function fillValues(
  vectorOf: VectorOf,
  rows: BatchRows,
  indexes: Int32Array,
  values: RowValues,
  place: Place,
): void {
  const others = new Map<number, Values>();
  for (let i = 0; i < indexes.length; i += 1) {
    const index = indexes[i] as number;
    if (!values.has(index)) others.set(i, otherValues(rows, index));
  }
  for (const [column, data] of values.columns.entries()) {
    const vector = vectorOf(rows.rules.columns[column]?.name ?? '');
    const nullable = new NullableTexts(vector, indexes.length);
    if (data !== null) {
      const texts = new TextVector(indexes.length, place);
      gather(data, indexes, texts.texts);
      fillColumn(vector, nullable, texts, rows.bytes);
    }
    for (const [i, read] of others) {
      const value = read[column] ?? null;
      if (value !== null) nullable.set(i, value);
    }
    nullable.finish();
  }
}

function otherValues(rows: BatchRows, index: number): Values {
  const { special, source } = batchRow(rows, index);
  if (special?.kind === 'envelope') return [];
  return readValues(special?.text ?? special?.stored ?? source, rows.rules);
}

/** The values of some rows of a column, one after the other: nearly always they already are. */
function gather(data: Int32Array, indexes: Int32Array, found: Int32Array): void {
  const first = indexes[0] as number;
  const last = indexes.at(-1) as number;
  if (last - first === indexes.length - 1) {
    found.set(data.subarray(first * valueNumbers, (last + 1) * valueNumbers));
    return;
  }
  for (const [i, index] of indexes.entries()) {
    found.set(data.subarray(index * valueNumbers, (index + 1) * valueNumbers), i * valueNumbers);
  }
}

function fillColumn(
  vector: Vector,
  nullable: NullableTexts,
  column: TextVector,
  bytes: Buffer,
): void {
  const { texts, count } = column;
  const escaped: { i: number; start: number; end: number }[] = [];
  for (let i = 0, at = 0; i < count; i += 1, at += valueNumbers) {
    const length = texts[at] as number;
    if (length >= 0) {
      if (length > inlineBytesMax) column.point(at, texts[at + 2] as number);
      nullable.mark(i);
      continue;
    }
    if (length === escapedValue) {
      const start = texts[at + 2] as number;
      escaped.push({ i, start, end: start + (texts[at + 1] as number) });
    }
    // DuckDB looks at the text of a row without one too.
    texts[at] = 0;
    texts[at + 1] = 0;
    texts[at + 2] = 0;
    texts[at + 3] = 0;
  }
  column.copyTo(vector);
  for (const { i, start, end } of escaped) {
    const text = JSON.parse(`"${bytes.toString('utf8', start, end)}"`) as string;
    nullable.set(i, Buffer.from(text));
  }
}

/** The columns that few rows have a value in. */
class SpecialColumns {
  private readonly kinds: NullableTexts;
  private readonly texts: NullableTexts;
  private readonly hashes: NullableTexts;
  private readonly flags: NullableTexts;
  private readonly redactions: NullableTexts;

  constructor(vectorOf: VectorOf, count: number) {
    this.kinds = new NullableTexts(vectorOf('kind_other'), count);
    this.texts = new NullableTexts(vectorOf('text_other'), count);
    this.hashes = new NullableTexts(vectorOf('sha256_stored'), count);
    this.flags = new NullableTexts(vectorOf('flags'), count);
    this.redactions = new NullableTexts(vectorOf('redactions'), count);
  }

  set(i: number, { kind, text, stored, flags, redactions }: SpecialRecord): void {
    if (kind !== 'record') this.kinds.set(i, Buffer.from(kind));
    if (text !== undefined) this.texts.set(i, text);
    if (stored !== undefined) this.hashes.set(i, crypto.hash('sha256', stored, 'buffer'));
    if (flags.length > 0) this.flags.set(i, Buffer.from(JSON.stringify(flags)));
    if (redactions !== undefined) {
      this.redactions.set(i, Buffer.from(JSON.stringify(redactions.map(describeRedaction))));
    }
  }

  finish(): void {
    for (const each of [this.kinds, this.texts, this.hashes, this.flags, this.redactions]) {
      each.finish();
    }
  }
}

function describeRedaction(redaction: Redaction): object {
  return {
    start: redaction.start,
    length: redaction.length,
    source_start: redaction.sourceStart,
    source_length: redaction.sourceLength,
    fingerprints: redaction.fingerprints,
  };
}
