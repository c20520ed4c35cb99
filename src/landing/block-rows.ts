import { RowValues } from './row-values.ts';
import type { ScannedBlock, SpecialRecord } from './scanned-block.ts';

const initialRows = 4096;

/**
 * From so many special rows in one block on, lines that are set aside for the same reason share a
 * row: 64 MiB of `1` lines would be more rows than a Map can hold (2^24).
 */
const specialRowsMax = 2 ** 22;

/** The rows of one block while it is scanned, in the order of their positions. */
export class BlockRows {
  count = 0;
  blankLines = 0;
  unterminated = false;
  readonly special = new Map<number, SpecialRecord>();
  /** Null where the source has no columns. */
  readonly values: RowValues | null;
  private starts = new Int32Array(initialRows);
  private ends = new Int32Array(initialRows);

  constructor(columns = 0) {
    this.values = columns === 0 ? null : RowValues.of(columns);
  }

  /** Adds a row behind the others. */
  push(start: number, end: number, special: SpecialRecord | null): void {
    if (special?.reason !== undefined && this.special.size >= specialRowsMax) {
      if (this.special.get(this.count - 1) === special) {
        this.ends[this.count - 1] = end;
        return;
      }
    }
    if (this.count === this.starts.length) this.grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    if (special !== null) this.special.set(this.count, special);
    this.count += 1;
  }

  /** Adds a row before row `index`: the envelope of a document whose elements are rows already. */
  insert(index: number, start: number, special: SpecialRecord): void {
    this.push(start, start, null);
    this.starts.copyWithin(index + 1, index, this.count - 1);
    this.ends.copyWithin(index + 1, index, this.count - 1);
    this.starts[index] = start;
    this.ends[index] = start;
    for (let row = this.count - 2; row >= index; row -= 1) {
      const moved = this.special.get(row);
      if (moved === undefined) continue;
      this.special.delete(row);
      this.special.set(row + 1, moved);
    }
    this.special.set(index, special);
  }

  /** The finished block. */
  finish(consumedBytes: number, state: ScannedBlock['state']): ScannedBlock {
    return {
      count: this.count,
      starts: this.starts.subarray(0, this.count),
      ends: this.ends.subarray(0, this.count),
      special: this.special,
      values: this.values,
      blankLines: this.blankLines,
      unterminated: this.unterminated,
      consumedBytes,
      state,
    };
  }

  private grow(): void {
    const starts = new Int32Array(this.starts.length * 2);
    const ends = new Int32Array(this.ends.length * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}
