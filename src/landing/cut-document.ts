import { isUtf8 } from 'node:buffer';
import type { BlockScan } from './block-scan.ts';
import { incomplete } from './json-scalars.ts';
import type { Flag, Reason } from './scanned-block.ts';

/** Names of the arrays that are cut when they stand at depth 1 of a document. */
const cutNames: ReadonlySet<string> = new Set(['Records', 'records', 'items', 'logEvents']);

/** A value that goes on in the next block: a document being cut, or a record that is too long. */
export interface DocumentState {
  kind: 'object' | 'array' | 'too_long';
  /** Position of the value's first byte in the stream. */
  start: number;
  expects: Expects;
  /** The bytes around the elements so far. */
  pieces: Buffer[];
  elements: number;
  /** Keys at depth 1 so far. */
  keys: string[];
  flags: Flag[];
  reason: Reason | null;
}

type Expects =
  | 'member or end'
  | 'member'
  | 'comma or end'
  | 'element or end'
  | 'element'
  | 'comma or array end';

/** How a document stands after the bytes of a block. */
export type CutResult =
  | { outcome: 'closed'; next: number }
  | { outcome: 'suspended'; settled: number }
  | { outcome: 'broken'; settled: number; reason: Reason };

/**
 * Cuts a document at its outermost array: each element becomes a row by its byte range, and the
 * bytes around all of them one `envelope` row when the document closes.
 *
 * It reads the document's own brackets, keys and commas itself and leaves the values to the scanner,
 * so it can stop between any two of them and go on in the next block: a document of any size needs
 * the memory of its longest element.
 */
export class DocumentCutter {
  private readonly scan: BlockScan;
  private readonly state: DocumentState;
  private readonly firstRow: number;
  private pieceFrom: number;
  private settled: number;

  constructor(scan: BlockScan, state: DocumentState, at: number) {
    this.scan = scan;
    this.state = state;
    this.firstRow = scan.rows.count;
    this.pieceFrom = at;
    this.settled = at;
  }

  /** Reads on from `at`; what is not settled then is to be given again in the next block. */
  run(from: number): CutResult {
    const { bytes, options } = this.scan;
    let at = from;
    this.settled = at;
    for (;;) {
      while (at < bytes.length && isSpace(bytes[at] as number)) at += 1;
      this.settled = at;
      if (at >= bytes.length) return this.stop('truncated');
      // The first element belongs to the block its document begins in, so that a document which
      // breaks off before it can still be taken for lines.
      if (at >= options.blockBytesMax && this.state.elements > 0) return this.suspend();
      const byte = bytes[at] as number;
      if (byte === 93 || byte === 125) {
        if (!this.mayClose(byte)) return this.broken('not_json');
        if (this.inArray && this.state.kind === 'object') {
          this.state.expects = 'comma or end';
          at += 1;
          continue;
        }
        return this.close(at);
      }
      const next = this.step(byte, at);
      if (typeof next !== 'number') return next;
      at = next;
    }
  }

  /** Closes the envelope of a broken document: what was read of it is quarantined, elements apart. */
  abandon(result: { settled: number; reason: Reason }): void {
    this.takePiece(result.settled);
    this.emitEnvelope(result.reason);
  }

  /** Keeps what was read of a document that goes on in the next block. */
  keep(settled: number): void {
    this.takePiece(settled);
  }

  private get inArray(): boolean {
    const { expects } = this.state;
    return (
      expects === 'element or end' || expects === 'element' || expects === 'comma or array end'
    );
  }

  private mayClose(byte: number): boolean {
    const { expects } = this.state;
    if (byte !== (this.inArray ? 93 : 125)) return false;
    if (expects === 'member' || expects === 'element') this.flag('trailing_comma');
    return true;
  }

  private step(byte: number, at: number): number | CutResult {
    const { state } = this;
    switch (state.expects) {
      case 'comma or end':
      case 'comma or array end':
        if (byte !== 44) return this.broken('not_json');
        state.expects = state.expects === 'comma or end' ? 'member' : 'element';
        return at + 1;
      case 'member or end':
      case 'member':
        return byte === 34 ? this.member(at) : this.broken('not_json');
      case 'element or end':
      case 'element':
        return this.element(at);
    }
  }

  private element(at: number): number | CutResult {
    const { scan, state } = this;
    scan.openers.begin(scan.bytes, at);
    const end = scan.scanValue(at);
    if (end < 0) return this.failed(end);
    this.takePiece(at);
    scan.record(at, end, at);
    this.pieceFrom = end;
    state.elements += 1;
    state.expects = 'comma or array end';
    return end;
  }

  private member(at: number): number | CutResult {
    const { scan, state } = this;
    const { bytes } = scan;
    const keyEnd = scan.scanValue(at);
    if (keyEnd < 0) return this.failed(keyEnd);
    this.noteScan();
    const valueAt = this.afterColon(keyEnd);
    if (valueAt < 0)
      return valueAt === incomplete ? this.stop('truncated') : this.broken('not_json');
    const key = scan.text(at, keyEnd);
    if (state.keys.includes(key)) this.flag('duplicate_key');
    else if (state.keys.length < 1000) state.keys.push(key);
    if (bytes[valueAt] === 91 && cutNames.has(key)) {
      const cuts = scan.beginsCutArray(valueAt);
      if (cuts === null) return this.stop('truncated');
      if (cuts) {
        state.expects = 'element or end';
        return valueAt + 1;
      }
    }
    const end = scan.scanValue(valueAt);
    if (end < 0) return this.failed(end);
    this.noteScan();
    state.expects = 'comma or end';
    return end;
  }

  private afterColon(from: number): number {
    const { bytes } = this.scan;
    let colons = 0;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte === 58 && colons === 0) colons = 1;
      else if (!isSpace(byte)) return colons === 1 ? at : -2;
    }
    return incomplete;
  }

  private close(at: number): CutResult {
    const { scan } = this;
    const lineEnd = scan.endOfBlankRest(at + 1);
    if (lineEnd === incomplete) return this.suspend();
    if (lineEnd < 0) return this.broken('text_after_value');
    this.takePiece(at + 1);
    this.emitEnvelope(this.state.reason);
    return { outcome: 'closed', next: lineEnd + 1 };
  }

  private emitEnvelope(reason: Reason | null): void {
    const { scan, state } = this;
    const bytes = Buffer.concat(state.pieces);
    const invalid = reason ?? (isUtf8(bytes) ? null : 'invalid_utf8');
    scan.envelope(this.firstRow, state.start, bytes, state.flags, invalid);
  }

  private takePiece(to: number): void {
    const piece = this.scan.bytes.subarray(this.pieceFrom, to);
    // The block's buffer is used again for the next block.
    if (piece.length > 0) this.state.pieces.push(Buffer.from(piece));
    this.pieceFrom = to;
  }

  /** Takes over what the scanner says about a part of the document that is no element. */
  private noteScan(): void {
    const { scanner } = this.scan;
    for (const flag of scanner.flags) this.flag(flag);
    this.state.reason ??= scanner.reason;
  }

  private flag(flag: Flag): void {
    if (!this.state.flags.includes(flag)) this.state.flags.push(flag);
  }

  private failed(code: number): CutResult {
    const { scanner, openers } = this.scan;
    openers.fail(scanner.failedAt);
    return code === incomplete ? this.stop('truncated') : this.broken(scanner.reason ?? 'not_json');
  }

  /** The bytes end: the document goes on in the next block, or is cut off. */
  private stop(reason: Reason): CutResult {
    return this.scan.options.atEnd ? this.broken(reason) : this.suspend();
  }

  private suspend(): CutResult {
    return { outcome: 'suspended', settled: this.settled };
  }

  private broken(reason: Reason): CutResult {
    return { outcome: 'broken', settled: this.settled, reason };
  }
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}
