import { deriveKeys } from '../landing/keys.ts';
import { scanBlock } from '../landing/scan-block.ts';
import type { ScannedBlock } from '../landing/scanned-block.ts';
import { unwrapBlock } from '../landing/wrapped/unwrap-block.ts';
import { wrapped } from '../landing/wrapped/wrapped.ts';
import { sources } from './index.ts';
import type { LogFormat, Source } from './source.ts';

/** What a file was taken for. */
export interface Recognised {
  /** `wrapped` where records lie in those of a shipper. Null where no source knows it: JSON is quarantined then, anything else skipped. */
  source: Source | null;
  format: LogFormat | 'none';
  /** The sample holds no complete value: a longer one may tell. */
  undecided: boolean;
}

/** Nothing found here is kept. */
const noKeys = deriveKeys(Buffer.alloc(0));

/**
 * Says which source a file is of, by the content of its beginning: the one that finds most of its
 * records in the sample, the first of equal ones, those of JSON before those of text lines. Damaged
 * lines do not count.
 */
export function recogniseSource(sample: Buffer, atEnd: boolean): Recognised {
  let found: { source: Source; good: number; isAll: boolean } | null = null;
  let isJson = false;
  let settled = 0;
  for (const source of sources.filter((each) => each.formats.includes('json'))) {
    const block = scan(sample, source, atEnd);
    const good = goodRecords(block);
    if (good > (found?.good ?? 0)) found = { source, good, isAll: good === block.count };
    isJson ||= good > 0 || hasJson(block, source);
    settled = block.consumedBytes;
  }
  const ofLines = found?.isAll ? null : recogniseLines(sample, atEnd);
  const goodMost = Math.max(found?.good ?? 0, ofLines?.good ?? 0);
  const holding = wrappedRecords(sample, atEnd);
  if (holding.inside > 0 && holding.records >= goodMost) {
    return { source: wrapped, format: 'json', undecided: false };
  }
  if (ofLines !== null && ofLines.good > (found?.good ?? 0)) {
    return { source: ofLines.source, format: 'text', undecided: false };
  }
  if (found !== null) return { source: found.source, format: 'json', undecided: false };
  if (isJson) return { source: null, format: 'json', undecided: false };
  if (!atEnd && /^(?:\ufeff)?\s*[[{]/.test(sample.toString('utf8', 0, 4096)) && settled < 4) {
    return { source: null, format: 'json', undecided: true };
  }
  return recogniseYaml(sample);
}

/** The source of most text lines, where one line at least is of no other. */
function recogniseLines(sample: Buffer, atEnd: boolean): { source: Source; good: number } | null {
  let found: { source: Source; good: number } | null = null;
  for (const source of sources.filter((each) => each.lines !== undefined)) {
    const options = { source, keys: noKeys, atEnd, blockBytesMax: sample.length } as const;
    const telling = scanBlock(sample, 0, { ...options, format: 'text', tellingOnly: true });
    if (goodRecords(telling) === 0) continue;
    const good = goodRecords(scanBlock(sample, 0, { ...options, format: 'text' }));
    if (good > (found?.good ?? 0)) found = { source, good };
  }
  return found;
}

/** A manifest may be a template that is no YAML yet: the promised keys at the line's start decide. */
function recogniseYaml(sample: Buffer): Recognised {
  const text = sample.toString('utf8');
  const source = sources.find(
    ({ formats, promise: { all, none } }) =>
      formats.includes('yaml') &&
      all.every((key) => hasTopKey(text, key)) &&
      !none.some((key) => hasTopKey(text, key)),
  );
  if (source === undefined || sample.includes(0)) {
    return { source: null, format: 'none', undecided: false };
  }
  return { source, format: 'yaml', undecided: false };
}

function hasTopKey(text: string, key: string): boolean {
  return new RegExp(`^${key}\\s*:`, 'm').test(text);
}

function scan(sample: Buffer, source: Source, atEnd: boolean): ScannedBlock {
  return scanBlock(sample, 0, { source, keys: noKeys, atEnd, blockBytesMax: sample.length });
}

/** How many records hold those of log sources, and how many of these lie inside of them. */
function wrappedRecords(sample: Buffer, atEnd: boolean): { records: number; inside: number } {
  const block = scan(sample, wrapped, atEnd);
  let inside = 0;
  for (const { lines, block: scanned } of unwrapBlock(sample, block, noKeys)) {
    for (let line = 0; line < lines.count; line += 1) {
      if (scanned.special.get(line)?.reason !== undefined) continue;
      const row = lines.outer[line] as number;
      const isInside =
        (lines.pointers[line] ?? null) !== null ||
        isPrefixed(sample.toString('utf8', block.starts[row], block.ends[row]), lines.textOf(line));
      if (isInside) inside += 1;
    }
    scanned.values?.release();
  }
  return { records: goodRecords(block), inside };
}

/** A line behind a prefix is wrapped too. */
function isPrefixed(whole: string, line: string): boolean {
  return !/^\s*(?:\{|$)/.test(whole) && whole.trim() !== line.trim();
}

function goodRecords(block: ScannedBlock): number {
  let good = block.count;
  for (const special of block.special.values()) {
    if (special.kind === 'envelope' || special.reason !== undefined) good -= 1;
  }
  return good;
}

function hasJson(block: ScannedBlock, source: Source): boolean {
  for (const special of block.special.values()) {
    if (special.reason === `not_${source.id}`) return true;
  }
  return false;
}
