import { randomInt } from 'node:crypto';

/** Another start each run, so that no log can be written whose keys all fall on one slot. */
export const hashSeed: number = randomInt(2 ** 31);

/** FNV-1a, 32 bits; the scanner computes the same in its loop over a key. */
export function hashBytes(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let hash = hashSeed;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 16777619);
  return hash;
}

const minimumSlots = 256;

/** Numbers a fixed list of words from 1; 0 is any other word. Looked up by hash, then compared. */
export class WordTable {
  readonly words: readonly Buffer[];
  private readonly hashes: Int32Array;
  private readonly ids: Uint16Array;
  private readonly mask: number;

  constructor(words: readonly string[]) {
    this.words = words.map((word) => Buffer.from(word));
    let slots = minimumSlots;
    while (slots < words.length * 8) slots *= 2;
    this.hashes = new Int32Array(slots);
    this.ids = new Uint16Array(slots);
    this.mask = slots - 1;
    this.words.forEach((word, index) => {
      const hash = hashBytes(word);
      let slot = (hash ^ (hash >>> 15)) & this.mask;
      while (this.ids[slot] !== 0) slot = (slot + 1) & this.mask;
      this.hashes[slot] = hash;
      this.ids[slot] = index + 1;
    });
  }

  /** The number of the word that stands in these bytes and has this hash, 0 when it is unknown. */
  find(hash: number, bytes: Uint8Array, from: number, to: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const id = this.ids[slot] as number;
      if (id === 0) return 0;
      if (this.hashes[slot] === hash && sameBytes(this.words[id - 1] as Buffer, bytes, from, to)) {
        return id;
      }
      slot = (slot + 1) & this.mask;
    }
  }

  /** Whether a word stands between escaped quotes in a text that may be JSON, at any level. */
  findsQuoted(bytes: Uint8Array, from: number, to: number): boolean {
    let hash = hashSeed;
    let start = from;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] as number;
      if (byte !== 92) {
        hash = Math.imul(hash ^ byte, 16777619);
        continue;
      }
      if (this.find(hash, bytes, start, at) !== 0) return true;
      while (at + 1 < to && bytes[at + 1] === 92) at += 1;
      at += 1;
      start = at + 1;
      hash = hashSeed;
    }
    return false;
  }
}

/** Whether the bytes `from` to `to` are exactly the word. */
export function sameBytes(word: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (word.length !== to - from) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (word[index] !== bytes[from + index]) return false;
  }
  return true;
}

/** Whether the bytes `from` to `to` end in the text, given in lower case, in whatever case. */
export function endsWith(text: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  const start = to - text.length;
  if (start < from) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (((bytes[start + index] as number) | 32) !== text[index]) return false;
  }
  return true;
}
