import { type DecodedText, decodeText } from '../../envelopes/decode-text.ts';
import type { Source } from '../../sources/source.ts';
import type { StoreKeys } from '../keys.ts';
import { redactRecord } from '../redact.ts';
import type { Flag, Reason, ScannedBlock, SpecialRecord } from '../scanned-block.ts';
import { InnerLines } from './inner-lines.ts';
import { objectionTo, type ScannedLines, scanInner } from './scan-inner.ts';
import {
  isTextRecord,
  type Leaf,
  type Unwrapped,
  unwrapLeaf,
  unwrapRecord,
} from './unwrap-record.ts';
import { wrapped } from './wrapped.ts';

/** How many lines are parsed to tell of which source most of them are. */
const guessedFrom = 20;

/**
 * Opens the records of a scanned block and scans what they hold as the log sources would.
 *
 * Rows of the block that hold nothing get the reason why; lines that are no JSON become records
 * where a known prefix stands before theirs or they are of a source of text lines; a row
 * with a secret inside is redacted down to it. What the records hold is read from what is stored of
 * them, so that the same comes out when it is read from the segment again.
 */
export function unwrapBlock(bytes: Buffer, block: ScannedBlock, keys: StoreKeys): ScannedLines[] {
  return new BlockUnwrapper(bytes, block, keys).run();
}

class BlockUnwrapper {
  private readonly bytes: Buffer;
  private readonly block: ScannedBlock;
  private readonly keys: StoreKeys;
  private readonly pending = new InnerLines();
  private readonly byForm: { source: Source; format: Leaf['format']; lines: InnerLines }[] = [];
  /** Rows that may hold records: those that were scanned as good, and lines behind a known prefix. */
  private readonly asked = new Set<number>();
  private readonly holding = new Set<number>();
  private readonly problems = new Map<number, Reason>();
  private readonly truncated = new Set<number>();
  private readonly secret = new Set<number>();

  constructor(bytes: Buffer, block: ScannedBlock, keys: StoreKeys) {
    this.bytes = bytes;
    this.block = block;
    this.keys = keys;
  }

  run(): ScannedLines[] {
    for (let row = 0; row < this.block.count; row += 1) this.open(row);
    const guess = this.guess();
    const scanned = guess === null ? [] : [this.scan(this.pending, guess, 'json', true)];
    if (guess === null) {
      for (let line = 0; line < this.pending.count; line += 1) this.again(this.pending, line);
    }
    for (const { lines, source, format } of this.byForm) {
      scanned.push(this.scan(lines, source, format, false));
    }
    for (const row of this.secret) this.redact(row);
    for (const each of scanned) this.takeStored(each);
    for (const row of this.asked) this.settle(row);
    return scanned.map((each) => this.withoutRefused(each));
  }

  private open(row: number): void {
    const special = this.block.special.get(row);
    if (special?.kind === 'envelope') return;
    const { reason } = special ?? {};
    if (reason === 'too_long' || reason === 'invalid_utf8') return;
    const text = this.sourceOf(row).toString('utf8');
    if (reason !== undefined) {
      const decoded = decodeText(text, isTextRecord);
      if (decoded.kind === 'nothing' && decoded.reason === 'partial_line') {
        this.block.special.set(row, { kind: 'record', reason: decoded.reason, flags: [] });
      }
      // What begins as JSON and is none stays what the scanner says it is.
      if (!isPrefixed(decoded)) return;
    }
    this.asked.add(row);
    this.take(row, unwrapRecord(text, true));
  }

  private sourceOf(row: number): Buffer {
    return this.bytes.subarray(this.block.starts[row], this.block.ends[row]);
  }

  private take(row: number, { leaves, problems, opened }: Unwrapped): void {
    const [problem] = problems;
    if (problem !== undefined) this.problems.set(row, problem);
    if (opened && leaves.length === 0 && problem === undefined) this.holding.add(row);
    for (const leaf of leaves) this.linesFor(leaf).add(row, leaf);
  }

  private linesFor({ source, format }: Leaf): InnerLines {
    if (source === null) return this.pending;
    const known = this.byForm.find((each) => each.source === source && each.format === format);
    if (known !== undefined) return known.lines;
    const lines = new InnerLines();
    this.byForm.push({ source, format, lines });
    return lines;
  }

  /** The source of the first lines that are of one. */
  private guess(): Source | null {
    for (let line = 0; line < Math.min(guessedFrom, this.pending.count); line += 1) {
      const leaf = leafOf(this.pending, line);
      const { leaves } = unwrapLeaf(leaf);
      if (leaves[0]?.pointer === leaf.pointer && leaves[0]?.source) return leaves[0].source;
    }
    return null;
  }

  /** Scans lines as those of a source; with `mayBeOthers`, what they are not may be of another. */
  private scan(
    lines: InnerLines,
    source: Source,
    format: Leaf['format'],
    mayBeOthers: boolean,
  ): ScannedLines {
    const scanned = scanInner(lines, source, format, this.keys);
    for (let line = 0; line < lines.count; line += 1) {
      const row = lines.outer[line] as number;
      const objection = objectionTo(scanned, line);
      if (objection === null) {
        this.holding.add(row);
        if (scanned.block.special.get(line)?.redactions !== undefined) this.secret.add(row);
        if (lines.truncated.has(line)) this.truncated.add(row);
      } else if (mayBeOthers) this.again(lines, line);
      else this.problems.set(row, objection);
    }
    return scanned;
  }

  private again(lines: InnerLines, line: number): void {
    const leaf = leafOf(lines, line);
    this.take(lines.outer[line] as number, unwrapLeaf(leaf));
  }

  private redact(row: number): void {
    const special = this.block.special.get(row);
    if (special?.redactions !== undefined) return;
    const redacted = redactRecord(this.sourceOf(row), wrapped, this.keys);
    // What the scan of a line finds, this finds; should it not, nothing is stored in clear.
    if (redacted === null) this.problems.set(row, 'not_redactable');
    else this.block.special.set(row, { kind: 'record', flags: special?.flags ?? [], ...redacted });
  }

  /** Gives the lines of redacted rows the text that is stored. */
  private takeStored({ source, lines, block }: ScannedLines): void {
    const stored = new Map<number, ReadonlyMap<string | null, string>>();
    for (let line = 0; line < lines.count; line += 1) {
      const row = lines.outer[line] as number;
      const outer = this.block.special.get(row);
      const special = block.special.get(line);
      if (special?.reason !== undefined) continue;
      const flags = flagsOf(special, outer, lines.truncated.has(line));
      const isRedacted = outer?.redactions !== undefined;
      if (flags.length > 0 || isRedacted) block.values?.forget(line);
      if (outer?.stored === undefined || outer.redactions === undefined) {
        if (flags.length > 0) block.special.set(line, { kind: 'record', ...special, flags });
        continue;
      }
      if (!stored.has(row)) stored.set(row, textsOf(outer.stored));
      const text = stored.get(row)?.get(lines.pointers[line] ?? null);
      const bytes = text === undefined ? special?.stored : Buffer.from(text);
      if (bytes === undefined) continue;
      if (redactRecord(bytes, source, this.keys) !== null) this.problems.set(row, 'not_redactable');
      const { redactions } = outer;
      block.special.set(line, { kind: 'record', flags, stored: bytes, redactions });
    }
  }

  private settle(row: number): void {
    const special = this.block.special.get(row);
    const problem = this.problems.get(row);
    if (!this.holding.has(row) || problem === 'not_redactable') {
      const reason = problem ?? special?.reason ?? 'unrecognised';
      this.block.special.set(row, { kind: 'record', reason, flags: [] });
      return;
    }
    const marks: Flag[] = [];
    if (this.truncated.has(row)) marks.push('truncated');
    if (problem !== undefined) marks.push('part_not_read');
    const { reason: _reason, ...kept } = special ?? { kind: 'record', flags: [] as Flag[] };
    const flags = [...kept.flags, ...marks];
    if (flags.length === 0 && kept.redactions === undefined) this.block.special.delete(row);
    else this.block.special.set(row, { ...kept, flags });
  }

  /** A line in a record that is set aside is set aside with it. */
  private withoutRefused(scanned: ScannedLines): ScannedLines {
    const { lines, block } = scanned;
    const aside: SpecialRecord = { kind: 'record', reason: 'not_redactable', flags: [] };
    for (const [row, problem] of this.problems) {
      if (problem !== 'not_redactable') continue;
      for (let line = 0; line < lines.count; line += 1) {
        if (lines.outer[line] === row) block.special.set(line, aside);
      }
    }
    return scanned;
  }
}

function leafOf(lines: InnerLines, line: number): Leaf {
  const pointer = lines.pointers[line] ?? null;
  return { pointer, text: lines.textOf(line), source: null, format: 'json', truncated: false };
}

/** The texts of everything that lies in a record, by pointer. */
function textsOf(stored: Buffer): ReadonlyMap<string | null, string> {
  const { leaves } = unwrapRecord(stored.toString('utf8'));
  return new Map(leaves.map(({ pointer, text }) => [pointer, text]));
}

/** No JSON as it stands, but something is found in it. */
function isPrefixed(decoded: DecodedText): boolean {
  if (decoded.kind === 'json') return decoded.isPrefixed;
  return decoded.kind === 'base64' || decoded.kind === 'line';
}

/** What is odd about a record in another one, or about the text around it. */
function flagsOf(
  own: SpecialRecord | undefined,
  outer: SpecialRecord | undefined,
  isTruncated: boolean,
): readonly Flag[] {
  const around = outer?.flags.filter((flag) => flag !== 'truncated' && flag !== 'part_not_read');
  const flags = new Set([...(own?.flags ?? []), ...(around ?? [])]);
  if (isTruncated) flags.add('truncated');
  return [...flags].sort();
}
