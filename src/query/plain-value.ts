import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
} from '../duckdb.ts';
import { formatTime } from '../time.ts';

/** A value that JSON can carry as it is. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** One row of a result: column name to value, in the order of the select list. */
export type Row = Record<string, Plain>;

/**
 * Turns a DuckDB value into plain JSON: times as RFC 3339 in UTC, blobs as hex, integers as numbers
 * where a double holds them exactly (else as text), columns of type JSON as what they hold.
 *
 * DuckDB's own JSON conversion renders times in the process's zone and big integers always as text.
 */
export function toPlain(value: DuckDBValue, type?: DuckDBType): Plain {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return type?.alias === 'JSON' ? parseJson(value) : value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return toSafeNumber(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (value instanceof DuckDBDecimalValue) return decimalToPlain(value);
  return timeToPlain(value) ?? nestedToPlain(value, type);
}

function timeToPlain(value: object): string | undefined {
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) {
    return value.isFinite ? formatTime(value.micros) : String(value);
  }
  if (value instanceof DuckDBTimestampMillisecondsValue) {
    return value.isFinite ? formatTime(value.millis * 1000n) : String(value);
  }
  if (value instanceof DuckDBTimestampSecondsValue) {
    return value.isFinite ? formatTime(value.seconds * 1_000_000n) : String(value);
  }
  if (value instanceof DuckDBTimestampNanosecondsValue) {
    return value.isFinite ? formatTime(value.nanos / 1000n) : String(value);
  }
  return undefined;
}

function nestedToPlain(value: Exclude<DuckDBValue, null>, type: DuckDBType | undefined): Plain {
  const inner = type as { valueType?: DuckDBType; entryTypes?: DuckDBType[] } | undefined;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map((item) => toPlain(item, inner?.valueType));
  }
  if (value instanceof DuckDBStructValue) {
    const entries = Object.entries(value.entries);
    return Object.fromEntries(
      entries.map(([name, entry], index) => [name, toPlain(entry, inner?.entryTypes?.[index])]),
    );
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(
      value.entries.map((entry) => [
        keyText(toPlain(entry.key)),
        toPlain(entry.value, inner?.valueType),
      ]),
    );
  }
  if (value instanceof DuckDBUnionValue) return toPlain(value.value);
  return String(value);
}

function keyText(key: Plain): string {
  return typeof key === 'string' ? key : JSON.stringify(key);
}

function decimalToPlain(value: InstanceType<typeof DuckDBDecimalValue>): Plain {
  const text = value.toString();
  const number = Number(text);
  return number.toFixed(value.scale) === text ? number : text;
}

function toSafeNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function parseJson(text: string): Plain {
  try {
    return JSON.parse(text) as Plain;
  } catch {
    return text;
  }
}
