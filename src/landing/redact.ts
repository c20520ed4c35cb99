import type { Source } from '../sources/source.ts';
import { fingerprint, fingerprintsOfValue, redactedPrefix } from './fingerprint.ts';
import type { StoreKeys } from './keys.ts';
import { parsePositionedJson } from './positioned-json.ts';
import { type PositionedNode, visitNodes } from './positioned-tree.ts';
import type { Redaction } from './scanned-block.ts';
import { type SecretPart, secretsInText } from './secret-text.ts';

/** The bytes to store instead of a record's own, and what was replaced in them. */
export interface RedactedRecord {
  stored: Buffer;
  redactions: readonly Redaction[];
}

/** A secret in the bytes of one level: a record, or a text in it that is JSON itself. */
interface Secret {
  start: number;
  end: number;
  /** What stands there instead, escaped for this level. */
  replacement: string;
  values: readonly string[];
}

/** A text in a text in a text: deeper ones are replaced whole where they look like they hold one. */
const levelsMax = 12;

/**
 * Replaces every secret of a JSON record; null where it holds none. Where the fast pass saw no
 * token in any text (`withTexts` false), only the places that the source marks are looked at: most
 * candidates are told by their place.
 */
export function redactRecord(
  bytes: Buffer,
  source: Source,
  keys: StoreKeys,
  withTexts = true,
): RedactedRecord | null {
  const root = parsePositionedJson(bytes);
  return root === null ? null : redactTree(bytes, root, source, keys, { withTexts });
}

/**
 * Replaces every secret of a record whose tree is given; all other bytes stay as they are. With
 * `withComments`, tokens of known formats are looked for in all of the bytes as well, because
 * comments are in no tree; without `withTexts`, only at the places that the source marks.
 */
export function redactTree(
  bytes: Buffer,
  root: PositionedNode | null,
  source: Source,
  keys: StoreKeys,
  { withComments = false, withTexts = true }: { withComments?: boolean; withTexts?: boolean } = {},
): RedactedRecord | null {
  const finder = new SecretFinder(source, keys, withTexts);
  const inTree = root === null ? [] : finder.find(root, root, 0);
  const secrets = withComments ? withoutOverlaps([...inTree, ...finder.inSource(bytes)]) : inTree;
  if (secrets.length === 0) return null;
  const pieces: Buffer[] = [];
  const redactions: Redaction[] = [];
  let copied = 0;
  let stored = 0;
  for (const { start, end, replacement, values } of secrets) {
    const kept = bytes.subarray(copied, start);
    const written = Buffer.from(replacement);
    stored += kept.length;
    redactions.push({
      start: stored,
      length: written.length,
      sourceStart: start,
      sourceLength: end - start,
      fingerprints: [...new Set(values.flatMap((value) => finder.fingerprints(value)))],
    });
    pieces.push(kept, written);
    stored += written.length;
    copied = end;
  }
  pieces.push(bytes.subarray(copied));
  return { stored: Buffer.concat(pieces), redactions };
}

class SecretFinder {
  private readonly source: Source;
  private readonly keys: StoreKeys;
  private readonly withTexts: boolean;
  private readonly known = new Map<string, readonly string[]>();

  constructor(source: Source, keys: StoreKeys, withTexts: boolean) {
    this.source = source;
    this.keys = keys;
    this.withTexts = withTexts;
  }

  /** The secrets below a tree's root, in order of place, none overlapping. */
  find(root: PositionedNode, record: PositionedNode, level: number): Secret[] {
    const whole = new Set<PositionedNode>();
    this.source.redact.mark(root, (node) => whole.add(node), record);
    const secrets: Secret[] = [];
    if (!this.withTexts) {
      for (const node of whole) secrets.push(...this.whole(node, [node.text]));
      return withoutOverlaps(secrets);
    }
    visitNodes(root, (node) => {
      if (whole.has(node)) secrets.push(...this.whole(node, [node.text]));
      else if (node.kind === 'text') secrets.push(...this.inText(node, record, level));
    });
    return withoutOverlaps(secrets);
  }

  /** The secrets that the bytes show by themselves, whatever their syntax. */
  inSource(bytes: Buffer): Secret[] {
    const text = bytes.toString('utf8');
    let counted = 0;
    let start = 0;
    return partsOf(text).map(({ from, to, values }) => {
      start += Buffer.byteLength(text.slice(counted, from));
      counted = from;
      const end = start + Buffer.byteLength(text.slice(from, to));
      return { start, end, replacement: this.redacted(values[0] ?? ''), values };
    });
  }

  private whole(node: PositionedNode, values: readonly string[]): Secret[] {
    const value = values[0] ?? '';
    if (value.startsWith(redactedPrefix)) return [];
    const place = node.locate(0, Buffer.byteLength(node.text));
    if (place === null) return [];
    return [{ ...place, replacement: node.escape(this.redacted(value)), values }];
  }

  private inText(node: PositionedNode, record: PositionedNode, level: number): Secret[] {
    const { text } = node;
    let nested: Secret[] = [];
    if (/^\s*[[{]/.test(text) && level < levelsMax) {
      nested = this.nested(node, record, Buffer.from(text), level);
      if (isJson(text)) return nested;
    }
    const parts = partsOf(text);
    const secrets: Secret[] = [];
    let counted = 0;
    let from = 0;
    for (const part of parts) {
      from += Buffer.byteLength(text.slice(counted, part.from));
      counted = part.from;
      const place = node.locate(from, from + Buffer.byteLength(text.slice(part.from, part.to)));
      if (place === null) return this.whole(node, [text, ...parts.flatMap((each) => each.values)]);
      const replacement = node.escape(this.redacted(part.values[0] ?? ''));
      secrets.push({ ...place, replacement, values: part.values });
    }
    return nested.length === 0 ? secrets : [...nested, ...secrets];
  }

  /** The secrets of a text that is JSON itself, or begins as JSON and breaks off. */
  private nested(
    node: PositionedNode,
    record: PositionedNode,
    bytes: Buffer,
    level: number,
  ): Secret[] {
    const root = parsePositionedJson(bytes);
    if (root === null) return [];
    const found = this.find(root, record, level + 1);
    const secrets: Secret[] = [];
    for (const { start, end, replacement, values } of found) {
      const place = node.locate(start, end);
      if (place === null) return this.whole(node, [node.text, ...found.flatMap((s) => s.values)]);
      secrets.push({ ...place, replacement: node.escape(replacement), values });
    }
    return secrets;
  }

  /** What a value is known by; a record often holds it twice, in its request and its response. */
  fingerprints(value: string): readonly string[] {
    let known = this.known.get(value);
    if (known === undefined) {
      known = fingerprintsOfValue(this.keys, Buffer.from(value));
      this.known.set(value, known);
    }
    return known;
  }

  private redacted(value: string): string {
    const own = this.fingerprints(value)[0] ?? fingerprint(this.keys, Buffer.from(value));
    return redactedPrefix + own;
  }
}

/** The secrets in a text; all of it where it is too long and too odd for patterns to tell. */
function partsOf(text: string): SecretPart[] {
  try {
    return secretsInText(text);
  } catch (error) {
    // Patterns keep a stack, and a run of some million letters of a token fills it.
    if (!(error instanceof RangeError)) throw error;
    return [{ from: 0, to: text.length, values: [text] }];
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** In order of place; secrets that overlap become one that covers them all. */
function withoutOverlaps(secrets: Secret[]): Secret[] {
  const result: Secret[] = [];
  const ordered = secrets.sort((left, right) => left.start - right.start || right.end - left.end);
  for (const secret of ordered) {
    const last = result.at(-1);
    if (last === undefined || secret.start >= last.end) result.push({ ...secret });
    else if (secret.end > last.end) {
      last.end = secret.end;
      last.values = [...last.values, ...secret.values];
    }
  }
  return result;
}
