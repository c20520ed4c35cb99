// The values that become columns: found by the path of keys to them, written as DuckDB keeps a text
// (https://duckdb.org/docs/stable/clients/c/api, duckdb_string_t), except that a long one has its offset
// in the block in place of its address.
import { columnsMax, rowsMax, valuesStart, windowStart } from './memory';

/** In place of a length: there is no value; or it has escapes, and its length and offset follow. */
const none: u32 = 0xffffffff;
const escaped: u32 = 0xfffffffe;
/** A text up to this long is written whole. */
const inlineBytesMax: i32 = 12;

/** A node of the tree of paths, by number; 0 is no node and 1 the record. */
const nodesMax: i32 = 128;
const wordsMax: i32 = 256;
const children: usize = memory.data(128 * 256);
/** The node of an array's first element. */
const firstElements: usize = memory.data(128);
/** The column of a node's value, counted from 1. */
const columns: usize = memory.data(128);
/** Whether a text in it keeps its quotes. */
const areJson: usize = memory.data(128);
let columnsUsed: i32 = 0;

/** Forgets all paths, and takes how many columns there will be. */
export function clearPaths(used: i32): void {
  memory.fill(children, 0, nodesMax * wordsMax);
  memory.fill(firstElements, 0, nodesMax);
  memory.fill(columns, 0, nodesMax);
  columnsUsed = min(used, columnsMax);
}

/** Makes `child` what is reached from a node by a word, or by its first element where `word` is 0. */
export function addPath(node: i32, word: i32, child: i32): void {
  if (word === 0) store<u8>(firstElements + node, child);
  else store<u8>(children + node * wordsMax + word, child);
}

/** Makes a node's value the column of this number, counted from 1; a text as JSON or as it is. */
export function addColumn(node: i32, column: i32, isJson: bool): void {
  store<u8>(columns + node, column);
  store<u8>(areJson + node, isJson ? 1 : 0);
}

/** The node that a word leads to, 0 where none. */
export function childOf(node: i32, word: i32): i32 {
  return load<u8>(children + node * wordsMax + word);
}

/** The node of an array's first element, 0 where none. */
export function firstElementOf(node: i32): i32 {
  return load<u8>(firstElements + node);
}

/** The column of a node's value, 0 where none. */
export function columnOf(node: i32): i32 {
  return load<u8>(columns + node);
}

/** Writes the value of a node that is a text, whose quotes stand around `from` and `to`. */
export function writeText(node: i32, from: usize, to: usize, hasEscapes: bool): void {
  const column = columnOf(node);
  if (column === 0) return;
  if (load<u8>(areJson + node) !== 0) writeValue(column, from - 1, to + 1, false);
  else writeValue(column, from, to, hasEscapes);
}

/** Where the block's byte at the start of the window stands in the block. */
let windowOffset: i32 = 0;
let row: i32 = 0;

/** Of each column whether this call wrote a value of it. */
export const presentStart: usize = memory.data(64);

/** Starts a call: offsets are counted from the start of the block. */
export function beginValues(offset: i32): void {
  windowOffset = offset;
  memory.fill(presentStart, 0, columnsMax);
}

/** Starts a row without values. */
export function beginRow(number: i32): void {
  row = number;
  for (let column = 1; column <= columnsUsed; column += 1) store<u32>(place(column), none);
}

function place(column: i32): usize {
  return valuesStart + ((<usize>(column - 1) * rowsMax + row) << 4);
}

/** Writes the value of a column: the bytes `from` to `to`. */
export function writeValue(column: i32, from: usize, to: usize, hasEscapes: bool): void {
  store<u8>(presentStart + column - 1, 1);
  const value = place(column);
  const length = <i32>(to - from);
  const offset = <i32>(from - windowStart) + windowOffset;
  if (hasEscapes) {
    store<u32>(value, escaped);
    store<u32>(value, length, 4);
    store<u32>(value, offset, 8);
  } else if (length > inlineBytesMax) {
    store<u32>(value, length);
    store<u32>(value, load<u32>(from), 4);
    store<u64>(value, <u64>offset, 8);
  } else {
    // What is left of the sixteen bytes is zero: DuckDB compares them whole.
    store<u32>(value, length);
    const low = min(length, 8);
    const high = length - low;
    store<u64>(
      value,
      low === 8 ? load<u64>(from) : load<u64>(from) & (((<u64>1) << (low << 3)) - 1),
      4,
    );
    store<u32>(
      value,
      high === 4 ? load<u32>(from, 8) : load<u32>(from, 8) & ((1 << (high << 3)) - 1),
      12,
    );
  }
}
