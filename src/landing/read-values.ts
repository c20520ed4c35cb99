import type { SourceColumn } from '../sources/source.ts';
import { plainLinesModule } from './plain-lines-module.ts';
import { parsePositionedJson } from './positioned-json.ts';
import { membersOf, type PositionedNode } from './positioned-tree.ts';
import { escapedValue, inlineBytesMax, noValue, valueNumbers } from './row-values.ts';
import type { ScanRules } from './scan-rules.ts';

/** The values of a source's columns in one record, in their order; null where there is none. */
export type Values = (Buffer | null)[];

/**
 * Reads the values of a record that the fast pass left alone, as it would have read them. Of equal keys
 * the first counts, as it does for DuckDB.
 */
export function readValues(record: Buffer, rules: ScanRules): Values {
  if (rules.mayBeText && !beginsObject(record)) return rules.columns.map(() => null);
  return readFast(record, rules) ?? readTree(record, rules.columns);
}

/** A line of text has no values, whatever JSON stands further on in it. */
function beginsObject(record: Buffer): boolean {
  let at = 0;
  while (isBlank(record[at])) at += 1;
  return record[at] === 123;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

function readFast(record: Buffer, rules: ScanRules): Values | null {
  const module = plainLinesModule(rules);
  const { memory, windowStart, windowBytes, valuesStart, rowsMax } = module;
  if (record.length >= windowBytes.value) return null;
  new Uint8Array(memory.buffer, windowStart.value).set(record);
  if (module.readRecord(record.length) === 0) return null;
  const found = new DataView(memory.buffer, valuesStart.value);
  return rules.columns.map((_, column) =>
    valueAt(found, column * rowsMax.value * valueNumbers * 4, record),
  );
}

function valueAt(found: DataView, at: number, record: Buffer): Buffer | null {
  const length = found.getInt32(at, true);
  if (length === noValue) return null;
  if (length === escapedValue) {
    const start = found.getInt32(at + 8, true);
    const literal = record.toString('utf8', start, start + found.getInt32(at + 4, true));
    return Buffer.from(JSON.parse(`"${literal}"`) as string);
  }
  if (length <= inlineBytesMax) {
    return Buffer.copyBytesFrom(new Uint8Array(found.buffer, found.byteOffset + at + 4, length));
  }
  const start = found.getInt32(at + 8, true);
  return record.subarray(start, start + length);
}

/** For any JSON, and the little more that DuckDB reads. */
function readTree(record: Buffer, columns: ScanRules['columns']): Values {
  const root = parsePositionedJson(record);
  return columns.map(({ path, as }) => {
    let node = root ?? undefined;
    for (const step of path) {
      node = step === 0 ? node?.elements[0] : membersOf(node, step)[0];
    }
    return node === undefined ? null : textOf(node, record, as);
  });
}

function textOf(node: PositionedNode, record: Buffer, as: SourceColumn['as']): Buffer | null {
  if (node.kind === 'text') {
    return Buffer.from(as === 'json' ? JSON.stringify(node.text) : node.text);
  }
  const place = node.locate(0, 0);
  if (place === null) return null;
  const value = record.subarray(place.start, place.end);
  return value.equals(nullLiteral) ? null : value;
}

const nullLiteral = Buffer.from('null');
