import { deriveKeys } from '../landing/keys.ts';
import { scanBlock } from '../landing/scan-block.ts';
import type { ScannedBlock } from '../landing/scanned-block.ts';
import { unwrapBlock } from '../landing/wrapped/unwrap-block.ts';
import { wrapped } from '../landing/wrapped/wrapped.ts';
import { sources } from './index.ts';
import type { Source } from './source.ts';

/** What a file was taken for. */
export interface Recognised {
  /** `wrapped` where records lie in those of a shipper. Null where no source knows it: JSON is quarantined then, anything else skipped. */
  source: Source | null;
  format: 'json' | 'yaml' | 'none';
  /** The sample holds no complete value: a longer one may tell. */
  undecided: boolean;
}

/** Nothing found here is kept. */
const noKeys = deriveKeys(Buffer.alloc(0));

/**
 * Says which source a file is of, by the content of its beginning: the one that finds most of its
 * records in the sample, the first of equal ones. Damaged lines do not count.
 */
export function recogniseSource(sample: Buffer, atEnd: boolean): Recognised {
  let found: { source: Source; good: number } | null = null;
  let isJson = false;
  let settled = 0;
  for (const source of sources.filter((each) => each.formats.includes('json'))) {
    const block = scan(sample, source, atEnd);
    const good = goodRecords(block);
    if (good > (found?.good ?? 0)) found = { source, good };
    isJson ||= good > 0 || hasJson(block, source);
    settled = block.consumedBytes;
  }
  const holding = wrappedRecords(sample, atEnd);
  if (holding.inside > 0 && holding.records >= (found?.good ?? 0)) {
    return { source: wrapped, format: 'json', undecided: false };
  }
  if (found !== null) return { source: found.source, format: 'json', undecided: false };
  if (isJson) return { source: null, format: 'json', undecided: false };
  if (!atEnd && /^(?:\ufeff)?\s*[[{]/.test(sample.toString('utf8', 0, 4096)) && settled < 4) {
    return { source: null, format: 'json', undecided: true };
  }
  return recogniseYaml(sample);
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
      const isRecord = scanned.special.get(line)?.reason === undefined;
      if (isRecord && (lines.pointers[line] ?? null) !== null) inside += 1;
      else if (isRecord && !isOpening(sample, block.starts[lines.outer[line] as number] ?? 0))
        inside += 1;
    }
    scanned.values?.release();
  }
  return { records: goodRecords(block), inside };
}

/** A line behind a prefix is wrapped too. */
function isOpening(sample: Buffer, at: number): boolean {
  const text = sample.toString('latin1', at, at + 64).trimStart();
  return text.startsWith('{') || text === '';
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
