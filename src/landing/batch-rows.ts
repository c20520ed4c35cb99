import type { ScanRules } from './scan-rules.ts';
import type { ScannedBlock, SpecialRecord } from './scanned-block.ts';

/** The rows of one batch: a range of a scanned block, numbered from 0 in position order. */
export interface BatchRows {
  bytes: Buffer;
  /** Offset of `bytes` in the decompressed stream. */
  base: number;
  block: ScannedBlock;
  /** Those of the source; its columns are in the order of the block's values. */
  rules: ScanRules;
  /** 32 bytes for each row of the block. */
  hashes: Buffer;
  rowFrom: number;
  rowTo: number;
  /** Of records that lie in others: where. */
  places?: InnerPlaces;
}

/** Where rows lie that are parts of other records. */
export interface InnerPlaces {
  /** The number, in its batch, of the record around each row, and that one's position. */
  rows: Int32Array;
  positions: Float64Array;
  /** JSON pointers joined by `#`; null where the row is all of the record. */
  pointers: readonly (string | null)[];
}

/** One row, as both writers need it. */
export interface BatchRow {
  row: number;
  position: number;
  hash: Buffer;
  /** The exact bytes of the source. */
  source: Buffer;
  special: SpecialRecord | undefined;
}

/** The row at `index` of the block; its number is counted within the batch. */
export function batchRow(rows: BatchRows, index: number): BatchRow {
  const { block, bytes, base, hashes } = rows;
  const start = block.starts[index] as number;
  const special = block.special.get(index);
  return {
    row: index - rows.rowFrom,
    position: special?.position ?? base + start,
    hash: hashes.subarray(32 * index, 32 * index + 32),
    source: special?.bytes ?? bytes.subarray(start, block.ends[index] as number),
    special,
  };
}

/** The indexes of the rows that go to the segment, and of those that go to quarantine. */
export function partRows(rows: BatchRows): { kept: Int32Array; quarantined: number[] } {
  const { rowFrom, rowTo } = rows;
  const quarantined: number[] = [];
  for (const [index, special] of rows.block.special) {
    if (index >= rowFrom && index < rowTo && special.reason !== undefined) quarantined.push(index);
  }
  quarantined.sort((left, right) => left - right);
  const kept = new Int32Array(rowTo - rowFrom - quarantined.length);
  let next = 0;
  let count = 0;
  for (let index = rowFrom; index < rowTo; index += 1) {
    if (index === quarantined[next]) next += 1;
    else kept[count++] = index;
  }
  return { kept, quarantined };
}
