import { decodeText } from '../../envelopes/decode-text.ts';
import { type Carried, isObject, type JsonObject } from '../../envelopes/envelope.ts';
import { envelopes } from '../../envelopes/index.ts';
import { sources } from '../../sources/index.ts';
import type { Source } from '../../sources/source.ts';
import { parsePositionedJson } from '../positioned-json.ts';
import { membersOf, type PositionedNode } from '../positioned-tree.ts';
import type { Reason } from '../scanned-block.ts';
import { withoutCutMember } from './cut-text.ts';

/** Names what is read of a wrapped record: to be raised whenever more, or something else, is read of one. */
export const unwrapVersion = '3';

/** Texts within texts; deeper ones are set aside. */
const layersMax = 4;
/** Wrappers within one text. */
const wrappersMax = 16;

/** A text that holds a record of a log source, or may hold one. */
export interface Leaf {
  /** Where it lies in the record: a JSON pointer for each layer, joined by `#`; null where it is the record. */
  pointer: string | null;
  /** On one line. */
  text: string;
  /** Null where it is not parsed yet. */
  source: Source | null;
  format: 'json' | 'text';
  /** It was cut off where its shipper said so; `text` is what can be read of it. */
  truncated: boolean;
}

/** What lies in one record. */
export interface Unwrapped {
  leaves: Leaf[];
  /** Why parts of it could not be read. */
  problems: Reason[];
  /** Some wrapper was opened, be it an empty one. */
  opened: boolean;
}

interface Layer {
  text: string;
  path: string;
  depth: number;
}

const jsonSources = sources.filter(({ formats }) => formats.includes('json'));
const lineSources = sources.filter(({ lines }) => lines !== undefined);
const opening = envelopes.filter(({ open }) => open !== undefined);
const first = opening.filter(({ asked }) => asked === 'first');
const others = [
  ...opening.filter(({ asked }) => asked === undefined),
  ...opening.filter(({ asked }) => asked === 'last'),
];

/**
 * Opens a record layer by layer down to the records of log sources.
 *
 * @param lazily leaves JSON in a text unparsed: the scanner reads such lines faster, and tells at once
 *   whether they are records of the source that most of them are of
 */
export function unwrapRecord(text: string, lazily = false): Unwrapped {
  const walk = new Walk(lazily);
  walk.text(text, '', 0);
  return walk.found;
}

/** Opens a leaf that was left unparsed. */
export function unwrapLeaf(leaf: Leaf): Unwrapped {
  const walk = new Walk(false);
  const path = leaf.pointer ?? '';
  walk.text(leaf.text, path, path === '' ? 0 : path.split('#').length);
  walk.found.opened = true;
  return walk.found;
}

/** The log source whose promise an object keeps, by its keys. */
export function sourceOfKeys(
  has: (key: string) => boolean,
  textOf: (key: string) => string | null | undefined,
): Source | null {
  const fits = ({ promise: { all, any, none, text } }: Source): boolean =>
    all.every(has) &&
    any.every((keys) => keys.some(has)) &&
    !none.some(has) &&
    Object.entries(text ?? {}).every(([key, texts]) => {
      return !has(key) || texts.includes(textOf(key) ?? '');
    });
  return jsonSources.find(fits) ?? null;
}

/** The log source that a line of text is of, and of no other; null where there is none. */
function sourceOfLine(line: string): Source | null {
  return lineSources.find(({ lines }) => lines?.tells(line.trim())) ?? null;
}

/** Whether a text is a record of a log of text lines. */
export function isTextRecord(line: string): boolean {
  return sourceOfLine(line) !== null;
}

/** Whether an object is a wrapper that would pass for a record of a log source. */
export function opensFirst(value: unknown): boolean {
  return isObject(value) && first.some((envelope) => (envelope.open?.(value) ?? null) !== null);
}

class Walk {
  readonly found: Unwrapped = { leaves: [], problems: [], opened: false };
  private lazily: boolean;

  constructor(lazily: boolean) {
    this.lazily = lazily;
  }

  text(text: string, path: string, depth: number): void {
    const decoded = decodeText(text, isTextRecord);
    if (decoded.kind === 'nothing') this.found.problems.push(decoded.reason);
    else if (decoded.kind === 'base64') this.encoded(decoded.bytes.toString('utf8'), path, depth);
    else if (decoded.kind === 'lines') {
      for (const [index, line] of decoded.lines.entries()) {
        this.deeper(line.text, joined(path, `/${index}`), depth);
      }
    } else if (decoded.kind === 'line') {
      const source = sourceOfLine(decoded.text);
      const pointer = path === '' ? null : path;
      this.found.leaves.push({
        pointer,
        text: decoded.text,
        source,
        format: 'text',
        truncated: false,
      });
    } else if (this.lazily && path !== '') {
      const leaf = { text: onOneLine(decoded.text), source: null, truncated: false };
      this.found.leaves.push({ pointer: path, format: 'json', ...leaf });
    } else this.json({ text: decoded.text, path, depth });
  }

  /** What comes in base64 is mostly a wrapper itself, and no line. */
  private encoded(text: string, path: string, depth: number): void {
    const { lazily } = this;
    this.lazily = false;
    this.text(text, path, depth);
    this.lazily = lazily;
  }

  private deeper(text: string, path: string, depth: number): void {
    if (depth >= layersMax) this.found.problems.push('too_deep');
    else this.text(text, path, depth + 1);
  }

  private json(layer: Layer): void {
    let value: unknown;
    try {
      value = JSON.parse(layer.text);
    } catch {
      this.broken(layer);
      return;
    }
    if (!Array.isArray(value)) this.value(value, layer, '', 0);
    else {
      for (const [index, element] of value.entries()) this.value(element, layer, `/${index}`, 0);
    }
  }

  /** What CloudWatch cuts off ends in a mark; the members before the cut are whole. */
  private broken(layer: Layer): void {
    const kept = withoutCutMember(layer.text);
    const members = kept === null ? null : (JSON.parse(kept) as JsonObject);
    const source = members && sourceOf(members);
    if (kept === null || source === null) {
      this.found.problems.push(kept === null ? 'not_json' : 'truncated');
      return;
    }
    const pointer = layer.path === '' ? null : layer.path;
    this.found.leaves.push({ pointer, text: kept, source, format: 'json', truncated: true });
  }

  private value(value: unknown, layer: Layer, pointer: string, wrappers: number): void {
    if (typeof value === 'string') {
      this.deeper(value, joined(layer.path, pointer), layer.depth);
      return;
    }
    if (!isObject(value)) {
      this.found.problems.push('not_an_object');
      return;
    }
    if (this.opens(first, value, layer, pointer, wrappers)) return;
    const source = sourceOf(value);
    if (source !== null) this.leaf(source, layer, pointer);
    else if (!this.opens(others, value, layer, pointer, wrappers)) {
      this.found.problems.push('unrecognised');
    }
  }

  private leaf(source: Source, layer: Layer, pointer: string): void {
    const text = pointer === '' ? layer.text : textAtPointer(layer.text, pointer);
    const path = joined(layer.path, pointer);
    this.found.leaves.push({
      pointer: path === '' ? null : path,
      text: onOneLine(text),
      source,
      format: 'json',
      truncated: false,
    });
  }

  private opens(
    list: typeof envelopes,
    value: JsonObject,
    layer: Layer,
    pointer: string,
    wrappers: number,
  ): boolean {
    let carried: readonly Carried[] | null = null;
    for (const envelope of list) {
      carried = envelope.open?.(value) ?? null;
      if (carried !== null) break;
    }
    if (carried === null) return false;
    this.found.opened = true;
    if (wrappers >= wrappersMax) {
      this.found.problems.push('too_deep');
      return true;
    }
    for (const each of carried) {
      this.value(each.value, layer, pointer + each.pointer, wrappers + 1);
    }
    return true;
  }
}

function sourceOf(value: JsonObject): Source | null {
  return sourceOfKeys(
    (key) => Object.hasOwn(value, key),
    (key) => (typeof value[key] === 'string' ? (value[key] as string) : null),
  );
}

function joined(path: string, pointer: string): string {
  if (path === '') return pointer;
  return pointer === '' ? path : `${path}#${pointer}`;
}

/** Outside of JSON's texts a line end is blank, and inside it cannot stand. */
function onOneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, ' ') : text;
}

/** The exact text at a pointer: parsed and written anew, a long number would be another. */
function textAtPointer(text: string, pointer: string): string {
  const bytes = Buffer.from(text);
  let node: PositionedNode | undefined = parsePositionedJson(bytes) ?? undefined;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    // Of equal keys JSON.parse, which the wrappers are read by, takes the last.
    node = node?.kind === 'array' ? node.elements[Number(key)] : membersOf(node, key).at(-1);
  }
  const place = node?.locate(0, 0);
  return place ? bytes.toString('utf8', place.start, place.end) : '';
}
