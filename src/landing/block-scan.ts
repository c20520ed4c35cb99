import { isUtf8 } from 'node:buffer';
import { BlockRows } from './block-rows.ts';
import { incomplete } from './json-scalars.ts';
import { JsonScanner } from './json-scanner.ts';
import { LineOpeners } from './line-openers.ts';
import { type CandidateLine, PlainLines } from './plain-lines.ts';
import { redactRecord } from './redact.ts';
import { scanRules } from './scan-rules.ts';
import type { Flag, Reason, ScanOptions, SpecialRecord } from './scanned-block.ts';
import { unescapedText } from './scope-keys.ts';
import { mayHoldToken } from './secret-triggers.ts';

/** One block while it is scanned: its bytes, the scanner, and the rows found so far. */
export class BlockScan {
  readonly bytes: Buffer;
  readonly base: number;
  readonly options: ScanOptions;
  readonly scanner: JsonScanner;
  readonly openers = new LineOpeners();
  readonly rows: BlockRows;
  /** Whether all of the block is UTF-8; asked for by lines that the fast pass leaves alone. */
  private isUtf8: boolean | null = null;
  private readonly quarantined = new Map<Reason, SpecialRecord>();

  constructor(bytes: Buffer, base: number, options: ScanOptions) {
    this.bytes = bytes;
    this.base = base;
    this.options = options;
    const rules = scanRules(options.source);
    this.scanner = new JsonScanner(rules);
    this.rows = new BlockRows(rules.columns.length);
  }

  /** The fast pass over lines; none where records must be shorter than what it takes. */
  plainLines(recordBytesMax: number): PlainLines | null {
    const { bytes, options } = this;
    const lines = new PlainLines(bytes, scanRules(options.source));
    return recordBytesMax < lines.lineBytesMax ? null : lines;
  }

  /** Scans a value that may go on over lines, noting where its lines open containers. */
  scanValue(at: number, cut = false): number {
    this.scanner.notes = this.openers;
    const end = this.scanner.scan(this.bytes, at, this.bytes.length, cut);
    this.scanner.notes = null;
    return end;
  }

  /** Adds the record `from` to `to`, whose value at `valueAt` was just scanned to its end. */
  record(from: number, to: number, valueAt: number): void {
    const { scanner } = this;
    const reason = this.objection(from, to, valueAt);
    if (reason !== null) this.quarantine(from, to, reason);
    else if (scanner.isPlain && !scanner.isCandidate) this.rows.push(from, to, null);
    else this.rows.push(from, to, this.special(this.bytes.subarray(from, to), scanner.flags));
  }

  /** Adds a line that the fast pass found good, but for what may be secret in it. */
  candidate(from: number, { end, hasToken }: CandidateLine): void {
    const { source, keys } = this.options;
    const redacted = redactRecord(this.bytes.subarray(from, end), source, keys, hasToken);
    this.rows.push(from, end, redacted && { kind: 'record', flags: [], ...redacted });
  }

  /** Adds a line of a log of text lines. */
  textLine(from: number, to: number): void {
    const { source, keys } = this.options;
    const bytes = this.bytes.subarray(from, to);
    const reason = this.objectionToLine(bytes);
    if (reason !== null) this.quarantine(from, to, reason);
    else {
      const redacted = mayHoldToken(bytes) ? redactRecord(bytes, source, keys) : null;
      this.rows.push(from, to, redacted && { kind: 'record', flags: [], ...redacted });
    }
  }

  private objectionToLine(bytes: Buffer): Reason | null {
    if (!isUtf8(bytes)) return 'invalid_utf8';
    // No text column takes it, and no log of text has it.
    if (bytes.includes(0)) return 'control_character';
    return this.fits(bytes) ? null : `not_${this.options.source.id}`;
  }

  /** Whether a line may stand in a log of text lines of the source. */
  private fits(bytes: Buffer): boolean {
    const { source, tellingOnly } = this.options;
    const line = bytes.toString('utf8').trim();
    return (tellingOnly ? source.lines?.tells(line) : source.lines?.fits(line)) ?? false;
  }

  private objection(from: number, to: number, valueAt: number): Reason | null {
    const { scanner, bytes } = this;
    this.isUtf8 ??= isUtf8(bytes);
    if (!this.isUtf8 && !isUtf8(bytes.subarray(from, to))) return 'invalid_utf8';
    if (scanner.reason !== null) return scanner.reason;
    if (bytes[valueAt] !== 123) return 'not_an_object';
    if (scanner.keepsPromise) return null;
    const isLine = this.options.format === 'text' && this.fits(bytes.subarray(from, to));
    return isLine ? null : `not_${this.options.source.id}`;
  }

  /** Sets the bytes `from` to `to` aside. */
  quarantine(from: number, to: number, reason: Reason): void {
    let special = this.quarantined.get(reason);
    if (special === undefined) {
      special = { kind: 'record', reason, flags: [] };
      this.quarantined.set(reason, special);
    }
    this.rows.push(from, to, special);
  }

  /** Adds the bytes around the elements of a document, before the rows of its elements. */
  envelope(
    firstRow: number,
    position: number,
    bytes: Buffer,
    flags: readonly Flag[],
    reason: Reason | null,
  ): void {
    const start = Math.max(0, position - this.base);
    const place = { kind: 'envelope', flags, bytes, position } as const;
    const { source, keys } = this.options;
    const more = reason === null ? redactRecord(bytes, source, keys) : { reason };
    this.rows.insert(firstRow, start, { ...place, ...more });
  }

  /** The unescaped text of the literal `from` to `to`, quotes included. */
  text(from: number, to: number): string {
    return unescapedText(this.bytes, from + 1, to - 1) ?? '';
  }

  /** Whether the array at `at` is one of records: empty or of objects; null where bytes end. */
  beginsCutArray(at: number): boolean | null {
    const { bytes } = this;
    for (let next = at + 1; next < bytes.length; next += 1) {
      const byte = bytes[next] as number;
      if (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) {
        return byte === 123 || byte === 93;
      }
    }
    return null;
  }

  /** The line end behind nothing but blanks; negative where there is text, or `incomplete`. */
  endOfBlankRest(from: number): number {
    const { bytes } = this;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte === 10) return at;
      if (byte !== 32 && byte !== 9 && byte !== 13) return -2;
    }
    return this.options.atEnd ? bytes.length : incomplete;
  }

  private special(bytes: Buffer, flags: Flag[]): SpecialRecord | null {
    const redacted = this.scanner.isCandidate
      ? redactRecord(bytes, this.options.source, this.options.keys, this.scanner.hasToken)
      : null;
    if (redacted === null && flags.length === 0) return null;
    const special: SpecialRecord = { kind: 'record', flags, ...redacted };
    if (flags.includes('lone_surrogate')) {
      special.text = withoutLoneSurrogates(redacted?.stored ?? bytes);
    }
    return special;
  }
}

/** Replaces escapes of lone surrogates, which no UTF-8 text can hold, by U+FFFD of equal length. */
function withoutLoneSurrogates(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const escapes =
    /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[\s\S])/g;
  return Buffer.from(
    text.replace(escapes, (each) => (/^\\u[dD][89a-fA-F]..$/.test(each) ? '\\ufffd' : each)),
    'latin1',
  );
}
