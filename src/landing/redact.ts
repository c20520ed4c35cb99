import { decodeText, isJson } from '../envelopes/decode-text.ts';
import type { RedactionRules, Source } from '../sources/source.ts';
import { fingerprint, fingerprintsOfValue, redactedPrefix } from './fingerprint.ts';
import type { StoreKeys } from './keys.ts';
import { parsePositionedJson } from './positioned-json.ts';
import { partOfText, plainText } from './positioned-text.ts';
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
  /**
   * The secrets in it, where it is an encoded text that holds several: each has fingerprints of its own, and
   * the length that it has in what is encoded.
   */
  within?: readonly Redaction[];
}

/** The record that a text belongs to, and the rules that hold in it. */
interface Owner {
  record: PositionedNode;
  redact: RedactionRules;
}

/** A text in a text in a text: deeper ones are replaced whole where they look like they hold one. */
const levelsMax = 12;

/** Those of a text that belongs to no record: only tokens of known formats are found in it. */
const noRules: RedactionRules = { signals: {}, candidates: [], nestedWords: [], mark: () => {} };

/**
 * Replaces every secret of a record, JSON or a line of text; null where it holds none. Where
 * the fast pass saw no token in any text (`withTexts` false), only the places that the source marks
 * are looked at: most candidates are told by their place.
 */
export function redactRecord(
  bytes: Buffer,
  source: Source,
  keys: StoreKeys,
  withTexts = true,
): RedactedRecord | null {
  const { redact, lines } = source;
  const mayBeText = redact.recordsIn !== undefined || lines !== undefined;
  // A line of a shipper may begin with anything before its JSON, and a line of text may be none.
  const isText = mayBeText && !/^\s*[[{]/.test(bytes.toString('latin1', 0, 64));
  const root = isText ? plainText(bytes) : parsePositionedJson(bytes);
  if (root === null) return null;
  const isBroken = lines !== undefined && !isText && !isJson(bytes.toString('utf8'));
  return redactTree(bytes, root, source, keys, { withTexts, withComments: isBroken });
}

/**
 * Replaces every secret of a record whose tree is given; all other bytes stay as they are. With
 * `withComments`, tokens of known formats are looked for in all of the bytes as well, because
 * comments, and what stands behind broken JSON, are in no tree; without `withTexts`, only at the places that the source marks.
 */
export function redactTree(
  bytes: Buffer,
  root: PositionedNode | null,
  source: Pick<Source, 'redact'>,
  keys: StoreKeys,
  { withComments = false, withTexts = true }: { withComments?: boolean; withTexts?: boolean } = {},
): RedactedRecord | null {
  const { redact } = source;
  const finder = new SecretFinder(keys, withTexts || redact.recordsIn !== undefined);
  const inTree = root === null ? [] : finder.find(root, { record: root, redact }, 0);
  const secrets = withComments ? withoutOverlaps([...inTree, ...finder.inSource(bytes)]) : inTree;
  if (secrets.length === 0) return null;
  const pieces: Buffer[] = [];
  const redactions: Redaction[] = [];
  let copied = 0;
  let stored = 0;
  for (const { start, end, replacement, values, within } of secrets) {
    const kept = bytes.subarray(copied, start);
    const written = Buffer.from(replacement);
    stored += kept.length;
    const place = {
      start: stored,
      length: written.length,
      sourceStart: start,
      sourceLength: end - start,
    };
    for (const { fingerprints, sourceLength } of within ?? []) {
      redactions.push({ ...place, sourceLength, fingerprints });
    }
    if (within === undefined) {
      const fingerprints = [...new Set(values.flatMap((value) => finder.fingerprints(value)))];
      redactions.push({ ...place, fingerprints });
    }
    pieces.push(kept, written);
    stored += written.length;
    copied = end;
  }
  pieces.push(bytes.subarray(copied));
  return { stored: Buffer.concat(pieces), redactions };
}

class SecretFinder {
  private readonly keys: StoreKeys;
  private readonly withTexts: boolean;
  private readonly known = new Map<string, readonly string[]>();

  constructor(keys: StoreKeys, withTexts: boolean) {
    this.keys = keys;
    this.withTexts = withTexts;
  }

  /** The secrets below a tree's root, in order of place, none overlapping. */
  find(root: PositionedNode, owner: Owner, level: number): Secret[] {
    const whole = new Set<PositionedNode>();
    const owners = new Map<PositionedNode, Owner>();
    for (const { node, redact } of owner.redact.recordsIn?.(root) ?? []) {
      redact.mark(node, (secret) => whole.add(secret), node);
      visitNodes(node, (each) => owners.set(each, { record: node, redact }));
    }
    const mark = (secret: PositionedNode): void => {
      if (!owners.has(secret)) whole.add(secret);
    };
    owner.redact.mark(root, mark, owner.record);
    const secrets: Secret[] = [];
    if (!this.withTexts) {
      for (const node of whole) secrets.push(...this.whole(node, [node.text]));
      return withoutOverlaps(secrets);
    }
    visitNodes(root, (node) => {
      if (whole.has(node)) secrets.push(...this.whole(node, [node.text]));
      else if (node.kind === 'text') {
        secrets.push(...this.inText(node, owners.get(node) ?? owner, level));
      }
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

  private inText(node: PositionedNode, owner: Owner, level: number): Secret[] {
    const { text } = node;
    let nested: Secret[] = [];
    if (level < levelsMax) {
      const isOpening = /^\s*[[{]/.test(text);
      if (isOpening) nested = this.nested(node, owner, Buffer.from(text), level);
      if (isOpening && isJson(text)) return nested;
      if (owner.redact.recordsIn !== undefined) {
        const wrapped = this.wrapped(node, owner, level);
        if (wrapped !== null) return wrapped;
      }
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

  /** The secrets of a text that a shipper made of a record; null where it is not one. */
  private wrapped(node: PositionedNode, owner: Owner, level: number): Secret[] | null {
    const decoded = decodeText(node.text);
    if (decoded.kind === 'nothing' || decoded.kind === 'line') return null;
    if (decoded.kind === 'base64') return this.encoded(node, owner, decoded.bytes);
    if (decoded.kind === 'lines') {
      return decoded.lines.flatMap(({ text, offset }) =>
        this.inText(partOfText(node, text, offset), owner, level + 1),
      );
    }
    if (decoded.offset === 0) return null;
    const prefix = partOfText(node, node.text.slice(0, decoded.offset), 0);
    const rest = partOfText(node, decoded.text, decoded.offset);
    return [
      ...this.inText(prefix, { record: prefix, redact: noRules }, level + 1),
      ...this.inText(rest, owner, level + 1),
    ];
  }

  /** Base64 is written anew, of what is stored of the bytes it holds, which are unzipped. */
  private encoded(node: PositionedNode, owner: Owner, bytes: Buffer): Secret[] {
    const { redact } = owner;
    const inner = redactTree(bytes, plainText(bytes), { redact }, this.keys);
    const place = node.locate(0, Buffer.byteLength(node.text));
    if (inner === null) return [];
    if (place === null) return this.whole(node, [node.text]);
    const replacement = node.escape(inner.stored.toString('base64'));
    return [{ ...place, replacement, values: [], within: inner.redactions }];
  }

  /** The secrets of a text that is JSON itself, or begins as JSON and breaks off. */
  private nested(node: PositionedNode, owner: Owner, bytes: Buffer, level: number): Secret[] {
    const root = parsePositionedJson(bytes);
    if (root === null) return [];
    const found = this.find(root, owner, level + 1);
    const secrets: Secret[] = [];
    for (const { start, end, replacement, values, within } of found) {
      const place = node.locate(start, end);
      if (place === null) return this.whole(node, [node.text, ...found.flatMap((s) => s.values)]);
      secrets.push({
        ...place,
        replacement: node.escape(replacement),
        values,
        ...(within && { within }),
      });
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
