import { failed, firstByte, hexUnit, incomplete, scalarEnd } from './json-scalars.ts';
import type { OpenerNotes } from './line-openers.ts';
import { type KeyRule, noRule, type ScanRules } from './scan-rules.ts';
import type { Flag, Reason } from './scanned-block.ts';
import { ScopeKeys, unescapedText } from './scope-keys.ts';
import { looksHashed, looksLikeToken } from './secret-triggers.ts';
import { endsWith, hashBytes, hashSeed, sameBytes } from './word-table.ts';

/** What `scan` returns where it found a document to be cut. */
export const isDocument = -2;

const plain = 0;
const quote = 1;
const backslash = 2;
const control = 3;

/** What a byte is inside a text; 4 = may be part of a token of a known format. */
const textClasses = new Uint8Array(256);
textClasses.fill(control, 0, 32);
textClasses[34] = quote;
textClasses[92] = backslash;
for (const byte of Buffer.from('._J-B @=%+')) textClasses[byte] = 4;

const wantsValue = 0;
const wantsValueOrEnd = 1;
const wantsValueAfterComma = 2;
const wantsKeyOrEnd = 3;
const wantsKeyAfterComma = 4;
const afterValue = 5;

// Read once: an import is looked up at each use where modules are run untranspiled.
const seed = hashSeed;

const flagBits: readonly Flag[] = [
  'duplicate_key',
  'trailing_comma',
  'not_a_number',
  'lone_surrogate',
];
const duplicateKey = 1;
const trailingComma = 2;
const notANumber = 4;
const loneSurrogate = 8;

/**
 * Reads one JSON value in one pass over its bytes, without allocating: is it valid (RFC 8259), where
 * does it end, what do parsers disagree about in it, does it keep its source's promise, could it
 * hold a secret. Nesting costs one entry of a growing stack, so 100,000 levels are fine.
 *
 * Kept though invalid, and flagged, because DuckDB and most log tools read it: one comma too many
 * before a closing bracket, NaN, Infinity. Read on for the sake of the end, but with a `reason`:
 * control characters (line ends apart) and unknown escapes inside a text.
 */
export class JsonScanner {
  /** Why the value is not valid, once `scan` returned; null where it is. */
  reason: Reason | null = null;
  /** How far a scan came that did not reach an end. */
  failedAt = 0;
  /** Set for values over several lines. */
  notes: OpenerNotes | null = null;

  private readonly rules: ScanRules;
  private readonly keys = new ScopeKeys();
  private stack = new Int32Array(256);
  private flagged = 0;
  private topKeys = 0;
  private signals = 0;
  private token = false;
  private promisesOpen = 0;
  private hashedScope = false;
  private rule: KeyRule = noRule;
  private sawEscapedQuote = false;
  private promiseKey: KeyRule | null = null;

  constructor(rules: ScanRules) {
    this.rules = rules;
  }

  get flags(): Flag[] {
    return flagBits.filter((_, index) => (this.flagged & (1 << index)) !== 0);
  }

  get isPlain(): boolean {
    return this.flagged === 0;
  }

  /** Whether some text may hold a token of a known format, or JSON that does. */
  get hasToken(): boolean {
    return this.token;
  }

  /** Whether the record needs the exact pass for secrets. */
  get isCandidate(): boolean {
    if (this.token) return true;
    const { signals } = this;
    if (signals === 0) return false;
    for (const needed of this.rules.candidates) if ((signals & needed) === needed) return true;
    return false;
  }

  get keepsPromise(): boolean {
    const { all, any, none } = this.rules.promise;
    const { topKeys } = this;
    if (this.promisesOpen !== 0 || (topKeys & all) !== all || (topKeys & none) !== 0) return false;
    for (const keys of any) if ((topKeys & keys) === 0) return false;
    return true;
  }

  /**
   * Scans the value at `from` and returns the offset behind it, `incomplete` where the bytes end
   * first, or another negative number where it is not JSON. With `cut`, an object that has an array
   * to be cut at depth 1 gives `isDocument` as soon as that is known.
   */
  scan(bytes: Uint8Array, from: number, limit: number, cut: boolean): number {
    this.begin();
    let at = from;
    let depth = 0;
    let state = wantsValue;
    for (;;) {
      let byte = 0;
      for (; ; at += 1) {
        if (at >= limit) return this.stop(incomplete, at, 'truncated');
        byte = bytes[at] as number;
        if (byte > 32 || (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9)) break;
      }
      if ((byte === 125 || byte === 93) && state !== wantsValue) {
        if (byte !== (this.stack[depth] === 0 ? 93 : 125)) return this.stop(failed, at, 'not_json');
        if (state === wantsKeyAfterComma || state === wantsValueAfterComma) {
          this.flagged |= trailingComma;
        }
        at += 1;
        if (this.notes !== null) this.notes.close(depth, at);
        depth -= 1;
        state = afterValue;
      } else if (state === afterValue) {
        if (byte !== 44) return this.stop(failed, at, 'not_json');
        state = this.stack[depth] === 0 ? wantsValueAfterComma : wantsKeyAfterComma;
        at += 1;
        continue;
      } else if (state >= wantsKeyOrEnd) {
        if (byte !== 34) return this.stop(failed, at, 'not_json');
        at = this.key(bytes, at + 1, limit, depth);
        if (at < 0) return at;
        if (cut && depth === 1 && this.rule.cut && bytes[at] === 91) {
          const first = firstByte(bytes, at + 1, limit);
          if (first < 0) return this.stop(incomplete, limit, 'truncated');
          if (first === 123 || first === 93) return isDocument;
        }
        state = wantsValue;
        continue;
      } else if (byte === 123 || byte === 91) {
        depth += 1;
        if (this.notes !== null) this.notes.open(at, depth);
        if (depth === this.stack.length) this.growStack();
        this.stack[depth] = byte === 123 ? this.keys.open() : 0;
        state = byte === 123 ? wantsKeyOrEnd : wantsValueOrEnd;
        at += 1;
        continue;
      } else {
        at = byte === 34 ? this.text(bytes, at + 1, limit) : this.scalar(bytes, at, limit);
        if (at < 0) return at;
        state = afterValue;
      }
      if (depth === 0) return at;
    }
  }

  private begin(): void {
    this.keys.begin();
    this.reason = null;
    this.flagged = 0;
    this.topKeys = 0;
    this.signals = 0;
    this.token = false;
    this.promisesOpen = 0;
    this.hashedScope = false;
    this.rule = noRule;
  }

  private stop(result: number, at: number, reason: Reason): number {
    this.reason = reason;
    this.failedAt = at;
    return result;
  }

  private growStack(): void {
    const stack = new Int32Array(this.stack.length * 4);
    stack.set(this.stack);
    this.stack = stack;
  }

  /** Reads a key and the colon behind it; returns the offset of the value's first byte. */
  private key(bytes: Uint8Array, from: number, limit: number, depth: number): number {
    let hash = seed;
    let at = from;
    let byte = 0;
    for (; ; at += 1) {
      if (at >= limit) return this.stop(incomplete, at, 'truncated');
      byte = bytes[at] as number;
      if (byte === 34 || byte === 92 || byte < 32) break;
      hash = Math.imul(hash ^ byte, 16777619);
    }
    let rule = noRule;
    if (byte === 34) {
      const word = this.rules.words.find(hash, bytes, from, at);
      if (word !== 0) rule = this.rules.keys[word - 1] as KeyRule;
    } else {
      const end = this.text(bytes, from, limit);
      if (end < 0) return end;
      at = end - 1;
      // An escaped key can be any key: let the exact pass look, and unescape it to compare.
      this.token = true;
      const unescaped = Buffer.from(unescapedText(bytes, from, at) ?? '');
      hash = hashBytes(unescaped);
      const word = this.rules.words.find(hash, unescaped, 0, unescaped.length);
      if (word !== 0) rule = this.rules.keys[word - 1] as KeyRule;
    }
    const scope = this.stack[depth] as number;
    if (this.keys.repeats(scope, hash, bytes, from, at)) this.flagged |= duplicateKey;
    this.rule = rule;
    if (depth <= 2) this.topLevelKey(rule, depth);
    this.signals |= rule.keySignals;
    return this.colon(bytes, at + 1, limit);
  }

  private topLevelKey(rule: KeyRule, depth: number): void {
    this.hashedScope = rule.hashedBelow && depth === 2;
    if (depth !== 1) return;
    this.topKeys |= rule.topBit;
    if (rule.promised !== null) this.promisesOpen += 1;
    // Only a text right behind this key can settle the promise.
    this.promiseKey = rule.promised === null ? null : rule;
  }

  private colon(bytes: Uint8Array, from: number, limit: number): number {
    let at = from;
    for (let colons = 0; ; at += 1) {
      if (at >= limit) return this.stop(incomplete, at, 'truncated');
      const byte = bytes[at] as number;
      if (byte === 58 && colons === 0) colons = 1;
      else if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) {
        return colons === 1 ? at : this.stop(failed, at, 'not_json');
      }
    }
  }

  /** Reads a text whose opening quote stands before `from`; returns the offset behind it. */
  private text(bytes: Uint8Array, from: number, limit: number): number {
    this.sawEscapedQuote = false;
    let at = from;
    for (;;) {
      while (at < limit && textClasses[bytes[at] as number] === plain) at += 1;
      if (at >= limit) return this.stop(incomplete, at, 'truncated');
      const byte = bytes[at] as number;
      if (byte === 34) break;
      if (byte === 92) {
        const next = this.escape(bytes, at, limit);
        if (next < 0) return next;
        at = next;
      } else if (byte < 32) {
        if (byte === 10) return this.stop(failed, at, 'line_end_in_text');
        this.reason ??= 'control_character';
        at += 1;
      } else {
        if (!this.token && looksLikeToken(bytes, at, from, limit)) this.token = true;
        at += 1;
      }
    }
    if (this.rule.watchesText || this.hashedScope) this.watchText(bytes, from, at);
    if (this.sawEscapedQuote && !this.token) {
      this.token = this.rules.nestedWords.findsQuoted(bytes, from, at);
    }
    return at + 1;
  }

  private escape(bytes: Uint8Array, at: number, limit: number): number {
    if (at + 1 >= limit) return this.stop(incomplete, limit, 'truncated');
    const byte = bytes[at + 1] as number;
    if (byte === 34) this.sawEscapedQuote = true;
    else if (byte === 117) return this.unicodeEscape(bytes, at, limit);
    else if (byte === 10) return this.stop(failed, at + 1, 'line_end_in_text');
    // \ / b f n r t
    else if (
      byte !== 92 &&
      byte !== 47 &&
      byte !== 98 &&
      byte !== 102 &&
      byte !== 110 &&
      byte !== 114 &&
      byte !== 116
    ) {
      this.reason ??= 'invalid_escape';
    }
    return at + 2;
  }

  private unicodeEscape(bytes: Uint8Array, at: number, limit: number): number {
    const unit = hexUnit(bytes, at, limit);
    if (unit === incomplete) return this.stop(incomplete, limit, 'truncated');
    if (unit < 0) {
      this.reason ??= 'invalid_escape';
      return at + 2;
    }
    // Go writes < > & as escapes; any other letter of ASCII has no reason to be one but hiding.
    if (unit < 128 && unit >= 32 && unit !== 0x3c && unit !== 0x3e && unit !== 0x26) {
      this.token = true;
    }
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const low = unit < 0xdc00 ? hexUnit(bytes, at + 6, limit) : failed;
    if (low === incomplete) return this.stop(incomplete, limit, 'truncated');
    if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
    this.flagged |= loneSurrogate;
    return at + 6;
  }

  /** A text whose key says something about it, or below a key where texts should be hashed. */
  private watchText(bytes: Uint8Array, from: number, to: number): void {
    const { rule } = this;
    if (rule.promised !== null && this.promiseKey === rule) {
      this.promiseKey = null;
      if (rule.promised.some((text) => sameBytes(text, bytes, from, to))) this.promisesOpen -= 1;
    }
    if (from === to) return;
    if (rule.textSignals !== 0 && !looksHashed(bytes, from, to, false)) {
      this.signals |= rule.textSignals;
    }
    if (this.hashedScope && !looksHashed(bytes, from, to, true)) {
      this.signals |= this.rules.hashedSignal;
    }
    for (const { ends, texts, signals } of rule.texts) {
      for (const text of texts) {
        const matches = ends ? endsWith(text, bytes, from, to) : sameBytes(text, bytes, from, to);
        if (matches) this.signals |= signals;
      }
    }
  }

  private scalar(bytes: Uint8Array, from: number, limit: number): number {
    const end = scalarEnd(bytes, from, limit);
    if (end === incomplete) return this.stop(incomplete, limit, 'truncated');
    if (end < 0) return this.stop(failed, from, 'not_json');
    // The last letter of NaN and Infinity is that of no other scalar.
    const last = bytes[end - 1] as number;
    if (last === 78 || last === 121) this.flagged |= notANumber;
    return end;
  }
}
