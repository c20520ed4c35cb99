import type { Leaf } from './unwrap-record.ts';

const initialBytes = 1024 * 1024;
const initialLines = 1024;

/** Leaves of many records as lines, as the scanner reads them. */
export class InnerLines {
  count = 0;
  /** The record that each line lies in, as a row of its block. */
  outer = new Int32Array(initialLines);
  starts = new Int32Array(initialLines);
  readonly pointers: (string | null)[] = [];
  readonly truncated = new Set<number>();
  private memory = Buffer.allocUnsafe(initialBytes);
  private length = 0;

  /** Adds a leaf behind the others. */
  add(outer: number, leaf: Leaf): void {
    // A unit of UTF-16 takes three bytes at most.
    const needed = this.length + leaf.text.length * 3 + 1;
    if (needed > this.memory.length) this.growMemory(needed);
    if (this.count === this.outer.length) this.growLines();
    this.outer[this.count] = outer;
    this.starts[this.count] = this.length;
    this.pointers.push(leaf.pointer);
    if (leaf.truncated) this.truncated.add(this.count);
    this.length += this.memory.write(leaf.text, this.length, 'utf8');
    this.memory[this.length] = 10;
    this.length += 1;
    this.count += 1;
  }

  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }

  /** Where a line ends, its line feed left out. */
  endOf(line: number): number {
    return (line + 1 < this.count ? (this.starts[line + 1] as number) : this.length) - 1;
  }

  textOf(line: number): string {
    return this.memory.toString('utf8', this.starts[line], this.endOf(line));
  }

  private growMemory(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.memory.length * 2));
    this.memory.copy(larger, 0, 0, this.length);
    this.memory = larger;
  }

  private growLines(): void {
    this.outer = enlarged(this.outer);
    this.starts = enlarged(this.starts);
  }
}

function enlarged(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
