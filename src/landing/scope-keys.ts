const initialSlots = 4096;

/**
 * The keys met so far in the open objects of one value: tells a key that its object had before.
 *
 * One open-addressed table for all objects: an entry belongs to a scope (an object, numbered as they
 * open). Scopes of earlier values are below `firstScope` and count as free, so nothing is cleared
 * between lines. Equal hashes are compared byte by byte, escaped keys unescaped.
 */
export class ScopeKeys {
  private scopes = new Int32Array(initialSlots);
  private hashes = new Int32Array(initialSlots);
  private froms = new Int32Array(initialSlots);
  private tos = new Int32Array(initialSlots);
  private mask = initialSlots - 1;
  private live = 0;
  private firstScope = 1;
  private lastScope = 0;

  /** Starts another value: no key is known. */
  begin(): void {
    if (this.lastScope > 2 ** 30) {
      this.scopes.fill(0);
      this.lastScope = 0;
    }
    if (this.mask + 1 > initialSlots * 16 && this.live < this.mask >> 6) this.resize(initialSlots);
    this.firstScope = this.lastScope + 1;
    this.live = 0;
  }

  /** A new object; the number is its scope. */
  open(): number {
    this.lastScope += 1;
    return this.lastScope;
  }

  /** Notes a key (its bytes without quotes) and says whether the scope had it before. */
  repeats(scope: number, hash: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.live * 2 > this.mask) this.grow();
    let slot = place(scope, hash) & this.mask;
    for (;;) {
      const owner = this.scopes[slot] as number;
      if (owner < this.firstScope) break;
      if (owner === scope && this.hashes[slot] === hash) {
        const before = this.froms[slot] as number;
        if (sameKey(bytes, before, this.tos[slot] as number, from, to)) return true;
      }
      slot = (slot + 1) & this.mask;
    }
    this.scopes[slot] = scope;
    this.hashes[slot] = hash;
    this.froms[slot] = from;
    this.tos[slot] = to;
    this.live += 1;
    return false;
  }

  private grow(): void {
    const { scopes, hashes, froms, tos } = this;
    this.resize((this.mask + 1) * 4);
    for (let old = 0; old < scopes.length; old += 1) {
      const scope = scopes[old] as number;
      if (scope < this.firstScope) continue;
      let slot = place(scope, hashes[old] as number) & this.mask;
      while (this.scopes[slot] !== 0) slot = (slot + 1) & this.mask;
      this.scopes[slot] = scope;
      this.hashes[slot] = hashes[old] as number;
      this.froms[slot] = froms[old] as number;
      this.tos[slot] = tos[old] as number;
    }
  }

  private resize(slots: number): void {
    this.scopes = new Int32Array(slots);
    this.hashes = new Int32Array(slots);
    this.froms = new Int32Array(slots);
    this.tos = new Int32Array(slots);
    this.mask = slots - 1;
  }
}

function place(scope: number, hash: number): number {
  const mixed = Math.imul(hash ^ Math.imul(scope, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function sameKey(
  bytes: Uint8Array,
  leftFrom: number,
  leftTo: number,
  rightFrom: number,
  rightTo: number,
): boolean {
  if (leftTo - leftFrom === rightTo - rightFrom) {
    let index = 0;
    const length = leftTo - leftFrom;
    while (index < length && bytes[leftFrom + index] === bytes[rightFrom + index]) index += 1;
    if (index === length) return true;
  }
  if (!escaped(bytes, leftFrom, leftTo) && !escaped(bytes, rightFrom, rightTo)) return false;
  return unescapedText(bytes, leftFrom, leftTo) === unescapedText(bytes, rightFrom, rightTo);
}

function escaped(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] === 92) return true;
  return false;
}

/** The text of the literal whose contents stand between two quotes; null if it is not one. */
export function unescapedText(bytes: Uint8Array, from: number, to: number): string | null {
  const literal = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
  if (!literal.includes('\\')) return literal;
  try {
    const text: unknown = JSON.parse(`"${literal}"`);
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}
