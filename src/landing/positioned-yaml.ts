import type { Alias, Document, ParsedNode, Scalar } from 'yaml';
import { yaml } from '../yaml.ts';
import { jsonTextNode } from './positioned-json.ts';
import type { PositionedMember, PositionedNode } from './positioned-tree.ts';

/** A YAML document as a tree of positions, and what its parser saw on the way. */
export interface PositionedYaml {
  /** Null where the document holds nothing but comments. */
  root: PositionedNode | null;
  hasDuplicateKey: boolean;
}

/** Parses one YAML document; null where it is not valid. Aliases lead to the node they name. */
export function parsePositionedYaml(bytes: Buffer): PositionedYaml | null {
  try {
    return parse(bytes);
  } catch (error) {
    // The parser calls itself a level: some thousand levels end the stack, and no object has them.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function parse(bytes: Buffer): PositionedYaml | null {
  const text = bytes.toString('utf8');
  const document = yaml().parseDocument(text, { uniqueKeys: false, logLevel: 'silent' });
  if (document.errors.length > 0) return null;
  const builder = new Builder(document, text, bytes);
  const contents = document.contents;
  const isEmpty = contents === null || (yaml().isScalar(contents) && contents.value === null);
  const root = isEmpty ? null : builder.node(contents);
  return { root, hasDuplicateKey: builder.hasDuplicateKey };
}

interface TextPlace {
  /** The whole scalar: without the quotes of a quoted one, with the header of a block. */
  start: number;
  end: number;
  /** Place of a character of the text, in characters of the source; null where it has none. */
  offset: (character: number) => number | null;
}

class YamlNode implements PositionedNode {
  readonly kind: PositionedNode['kind'];
  readonly members: PositionedMember[] = [];
  readonly elements: PositionedNode[] = [];
  readonly text: string;
  readonly isShared: boolean;
  private readonly place: TextPlace | null;
  private readonly source: CharacterOffsets;
  private bytes: Buffer | null = null;

  constructor(
    kind: PositionedNode['kind'],
    text: string,
    isShared: boolean,
    place: TextPlace | null,
    source: CharacterOffsets,
  ) {
    this.kind = kind;
    this.text = text;
    this.isShared = isShared;
    this.place = place;
    this.source = source;
  }

  locate(from: number, to: number): { start: number; end: number } | null {
    const { place, source, text } = this;
    if (place === null) return null;
    this.bytes ??= Buffer.from(text);
    const { bytes } = this;
    if (from === 0 && to === bytes.length) {
      return { start: source.byte(place.start), end: source.byte(place.end) };
    }
    const character = (byte: number): number =>
      bytes.length === text.length ? byte : bytes.toString('utf8', 0, byte).length;
    const start = place.offset(character(from));
    const last = place.offset(character(to) - 1);
    if (start === null || last === null) return null;
    return { start: source.byte(start), end: source.byte(last + 1) };
  }

  escape(replacement: string): string {
    return replacement;
  }
}

/** Bytes of a text by character. */
class CharacterOffsets {
  private readonly offsets: Uint32Array | null;

  constructor(text: string, bytes: Buffer) {
    this.offsets = text.length === bytes.length ? null : byteOffsets(text);
  }

  byte(character: number): number {
    return this.offsets === null ? character : (this.offsets[character] as number);
  }
}

function byteOffsets(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length + 1);
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    offsets[index] = at;
    const unit = text.charCodeAt(index);
    const isHigh = unit >= 0xd800 && unit < 0xdc00;
    at += unit < 0x80 ? 1 : unit < 0x800 ? 2 : isHigh ? 4 : unit < 0xe000 && unit > 0xdbff ? 0 : 3;
  }
  offsets[text.length] = at;
  return offsets;
}

class Builder {
  hasDuplicateKey = false;
  private readonly document: Document.Parsed;
  private readonly text: string;
  private readonly bytes: Buffer;
  private readonly source: CharacterOffsets;
  private readonly built = new Map<ParsedNode, PositionedNode>();

  constructor(document: Document.Parsed, text: string, bytes: Buffer) {
    this.document = document;
    this.text = text;
    this.bytes = bytes;
    this.source = new CharacterOffsets(text, bytes);
  }

  node(parsed: ParsedNode | null): PositionedNode {
    if (parsed === null) return new YamlNode('other', '', false, null, this.source);
    const known = this.built.get(parsed);
    if (known !== undefined) return known;
    const { isAlias, isMap, isScalar, isSeq } = yaml();
    if (isAlias(parsed)) return this.node(this.named(parsed));
    const isShared = parsed.anchor !== undefined;
    if (isScalar(parsed)) {
      const node = this.scalar(parsed, isShared);
      this.built.set(parsed, node);
      return node;
    }
    const kind = isMap(parsed) ? 'object' : 'array';
    const node = new YamlNode(kind, '', isShared, null, this.source);
    this.built.set(parsed, node);
    if (isSeq(parsed)) {
      for (const item of parsed.items) node.elements.push(this.node(item as ParsedNode | null));
      return node;
    }
    const keys = new Set<string>();
    for (const { key, value } of parsed.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (keys.has(name)) this.hasDuplicateKey = true;
      keys.add(name);
      node.members.push({ key: name, value: this.node(value) });
    }
    return node;
  }

  private named(alias: Alias.Parsed): ParsedNode | null {
    return (alias.resolve(this.document) as ParsedNode | undefined) ?? null;
  }

  private scalar(scalar: Scalar.Parsed, isShared: boolean): PositionedNode {
    const { text, source, bytes } = this;
    const [start, end] = scalar.range;
    if (typeof scalar.value !== 'string') {
      const place = { start, end, offset: () => null };
      return new YamlNode('other', text.slice(start, end), isShared, place, source);
    }
    const { value } = scalar;
    if (scalar.type === 'QUOTE_DOUBLE' && isJsonText(text.slice(start, end), value)) {
      return jsonTextNode(bytes, source.byte(start), source.byte(end));
    }
    return new YamlNode('text', value, isShared, this.place(scalar, value), source);
  }

  private place(scalar: Scalar.Parsed, value: string): TextPlace {
    const [start, end] = scalar.range;
    const isQuoted = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE';
    if (scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED') {
      const whole = { start, end: start + this.text.slice(start, end).trimEnd().length };
      if (scalar.type === 'BLOCK_FOLDED') return { ...whole, offset: () => null };
      return { ...whole, offset: literalOffsets(this.text.slice(start, end), start, value) };
    }
    const inner = isQuoted ? { start: start + 1, end: end - 1 } : { start, end };
    const isVerbatim = this.text.slice(inner.start, inner.end) === value;
    return { ...inner, offset: (at) => (isVerbatim ? inner.start + at : null) };
  }
}

/** Where each line of a literal block (`|`) stands, found by its own text. */
function literalOffsets(
  block: string,
  start: number,
  value: string,
): (character: number) => number | null {
  const lines: { from: number; at: number; length: number }[] = [];
  let at = block.indexOf('\n') + 1;
  let from = 0;
  for (const line of value.split('\n')) {
    const lineEnd = block.indexOf('\n', at);
    const source = block.slice(at, lineEnd < 0 ? undefined : lineEnd).replace(/\r$/, '');
    if (!source.endsWith(line)) break;
    lines.push({ from, at: start + at + source.length - line.length, length: line.length });
    from += line.length + 1;
    if (lineEnd < 0) break;
    at = lineEnd + 1;
  }
  return (character) => {
    const line = lines.findLast((each) => each.from <= character);
    if (line === undefined || character - line.from > line.length) return null;
    return line.at + character - line.from;
  };
}

function isJsonText(literal: string, value: string): boolean {
  try {
    return JSON.parse(literal) === value;
  } catch {
    return false;
  }
}
