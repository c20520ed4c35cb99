// Keys: which of them have a rule, and which their object had before.

/** One rule, as the host lays it out: fourteen 32-bit numbers. */
@unmanaged
export class Rule {
  word: usize;
  wordLength: i32;
  /** The number of the word in paths to values, from 1. */
  id: i32;
  topBit: i32;
  keySignals: i32;
  textSignals: i32;
  /** The key of an array that is cut into records. */
  isCut: i32;
  isHashedBelow: i32;
  watchesText: i32;
  /** The only texts that the promise allows here at the top level. */
  isPromised: i32;
  promised: usize;
  promisedCount: i32;
  texts: usize;
  textsCount: i32;
}

const slots: i32 = 1024;
const wordSlots: usize = memory.data(1024 * 8);
const nestedSlots: usize = memory.data(1024 * 8);

/** Every byte counts: keys of one object that differ in any must not seem equal. */
export function hashOf(from: usize, length: i32): u32 {
  let hash: u64 = <u64>length * 0x9e3779b97f4a7c15;
  if (length < 8) {
    hash ^= load<u64>(from) & (((<u64>1) << ((<u64>length) << 3)) - 1);
  } else {
    const last = from + length - 8;
    for (let at = from; at < last; at += 8)
      hash = rotr(hash ^ load<u64>(at), 29) * 0xbf58476d1ce4e5b9;
    hash ^= load<u64>(last);
  }
  hash *= 0x94d049bb133111eb;
  return <u32>(hash ^ (hash >> 32));
}

/** Forgets all words. */
export function clearWords(): void {
  memory.fill(wordSlots, 0, slots * 8);
  memory.fill(nestedSlots, 0, slots * 8);
}

/** Makes a word known by its rule, or as a word between quotes of a text that is JSON itself. */
export function addWord(rule: usize, nested: bool): void {
  const known = changetype<Rule>(rule);
  const hash = hashOf(known.word, known.wordLength);
  const table = nested ? nestedSlots : wordSlots;
  let slot = hash & (slots - 1);
  while (load<u32>(table + ((<usize>slot) << 3) + 4) !== 0) slot = (slot + 1) & (slots - 1);
  store<u32>(table + ((<usize>slot) << 3), hash);
  store<u32>(table + ((<usize>slot) << 3) + 4, <u32>rule);
}

function find(table: usize, hash: u32, from: usize, length: i32): usize {
  let slot = hash & (slots - 1);
  let entry = table + ((<usize>slot) << 3);
  let rule = <usize>load<u32>(entry + 4);
  while (rule !== 0) {
    if (load<u32>(entry) === hash) {
      const known = changetype<Rule>(rule);
      if (known.wordLength === length && memory.compare(known.word, from, length) === 0) break;
    }
    slot = (slot + 1) & (slots - 1);
    entry = table + ((<usize>slot) << 3);
    rule = <usize>load<u32>(entry + 4);
  }
  return rule;
}

/** The rule of a key, 0 where it has none. */
export function ruleOf(hash: u32, from: usize, length: i32): usize {
  return find(wordSlots, hash, from, length);
}

/** Whether a word stands between escaped quotes in a text that may be JSON, at any level. */
export function findsNestedWord(from: usize, to: usize): bool {
  let start = from;
  let at = backslashFrom(from, to);
  while (at < to) {
    const length = <i32>(at - start);
    if (find(nestedSlots, hashOf(start, length), start, length) !== 0) return true;
    while (at + 1 < to && load<u8>(at + 1) === 92) at += 1;
    start = at + 2;
    at = backslashFrom(start, to);
  }
  return false;
}

/** Where the next backslash stands, or something behind `to`. */
function backslashFrom(from: usize, to: usize): usize {
  let at = from;
  while (at < to) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(92)));
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
  return at;
}

const scopeSlots: i32 = 4096;
const scopes: usize = memory.data(4096 * 8);
/** Objects are numbered as they open, over all lines: an entry of an earlier line is a free slot. */
let lastScope: u32 = 0;
let firstScope: u32 = 1;
let keysLeft: i32 = 0;

/** Starts another line: no key is known. */
export function beginScopes(): void {
  if (lastScope > 0x40000000) {
    memory.fill(scopes, 0, scopeSlots * 8);
    lastScope = 0;
  }
  firstScope = lastScope + 1;
  keysLeft = scopeSlots >> 1;
}

/** A new object; the number is its scope. */
export function openScope(): u32 {
  lastScope += 1;
  return lastScope;
}

/** Notes a key and says whether its object may have had it before, or has too many to tell. */
export function mayRepeat(scope: u32, hash: u32): bool {
  const wanted = ((<u64>scope) << 32) | <u64>hash;
  let slot = (hash ^ (scope * 0x9e3779b1)) & (scopeSlots - 1);
  let place = scopes + ((<usize>slot) << 3);
  let entry = load<u64>(place);
  while (<u32>(entry >> 32) >= firstScope) {
    if (entry === wanted) return true;
    slot = (slot + 1) & (scopeSlots - 1);
    place = scopes + ((<usize>slot) << 3);
    entry = load<u64>(place);
  }
  store<u64>(place, wanted);
  keysLeft -= 1;
  return keysLeft < 0;
}
