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
  /** Null where no row of the block has a value: so it is with many. */
  readonly columns: (Int32Array | null)[];
  private readonly unused: Int32Array[] = [];
  private read = new Uint8Array(initialRows);

  /** Room for so many columns of a block; what a block before left, if there is any. */
  static of(columns: number): RowValues {
    const spare = spares.findIndex((each) => each.columns.length === columns);
    return spare < 0 ? new RowValues(columns) : (spares.splice(spare, 1)[0] as RowValues);
  }

  private constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => null);
  }

  /** Says that nothing is read from here any more. */
  release(): void {
    this.read.fill(0);
    for (const [index, column] of this.columns.entries()) {
      if (column !== null) this.unused.push(column);
      this.columns[index] = null;
    }
    spares.push(this);
  }

  /** Whether the fast pass read the values of this row. */
  has(row: number): boolean {
    return this.read[row] === 1;
  }

  /** Leaves a row to be read again: its text is to be another one. */
  forget(row: number): void {
    if (!this.has(row)) return;
    this.read[row] = 0;
    for (const column of this.columns) if (column !== null) column[row * valueNumbers] = noValue;
  }

  /**
   * Takes the values of `count` rows from `row` on.
   *
   * @param found the values of a column after those of the one before, each with room for `stride` rows
   * @param present of each column whether it has a value in these rows
   */
  take(row: number, count: number, found: Int32Array, present: Uint8Array, stride: number): void {
    if (row + count > this.read.length) this.grow(row + count);
    this.read.fill(1, row, row + count);
    for (let index = 0; index < this.columns.length; index += 1) {
      const known = this.columns[index] ?? null;
      if (known === null && present[index] === 0) continue;
      const column = known ?? this.begin(index);
      const from = index * stride * valueNumbers;
      column.set(found.subarray(from, from + count * valueNumbers), row * valueNumbers);
    }
  }

  /** A column whose rows up to now have no value. */
  private begin(index: number): Int32Array {
    const capacity = this.read.length * valueNumbers;
    const unused = this.unused.pop();
    const column = unused?.length === capacity ? unused : new Int32Array(capacity);
    column.fill(noValue);
    this.columns[index] = column;
    return column;
  }

  private grow(rows: number): void {
    const capacity = Math.max(rows, Math.ceil(this.read.length * growth));
    const read = new Uint8Array(capacity);
    read.set(this.read);
    this.read = read;
    for (const [index, column] of this.columns.entries()) {
      if (column === null) continue;
      const grown = new Int32Array(capacity * valueNumbers).fill(noValue, column.length);
      grown.set(column);
      this.columns[index] = grown;
    }
  }
}
