import { isAscii } from 'node:buffer';
import type { PositionedMember, PositionedNode } from './positioned-tree.ts';

const none: readonly never[] = [];

/**
 * Parses JSON into a tree of positions. It reads on where it can: elements cut out of an array, one
 * comma too many and a value that breaks off leave what was read so far, because the rest may still
 * hold a secret.
 *
 * @returns null where the bytes do not begin with an object, array or text
 */
export function parsePositionedJson(bytes: Buffer): PositionedNode | null {
  const parser = new Parser(bytes);
  return parser.run();
}

/** The JSON text (quotes included) that stands in these bytes. */
export function jsonTextNode(bytes: Buffer, start: number, end: number): PositionedNode {
  return new JsonNode('text', bytes, start, end);
}

class JsonNode implements PositionedNode {
  readonly kind: PositionedNode['kind'];
  readonly members: PositionedMember[];
  readonly elements: PositionedNode[];
  private readonly bytes: Buffer;
  private readonly start: number;
  private end: number;
  private unescaped: string | null = null;
  private located: { at: number; unescaped: number } | null = null;

  constructor(kind: PositionedNode['kind'], bytes: Buffer, start: number, end: number) {
    this.kind = kind;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.members = kind === 'object' ? [] : (none as never);
    this.elements = kind === 'array' ? [] : (none as never);
  }

  /** Says where the bracket that closes it ends. */
  close(end: number): void {
    this.end = end;
  }

  get text(): string {
    const { bytes, start, end } = this;
    if (this.kind !== 'text') return bytes.toString('utf8', start, end);
    this.unescaped ??= literalText(bytes, start + 1, Math.min(end - 1, bytes.length));
    return this.unescaped;
  }

  locate(from: number, to: number): { start: number; end: number } {
    if (this.kind !== 'text') return { start: this.start, end: this.end };
    return { start: this.sourceOffset(from), end: this.sourceOffset(to) };
  }

  escape(replacement: string): string {
    return this.kind === 'text' ? JSON.stringify(replacement).slice(1, -1) : `"${replacement}"`;
  }

  /** Where byte `wanted` of the unescaped text stands; counts on from the last answer. */
  private sourceOffset(wanted: number): number {
    const { bytes } = this;
    const last = this.located;
    let { at, unescaped } =
      last !== null && last.unescaped <= wanted ? last : { at: this.start + 1, unescaped: 0 };
    const end = Math.min(this.end - 1, bytes.length);
    while (unescaped < wanted && at < end) {
      if (bytes[at] !== 92) {
        at += 1;
        unescaped += 1;
        continue;
      }
      const found = escapeAt(bytes, at);
      at += found.length;
      unescaped += found.unescaped;
    }
    this.located = { at, unescaped };
    return at;
  }
}

/** How long an escape is, and how long what it stands for, in bytes. */
function escapeAt(bytes: Buffer, at: number): { length: number; unescaped: number } {
  if (bytes[at + 1] !== 117) return { length: 2, unescaped: 1 };
  const unit = Number.parseInt(bytes.toString('latin1', at + 2, at + 6), 16);
  if (unit < 0x80) return { length: 6, unescaped: 1 };
  if (unit < 0x800) return { length: 6, unescaped: 2 };
  if (unit >= 0xd800 && unit < 0xdc00 && bytes[at + 6] === 92 && bytes[at + 7] === 117) {
    const low = Number.parseInt(bytes.toString('latin1', at + 8, at + 12), 16);
    if (low >= 0xdc00 && low <= 0xdfff) return { length: 12, unescaped: 4 };
  }
  return { length: 6, unescaped: 3 };
}

/** The text of a literal; escapes that JSON does not know are read as `escapeAt` counts them. */
function literalText(bytes: Buffer, from: number, to: number): string {
  const literal = bytes.toString('utf8', from, to);
  if (!literal.includes('\\')) return literal;
  try {
    return JSON.parse(`"${literal}"`) as string;
  } catch {
    return literal.replace(/\\(?:u(.{0,4})|([\s\S]?))/g, (_, hex?: string, letter?: string) => {
      if (hex === undefined) return shortEscapes.get(letter ?? '') ?? letter ?? '';
      const isUnit = /^[0-9A-Fa-f]{4}$/.test(hex);
      return isUnit ? String.fromCharCode(Number.parseInt(hex, 16)) : '\ufffd';
    });
  }
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

class Parser {
  private readonly bytes: Buffer;
  /** The bytes, a character each: V8 searches and cuts a string without leaving JavaScript. */
  private readonly characters: string;
  private readonly isAscii: boolean;
  /** Where the next escape stands, once it has been looked for. */
  private nextEscape = -1;
  private readonly open: JsonNode[] = [];
  private root: JsonNode | null = null;
  /** The key that was read last and has no value yet. */
  private key: string | null = null;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.characters = bytes.toString('latin1');
    this.isAscii = isAscii(bytes);
  }

  run(): PositionedNode | null {
    const { characters } = this;
    let at = 0;
    while (at < characters.length) {
      const byte = characters.charCodeAt(at);
      if (byte === 34) at = this.text(at);
      else if (byte === 123 || byte === 91) at = this.begin(byte, at);
      else if (byte === 125 || byte === 93) {
        at += 1;
        this.open.pop()?.close(at);
        this.key = null;
      } else if (byte <= 32 || byte === 44 || byte === 58) at += 1;
      else at = this.other(at);
      if (this.root === null) return null;
      if (this.open.length === 0) return this.root;
    }
    return this.root;
  }

  private begin(byte: number, at: number): number {
    const node = new JsonNode(byte === 123 ? 'object' : 'array', this.bytes, at, at + 1);
    this.add(node);
    this.key = null;
    this.open.push(node);
    return at + 1;
  }

  private text(at: number): number {
    const { bytes, characters } = this;
    const quote = characters.indexOf('"', at + 1);
    const hasEscape = this.escapeFrom(at + 1) < (quote < 0 ? bytes.length : quote);
    const end = hasEscape ? this.endOfEscaped(at) : quote < 0 ? bytes.length : quote + 1;
    // A text that breaks off has no closing quote; one is counted as if it stood behind the bytes.
    const closed = end - at > 1 && characters.charCodeAt(end - 1) === 34;
    const literalEnd = closed ? end : bytes.length + 1;
    if (this.wantsKey) {
      const to = Math.min(literalEnd - 1, bytes.length);
      const isPlain = this.isAscii && !hasEscape;
      this.key = isPlain ? characters.slice(at + 1, to) : literalText(bytes, at + 1, to);
    } else this.add(new JsonNode('text', bytes, at, literalEnd));
    return end;
  }

  /** Where the first backslash from `at` on stands; behind the bytes where there is none. */
  private escapeFrom(at: number): number {
    if (this.nextEscape < at) {
      const found = this.characters.indexOf('\\', at);
      this.nextEscape = found < 0 ? this.characters.length : found;
    }
    return this.nextEscape;
  }

  private endOfEscaped(at: number): number {
    const { characters } = this;
    let end = at + 1;
    while (end < characters.length && characters.charCodeAt(end) !== 34) {
      end += characters.charCodeAt(end) === 92 ? 2 : 1;
    }
    return Math.min(end + 1, characters.length);
  }

  private get wantsKey(): boolean {
    return this.key === null && this.open.length > 0 && this.open.at(-1)?.kind === 'object';
  }

  private other(at: number): number {
    const { bytes, characters } = this;
    let end = at + 1;
    while (end < characters.length && !endsScalar(characters.charCodeAt(end))) end += 1;
    this.add(new JsonNode('other', bytes, at, end));
    return end;
  }

  private add(node: JsonNode): void {
    const parent = this.open.at(-1);
    if (parent === undefined) this.root ??= node;
    else if (parent.kind === 'array') parent.elements.push(node);
    else {
      parent.members.push({ key: this.key ?? '', value: node });
      this.key = null;
    }
  }
}

function endsScalar(byte: number): boolean {
  return byte <= 32 || byte === 44 || byte === 58 || byte === 93 || byte === 125 || byte === 34;
}
