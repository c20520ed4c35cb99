/** A value takes sixteen bytes, as `assembly/values.ts` writes it: four 32-bit numbers. */
export const valueNumbers = 4;
/** In place of a length: there is no value. */
export const noValue = -1;
/** In place of a length: the text has escapes; its length in bytes and its offset follow. */
export const escapedValue = -2;
/** A longer text is not written whole: behind its length and first four bytes stands its offset. */
export const inlineBytesMax = 12;

const initialRows = 1024;
const growth = 1.5;

/** Those of blocks that are written: as much memory as theirs would otherwise be asked for each time. */
const spares: RowValues[] = [];

/**
 * The values that the fast pass read of the rows of a block, column by column, in the form in which
 * DuckDB keeps a text. Rows that it did not pass have none.
 */
export class RowValues {
  readonly columns: Int32Array[];
  private read: Uint8Array;

  /** Room for so many columns of a block; what a block before left, if there is any. */
  static of(columns: number): RowValues {
    const spare = spares.findIndex((each) => each.columns.length === columns);
    if (spare < 0) return new RowValues(columns);
    const [values] = spares.splice(spare, 1) as [RowValues];
    values.read.fill(0);
    return values;
  }

  private constructor(columns: number) {
    this.columns = Array.from(
      { length: columns },
      () => new Int32Array(initialRows * valueNumbers),
    );
    this.read = new Uint8Array(initialRows);
  }

  /** Whether the fast pass read the values of this row. */
  has(row: number): boolean {
    return this.read[row] === 1;
  }

  /** Says that nothing is read from here any more. */
  release(): void {
    spares.push(this);
  }

  /**
   * Takes the values of `count` rows from `row` on.
   *
   * @param found the values of a column after those of the one before, each with room for `stride` rows
   */
  take(row: number, count: number, found: Int32Array, stride: number): void {
    if (row + count > this.read.length) this.grow(row + count);
    this.read.fill(1, row, row + count);
    for (const [index, column] of this.columns.entries()) {
      const from = index * stride * valueNumbers;
      column.set(found.subarray(from, from + count * valueNumbers), row * valueNumbers);
    }
  }

  private grow(rows: number): void {
    const capacity = Math.max(rows, Math.ceil(this.read.length * growth));
    const read = new Uint8Array(capacity);
    read.set(this.read);
    this.read = read;
    for (const [index, column] of this.columns.entries()) {
      const grown = new Int32Array(capacity * valueNumbers);
      grown.set(column);
      this.columns[index] = grown;
    }
  }
}
