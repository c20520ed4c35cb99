import * as crypto from 'node:crypto';
import type { BatchRows } from '../batch-rows.ts';
import { scanRules } from '../scan-rules.ts';
import type { ScannedLines } from './scan-inner.ts';

const hashBytes = 32;

/** The records of a batch around what lies in them. */
export interface OuterRows {
  rowFrom: number;
  rowTo: number;
  /** Number of a row in its batch, its position in the stream, and its `sha256_source`. */
  numberOf(row: number): number;
  positionOf(row: number): number;
  hashOf(row: number): Buffer;
}

/** Records of one source that lie in the records of a batch, as the writer takes them. */
export interface InnerRows {
  source: string;
  rows: BatchRows;
  kept: Int32Array;
}

/** Those of the scanned lines that are records and lie in rows of the batch; null where none does. */
export function innerRows(scanned: ScannedLines, outer: OuterRows): InnerRows | null {
  const { source, lines, block } = scanned;
  const kept = keptLines(scanned, outer);
  if (kept.length === 0) return null;
  const places = {
    rows: new Int32Array(lines.count),
    positions: new Float64Array(lines.count),
    pointers: lines.pointers,
  };
  const hashes = Buffer.alloc(lines.count * hashBytes);
  for (const line of kept) {
    const row = lines.outer[line] as number;
    places.rows[line] = outer.numberOf(row);
    places.positions[line] = outer.positionOf(row);
    hashOf(outer.hashOf(row), lines.pointers[line] ?? null).copy(hashes, line * hashBytes);
  }
  const rules = scanRules(source);
  const rows = {
    bytes: lines.bytes,
    base: 0,
    block,
    rules,
    hashes,
    rowFrom: 0,
    rowTo: lines.count,
  };
  return { source: source.id, rows: { ...rows, places }, kept };
}

function keptLines({ lines, block }: ScannedLines, { rowFrom, rowTo }: OuterRows): Int32Array {
  const kept = new Int32Array(lines.count);
  let count = 0;
  for (let line = 0; line < lines.count; line += 1) {
    const row = lines.outer[line] as number;
    if (row < rowFrom || row >= rowTo || block.special.get(line)?.reason !== undefined) continue;
    kept[count] = line;
    count += 1;
  }
  return kept.subarray(0, count);
}

/**
 * Names a record inside another one: by the hash of that one and the place in it. A hash of its own text
 * would let guesses at secrets be tested, and what is stored of it differs from store to store.
 */
function hashOf(outer: Buffer, pointer: string | null): Buffer {
  if (pointer === null) return outer;
  const place = Buffer.concat([outer, Buffer.from(pointer)]);
  return crypto.hash('sha256', place, 'buffer');
}
