import { BlockScan } from './block-scan.ts';
import { type CutResult, DocumentCutter, type DocumentState } from './cut-document.ts';
import { incomplete } from './json-scalars.ts';
import { isDocument } from './json-scanner.ts';
import { scanYamlBlock } from './scan-yaml-block.ts';
import type { ScannedBlock, ScanOptions } from './scanned-block.ts';

const recordBytesMaxDefault = 256 * 1024 * 1024;
const lineFeed = 10;

/**
 * Splits a block of a stream into records, exactly: every byte is in a row, or is a line end or
 * blank between rows.
 *
 * A line is the bytes before a line feed, carriage return included. A line that is a complete JSON
 * object is a record. A document is cut at its outermost array (`cut-document.ts`). A line that
 * begins a value without ending it is tried as a value over several lines; where that fails, the
 * line alone is quarantined and the next one starts afresh. In a log of text lines every line is a
 * record, whatever is in it.
 *
 * @param bytes from the start of a record, or from where `state` left off; used again by the caller
 * @param base position of the first byte in the stream
 * @param state of the block before; never changed, so a block may be scanned again with more bytes
 *   when it settles fewer than it owns (`consumedBytes` below `blockBytesMax`, not at the end)
 */
export function scanBlock(
  bytes: Buffer,
  base: number,
  options: ScanOptions,
  state: DocumentState | null = null,
): ScannedBlock {
  if (options.format === 'yaml') return scanYamlBlock(bytes, base, options);
  return new LineSplitter(new BlockScan(bytes, base, options)).run(state);
}

class LineSplitter {
  private readonly scan: BlockScan;
  private readonly recordBytesMax: number;
  private state: DocumentState | null = null;
  /** No line can be settled from here on: more bytes are needed. */
  private stopped = false;

  constructor(scan: BlockScan) {
    this.scan = scan;
    this.recordBytesMax = scan.options.recordBytesMax ?? recordBytesMaxDefault;
  }

  run(state: DocumentState | null): ScannedBlock {
    const { bytes, rows, options, base } = this.scan;
    let at = 0;
    if (state !== null) {
      at = this.goOn(state);
    } else if (base === 0 && bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf) {
      rows.push(0, 3, { kind: 'envelope', flags: [] });
      at = 3;
    }
    const isText = options.format === 'text';
    const plainLines = isText ? null : this.scan.plainLines(this.recordBytesMax);
    const limit = Math.min(bytes.length, options.blockBytesMax);
    while (!this.stopped && at < limit) {
      at = plainLines?.pass(at, limit, rows) ?? at;
      // The next block owns what begins there, whatever it is.
      if (at >= limit) break;
      const candidate = plainLines?.candidate ?? null;
      if (candidate === null) at = this.line(at);
      else {
        this.scan.candidate(at, candidate);
        at = candidate.end + 1;
      }
    }
    return rows.finish(at, this.state);
  }

  /** Settles the line at `at`, and more where a value goes on; returns where the next one starts. */
  private line(at: number): number {
    const { bytes, scanner, rows, options } = this.scan;
    const found = bytes.indexOf(lineFeed, at);
    const lineEnd = found < 0 ? bytes.length : found;
    let first = at;
    while (first < lineEnd && isBlank(bytes[first] as number)) first += 1;
    const isOpen = found < 0 && !options.atEnd;
    if (first === lineEnd) {
      if (isOpen) return this.wait(at);
      rows.blankLines += 1;
      return Math.min(lineEnd + 1, bytes.length);
    }
    if (options.format === 'text') {
      return isOpen ? this.wait(at) : this.textLine(at, first, lineEnd);
    }
    if (bytes[first] === 91) {
      const cuts = this.scan.beginsCutArray(first);
      if (cuts === null && !options.atEnd) return this.wait(at);
      if (cuts === true && !this.scan.openers.refuses(first))
        return this.document('array', first, at);
    }
    const end = scanner.scan(bytes, first, lineEnd, true);
    if (end === isDocument) return this.document('object', first, at);
    if (isOpen) return this.wait(at);
    if (end >= 0) {
      if (lineEnd - at > this.recordBytesMax) return this.tooLong(at, this.scan.base + at);
      if (this.scan.endOfBlankRest(end) === lineEnd) this.scan.record(at, lineEnd, first);
      else this.scan.quarantine(at, lineEnd, 'text_after_value');
      return this.next(lineEnd);
    }
    if (end === incomplete && (bytes[first] === 123 || bytes[first] === 91)) {
      return this.overLines(at, first, lineEnd);
    }
    return this.setAside(at, lineEnd);
  }

  /** A line of a log of text: JSON, where it is all of it, is a record as in a log of JSON. */
  private textLine(at: number, first: number, lineEnd: number): number {
    const { bytes, scanner } = this.scan;
    if (lineEnd - at > this.recordBytesMax) return this.tooLong(at, this.scan.base + at);
    const end = bytes[first] === 123 ? scanner.scan(bytes, first, lineEnd, false) : -1;
    const isJson = end >= 0 && this.scan.endOfBlankRest(end) === lineEnd;
    if (isJson) this.scan.record(at, lineEnd, first);
    else this.scan.textLine(at, lineEnd);
    return this.next(lineEnd);
  }

  /** A value that its first line does not end. */
  private overLines(at: number, first: number, lineEnd: number): number {
    const { scanner, openers, bytes, options } = this.scan;
    if (openers.refuses(first)) return this.setAside(at, lineEnd);
    const reason = scanner.reason ?? 'not_json';
    openers.begin(bytes, first);
    const end = this.scan.scanValue(first, true);
    if (end === isDocument) return this.document('object', first, at);
    const rest = end >= 0 ? this.scan.endOfBlankRest(end) : end;
    if (rest === incomplete && !options.atEnd) return this.wait(at);
    if (rest >= 0) {
      if (end - first > this.recordBytesMax) return this.tooLong(at, this.scan.base + at);
      this.scan.record(first, end, first);
      return this.next(rest);
    }
    if (rest === incomplete && !openers.hasWholeLine()) {
      this.scan.quarantine(at, bytes.length, 'truncated');
      return this.next(bytes.length);
    }
    openers.fail(end >= 0 ? end : scanner.failedAt);
    scanner.reason = reason;
    return this.setAside(at, lineEnd);
  }

  private document(kind: 'object' | 'array', first: number, lineAt: number): number {
    const state: DocumentState = {
      kind,
      start: this.scan.base + first,
      expects: kind === 'object' ? 'member or end' : 'element or end',
      pieces: [],
      elements: 0,
      keys: [],
      flags: [],
      reason: null,
    };
    const cutter = new DocumentCutter(this.scan, state, first);
    const result = cutter.run(first + 1);
    if (state.elements > 0 || result.outcome === 'closed')
      return this.settle(cutter, state, result);
    if (result.outcome === 'suspended' || this.isOpen(lineAt)) return this.wait(lineAt);
    if (result.reason === 'truncated' && !this.scan.openers.hasWholeLine()) {
      this.scan.quarantine(lineAt, this.scan.bytes.length, 'truncated');
      return this.next(this.scan.bytes.length);
    }
    this.scan.scanner.reason = result.reason;
    return this.setAside(lineAt, this.lineEnd(lineAt));
  }

  private goOn(before: DocumentState): number {
    if (before.kind === 'too_long') return this.tooLong(0, before.start);
    const { pieces, keys, flags } = before;
    const state = { ...before, pieces: [...pieces], keys: [...keys], flags: [...flags] };
    const cutter = new DocumentCutter(this.scan, state, 0);
    return this.settle(cutter, state, cutter.run(0));
  }

  /** Goes on behind a document that closed, keeps one that goes on, ends one that broke. */
  private settle(cutter: DocumentCutter, state: DocumentState, result: CutResult): number {
    const { bytes } = this.scan;
    if (result.outcome === 'closed') return this.next(result.next - 1);
    const { settled } = result;
    if (result.outcome === 'suspended' || this.isOpen(settled)) {
      cutter.keep(settled);
      if (bytes.length - settled >= this.recordBytesMax) {
        cutter.abandon({ settled, reason: 'too_long' });
        return this.tooLong(settled, this.scan.base + settled);
      }
      this.state = state;
      this.stopped = true;
      return settled;
    }
    cutter.abandon(result);
    if (settled === bytes.length) return this.next(settled);
    if (result.reason === 'truncated' && !this.scan.openers.hasWholeLine()) {
      this.scan.quarantine(settled, bytes.length, 'truncated');
      return this.next(bytes.length);
    }
    if (this.beginsLine(settled)) return settled;
    this.scan.scanner.reason = result.reason;
    return this.setAside(settled, this.lineEnd(settled));
  }

  private setAside(at: number, lineEnd: number): number {
    if (lineEnd - at > this.recordBytesMax) return this.tooLong(at, this.scan.base + at);
    this.scan.quarantine(at, lineEnd, this.scan.scanner.reason ?? 'not_json');
    return this.next(lineEnd);
  }

  /** Quarantines a line in pieces that each fit into memory. */
  private tooLong(from: number, start: number): number {
    const { bytes, options } = this.scan;
    const lineEnd = this.lineEnd(from);
    let at = from;
    while (at < lineEnd) {
      const end = Math.min(lineEnd, at + this.recordBytesMax);
      const isOpen = lineEnd === bytes.length && end === lineEnd && !options.atEnd;
      if (at >= options.blockBytesMax || (isOpen && end - at < this.recordBytesMax)) break;
      this.scan.quarantine(at, end, 'too_long');
      at = end;
    }
    if (at === lineEnd && (lineEnd < bytes.length || options.atEnd)) return this.next(lineEnd);
    this.state = { ...longState, start };
    this.stopped = true;
    return at;
  }

  /** Leaves the line at `at` to the next block, or to this one with more bytes. */
  private wait(at: number): number {
    const { bytes, base } = this.scan;
    if (bytes.length - at >= this.recordBytesMax) return this.tooLong(at, base + at);
    this.stopped = true;
    return at;
  }

  private next(lineEnd: number): number {
    const { bytes, rows } = this.scan;
    if (lineEnd < bytes.length) return lineEnd + 1;
    rows.unterminated = true;
    return bytes.length;
  }

  /** The line at `at` goes on past the bytes. */
  private isOpen(at: number): boolean {
    return !this.scan.options.atEnd && this.lineEnd(at) === this.scan.bytes.length;
  }

  private lineEnd(at: number): number {
    const found = this.scan.bytes.indexOf(lineFeed, at);
    return found < 0 ? this.scan.bytes.length : found;
  }

  private beginsLine(at: number): boolean {
    const { bytes } = this.scan;
    let back = at - 1;
    while (back >= 0 && isBlank(bytes[back] as number)) back -= 1;
    return back >= 0 && bytes[back] === lineFeed;
  }
}

const longState: DocumentState = {
  kind: 'too_long',
  start: 0,
  expects: 'member or end',
  pieces: [],
  elements: 0,
  keys: [],
  flags: [],
  reason: null,
};

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}
