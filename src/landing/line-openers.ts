const initialEntries = 64;
const stillOpen = -1;

/** Notes where containers open and close that stand first on their line. */
export interface OpenerNotes {
  open(at: number, depth: number): void;
  close(depth: number, end: number): void;
}

/**
 * Where a value over several lines opened containers at the start of a line, and where those closed.
 *
 * When such a value turns out not to be JSON, its first line is set aside and the next one is tried
 * afresh. That try would read the same bytes to the same end, so hostile input of brackets could
 * cost the square of its length; the notes of the failed try answer instead, and the cost is linear.
 */
export class LineOpeners implements OpenerNotes {
  private bytes: Uint8Array = new Uint8Array(0);
  private opens = new Int32Array(initialEntries);
  private closes = new Int32Array(initialEntries);
  private byDepth = new Int32Array(initialEntries);
  private count = 0;
  private from = 0;
  private until = 0;

  /** Starts the notes of another value. */
  begin(bytes: Uint8Array, from: number): void {
    this.bytes = bytes;
    this.from = from;
    this.until = from;
    this.count = 0;
  }

  /** The value failed: the notes hold for the lines that begin before this offset. */
  fail(until: number): void {
    this.until = until;
  }

  open(at: number, depth: number): void {
    if (depth >= this.byDepth.length) this.byDepth = enlarged(this.byDepth);
    if (at === this.from || !this.firstOnLine(at)) {
      this.byDepth[depth] = stillOpen;
      return;
    }
    if (this.count === this.opens.length) {
      this.opens = enlarged(this.opens);
      this.closes = enlarged(this.closes);
    }
    this.opens[this.count] = at;
    this.closes[this.count] = stillOpen;
    this.byDepth[depth] = this.count;
    this.count += 1;
  }

  close(depth: number, end: number): void {
    const entry = this.byDepth[depth] as number;
    if (entry !== stillOpen) this.closes[entry] = end;
  }

  /** Whether it is known that no value over several lines starts here. */
  refuses(at: number): boolean {
    if (at <= this.from || at >= this.until) return false;
    const entry = this.find(at);
    if (entry < 0) return false;
    const end = this.closes[entry] as number;
    return end === stillOpen || !this.endsLine(end);
  }

  /** Whether some line of the value is a whole object by itself: then these were lines. */
  hasWholeLine(): boolean {
    for (let entry = 0; entry < this.count; entry += 1) {
      const open = this.opens[entry] as number;
      const end = this.closes[entry] as number;
      if (end === stillOpen || this.bytes[open] !== 123 || !this.endsLine(end)) continue;
      if (!this.bytes.subarray(open, end).includes(10)) return true;
    }
    return false;
  }

  private find(at: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const open = this.opens[middle] as number;
      if (open === at) return middle;
      if (open < at) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private firstOnLine(at: number): boolean {
    let back = at - 1;
    while (back >= 0 && isBlank(this.bytes[back] as number)) back -= 1;
    return back < 0 || this.bytes[back] === 10;
  }

  private endsLine(end: number): boolean {
    let at = end;
    while (at < this.bytes.length && isBlank(this.bytes[at] as number)) at += 1;
    return at === this.bytes.length || this.bytes[at] === 10;
  }
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

function enlarged(entries: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(entries.length * 2);
  larger.set(entries);
  return larger;
}
