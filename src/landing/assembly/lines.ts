// Scans lines of JSON and says of each whether it is plain: a complete object that keeps its source's
// promise, on which no two parsers disagree, and in which nothing can be secret. Nearly all lines of a
// log are. Of any other line this says nothing: ../json-scanner.ts judges it, in TypeScript.
//
// All loops end at the zeros behind the window, which are control characters.
import { endWindow, rowsMax, rowsStart, windowStart } from './memory';
import { hashedSignal, isCandidate, keepsPromise } from './promise';
import { escapeEnd, scalar, textStops } from './scalars';
import { isPromised, looksHashed, signalsOf } from './texts';
import { looksLikeToken, mayBeTokens, tokenKinds } from './tokens';
import {
  beginRow,
  beginValues,
  childOf,
  columnOf,
  firstElementOf,
  writeText,
  writeValue,
} from './values';
import { beginScopes, findsNestedWord, hashOf, mayRepeat, openScope, Rule, ruleOf } from './words';

export {
  columnsMax,
  rowsMax,
  rowsStart,
  rulesStart,
  valuesStart,
  windowBytes,
  windowStart,
} from './memory';
export { setPromise } from './promise';
export { addSecretNames, secretNames } from './tokens';
export { addColumn, addPath, clearPaths, presentStart } from './values';
export { addWord, clearWords } from './words';

/** Added to where a row ends: it has bytes above 127, so whether it is UTF-8 has to be looked at. */
const highBytesMark: i32 = 1 << 30;

/** In place of where a line or text ends: it is not plain, or its end lies behind the window. */
const notPlain: usize = 0;

const depthMax: i32 = 62;
/** Of each open container: the scope of its keys, its node in the paths to values, and, where it is
 * a value itself, its column and where it begins. */
const scopeOf: usize = memory.data(64 * 4);
const nodeOf: usize = memory.data(64 * 4);
const columnAt: usize = memory.data(64 * 4);
const beginsAt: usize = memory.data(64 * 4);
const recordNode: i32 = 1;

const wantsValue: i32 = 0;
const wantsValueOrEnd: i32 = 1;
const wantsKey: i32 = 2;
const wantsKeyOrEnd: i32 = 3;
const afterValue: i32 = 4;

/**
 * Scans lines from offset `from` of a window of `length` bytes until one is not plain or not whole, and
 * returns how many were: their starts and ends, offsets in the window too, stand at `rowsStart`, their
 * values at `valuesStart`, with offsets that count the window's first byte as `windowOffset`.
 */
export function scanLines(from: i32, length: i32, windowOffset: i32): i32 {
  endWindow(length);
  beginValues(windowOffset);
  const limit = windowStart + length;
  let at = windowStart + from;
  let rows = 0;
  candidateEnd = 0;
  while (at < limit && rows < rowsMax) {
    beginRow(rows);
    hasHighBytes = false;
    const end = line(at, limit);
    if (end === notPlain) break;
    const row = rowsStart + ((<usize>rows) << 3);
    store<i32>(row, <i32>(at - windowStart));
    store<i32>(row, <i32>(end - windowStart) | (hasHighBytes ? highBytesMark : 0), 4);
    rows += 1;
    at = end + 1;
  }
  return rows;
}

// What a line has shown so far.
let rule: usize = 0;
let signals: i32 = 0;
let topKeys: i32 = 0;
let isHashedBelow: bool = false;
/** The node of the value that comes next, in the paths to values. */
let node: i32 = 0;

/** Where the last line looked at ends if only what may be secret kept it from being plain, else 0. */
export let candidateEnd: i32 = 0;
/** Whether a byte above 127 stands in it, or right behind one of its texts. */
let hasHighBytes: bool = false;
/** Whether some text of that line may hold a token of a known format, or JSON that does. */
export let hasToken: bool = false;

/** Only the values are asked for: secrets, promises and documents are no matter. */
let isLenient: bool = false;

/**
 * Reads the values of the one record of `length` bytes in the window, whether it is plain or not, and
 * says whether it could: the keys of its objects must differ, and its texts be valid.
 */
export function readRecord(length: i32): bool {
  store<u8>(windowStart + length, 10);
  endWindow(length + 1);
  beginValues(0);
  beginRow(0);
  isLenient = true;
  const end = line(windowStart, windowStart + length + 1);
  isLenient = false;
  return end !== notPlain;
}

/** Where the line at `at` ends, if it is plain. */
function line(from: usize, limit: usize): usize {
  if (load<u8>(from) !== 123) return notPlain;
  begin();
  let objects: u64 = 0;
  let depth = 0;
  let state = wantsValue;
  let at = from;
  for (;;) {
    let byte = load<u8>(at);
    if (byte <= 32) {
      at = behindBlanks(at);
      byte = load<u8>(at);
    }
    if (state === afterValue) {
      if (byte === 44) {
        state = (objects >> depth) & 1 ? wantsKey : wantsValue;
        node = 0;
        at += 1;
        continue;
      }
      if (byte !== ((objects >> depth) & 1 ? 125 : 93)) return notPlain;
      at += 1;
      closeContainer(depth, at);
      depth -= 1;
      if (depth === 0) break;
      continue;
    }
    if (state >= wantsKey && byte === 34) {
      at = key(at + 1, depth);
      if (at === notPlain) return notPlain;
      state = wantsValue;
    } else if (state >= wantsKey) {
      if (byte !== 125 || state !== wantsKeyOrEnd) return notPlain;
      state = afterValue;
    } else if (byte === 34) {
      at = text(at + 1, limit);
      if (at === notPlain) return notPlain;
      state = afterValue;
    } else if (byte === 123 || byte === 91) {
      depth += 1;
      if (depth > depthMax) return notPlain;
      openContainer(depth, at, byte === 123);
      if (byte === 123) {
        objects |= (<u64>1) << depth;
        state = wantsKeyOrEnd;
      } else {
        objects &= ~((<u64>1) << depth);
        state = wantsValueOrEnd;
      }
      at += 1;
    } else if (byte === 93) {
      if (state !== wantsValueOrEnd) return notPlain;
      state = afterValue;
    } else {
      const end = scalar(at);
      if (end === notPlain) return notPlain;
      // null is no value.
      if (byte !== 110 && columnOf(node) !== 0) writeValue(columnOf(node), at, end, false);
      at = end;
      state = afterValue;
    }
  }
  while (load<u8>(at) === 32 || load<u8>(at) === 9 || load<u8>(at) === 13) at += 1;
  if (at >= limit || load<u8>(at) !== 10) return notPlain;
  if (isLenient) return at;
  if (!keepsPromise(topKeys)) return notPlain;
  if (!hasToken && !isCandidate(signals)) return at;
  candidateEnd = <i32>(at - windowStart);
  return notPlain;
}

/** Behind the blanks between two parts of a record; a line end is one where there is no next line. */
function behindBlanks(from: usize): usize {
  let at = from;
  let byte = load<u8>(at);
  while (byte === 32 || byte === 9 || byte === 13 || (byte === 10 && isLenient)) {
    at += 1;
    byte = load<u8>(at);
  }
  return at;
}

function openContainer(depth: i32, at: usize, isObject: bool): void {
  const place = (<usize>depth) << 2;
  store<i32>(columnAt + place, columnOf(node));
  store<usize>(beginsAt + place, at);
  if (isObject) {
    store<u32>(scopeOf + place, openScope());
    store<i32>(nodeOf + place, node);
  } else if (node !== 0) node = firstElementOf(node);
}

function closeContainer(depth: i32, end: usize): void {
  const place = (<usize>depth) << 2;
  const column = load<i32>(columnAt + place);
  if (column !== 0) writeValue(column, load<usize>(beginsAt + place), end, false);
}

function begin(): void {
  beginScopes();
  hasToken = false;
  rule = 0;
  signals = 0;
  topKeys = 0;
  isHashedBelow = false;
  node = recordNode;
}

/** Reads a key and the colon behind it; returns where the value begins. */
function key(from: usize, depth: i32): usize {
  let end = from;
  for (;;) {
    const bytes = v128.load(end);
    if (i8x16.bitmask(bytes) !== 0) hasHighBytes = true;
    const stops = i8x16.bitmask(textStops(bytes));
    if (stops !== 0) {
      end += ctz(stops);
      break;
    }
    end += 16;
  }
  // An escaped key can be any key.
  if (load<u8>(end) !== 34) return notPlain;
  const length = <i32>(end - from);
  const hash = hashOf(from, length);
  if (mayRepeat(load<u32>(scopeOf + ((<usize>depth) << 2)), hash)) return notPlain;
  let at = end + 1;
  if (load<u8>(at) !== 58) {
    at = behindBlanks(at);
    if (load<u8>(at) !== 58) return notPlain;
  }
  at += 1;
  if (load<u8>(at) <= 32) at = behindBlanks(at);
  rule = ruleOf(hash, from, length);
  node = 0;
  if (depth <= 2) isHashedBelow = false;
  if (rule === 0) return at;
  return ruledKey(changetype<Rule>(rule), at, depth);
}

function ruledKey(known: Rule, at: usize, depth: i32): usize {
  signals |= known.keySignals;
  node = childOf(load<i32>(nodeOf + ((<usize>depth) << 2)), known.id);
  if (depth === 2 && known.isHashedBelow) isHashedBelow = true;
  if (depth !== 1 || isLenient) return at;
  topKeys |= known.topBit;
  // A document that is cut, or a promise that is not kept: both are for the exact scanner.
  if (known.isCut && load<u8>(at) === 91) return notPlain;
  if (known.isPromised) {
    if (load<u8>(at) !== 34) return notPlain;
    let end = at + 1;
    while (load<u8>(end) > 34) end += 1;
    if (load<u8>(end) !== 34 || !isPromised(known, at + 1, end)) return notPlain;
  }
  return at;
}

/** Reads a text whose opening quote stands before `from`; returns where what follows it begins. */
function text(from: usize, limit: usize): usize {
  let hasEscapedQuote = false;
  let hasEscapes = false;
  let at = from;
  let end: usize = 0;
  while (end === 0) {
    const bytes = v128.load(at);
    if (i8x16.bitmask(bytes) !== 0) hasHighBytes = true;
    let stops = i8x16.bitmask(textStops(bytes));
    const kinds = tokenKinds(bytes);
    // Only bytes before the first stop can matter yet, and in most texts none of them does.
    if (i8x16.bitmask(i8x16.ne(kinds, i8x16.splat(0))) & ((stops & -stops) - 1)) {
      stops |= i8x16.bitmask(mayBeTokens(kinds, at));
    }
    let next = at + 16;
    while (stops !== 0) {
      const stop = at + ctz(stops);
      const byte = load<u8>(stop);
      if (byte === 34) {
        end = stop;
        break;
      }
      if (byte === 92) {
        const behind = escapeEnd(stop);
        if (behind === notPlain) return notPlain;
        hasEscapes = true;
        if (load<u8>(stop + 1) === 34) hasEscapedQuote = true;
        next = behind;
        break;
      }
      if (byte < 32) return notPlain;
      if (!hasToken && looksLikeToken(stop, from, limit)) hasToken = true;
      stops &= stops - 1;
    }
    at = next;
  }
  if (rule !== 0 && changetype<Rule>(rule).watchesText) {
    signals |= signalsOf(changetype<Rule>(rule), from, end);
  }
  if (isHashedBelow && from < end && !looksHashed(from, end, true)) signals |= hashedSignal;
  if (hasEscapedQuote && !hasToken) hasToken = findsNestedWord(from, end);
  writeText(node, from, end, hasEscapes);
  return end + 1;
}
