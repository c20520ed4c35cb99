import type { DuckDBValue } from '@duckdb/node-api';
import { DuckDBTimestampTZValue } from '../duckdb.ts';
import { CustodyError } from '../errors.ts';
import { parseTime } from '../time.ts';
import type { QueryParameter } from './front-matter.ts';
import type { Query } from './library.ts';

/** A parameter as a caller gives it: text from the command line, or already of its type. */
export type ParameterValue = string | number | boolean | readonly string[] | object | null;

/**
 * Checks what was given against what the query declares, fills in defaults, and makes it bindable.
 *
 * Lists and JSON are bound as JSON text; the query reads them with `from_json`.
 */
export function bindParameters(
  query: Pick<Query, 'id' | 'params'>,
  given: Readonly<Record<string, ParameterValue>>,
  now: Date = new Date(),
): Record<string, DuckDBValue> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(query.params, name));
  if (unknown.length > 0) {
    throw refused(query, `it has no parameter ${unknown.map((name) => `"${name}"`).join(', ')}`);
  }
  const bound: Record<string, DuckDBValue> = {};
  for (const [name, parameter] of Object.entries(query.params)) {
    const value = given[name] === undefined ? parameter.default : given[name];
    if (value === undefined) throw refused(query, `its parameter "${name}" is missing`);
    bound[name] = value === null ? null : toBindable(query, name, parameter, value, now);
  }
  return bound;
}

/** One line a parameter, as `query show` and the errors print them. */
export function describeParameters(params: Query['params']): string[] {
  return Object.entries(params).map(([name, parameter]) => {
    const fallback =
      parameter.default === undefined ? 'required' : `default ${JSON.stringify(parameter.default)}`;
    return `${name} (${parameter.type}, ${fallback}): ${parameter.doc}`;
  });
}

function toBindable(
  query: Pick<Query, 'id' | 'params'>,
  name: string,
  parameter: QueryParameter,
  value: Exclude<ParameterValue, null>,
  now: Date,
): DuckDBValue {
  const wrong = (expected: string) => refused(query, `its parameter "${name}" wants ${expected}`);
  switch (parameter.type) {
    case 'varchar':
      if (typeof value !== 'string') throw wrong('text');
      return value;
    case 'timestamp':
      if (typeof value !== 'string') throw wrong('an RFC 3339 time');
      return new DuckDBTimestampTZValue(parseTime(value, name, now));
    case 'integer': {
      const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
      if (!Number.isSafeInteger(number)) throw wrong('a whole number');
      return BigInt(number as number);
    }
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw wrong('true or false');
    case 'varchar_list': {
      const list = typeof value === 'string' ? readList(value) : value;
      if (!isTextList(list)) throw wrong('texts parted by commas, or a JSON array of texts');
      return JSON.stringify(list);
    }
    case 'json':
      if (typeof value !== 'string') return JSON.stringify(value);
      if (!isJson(value)) throw wrong('JSON');
      return value;
  }
}

function readList(text: string): unknown {
  if (!text.startsWith('[')) return text.split(',').map((item) => item.trim());
  return isJson(text) ? JSON.parse(text) : undefined;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refused(query: Pick<Query, 'id' | 'params'>, state: string): CustodyError {
  const known = describeParameters(query.params);
  return new CustodyError('BAD_OPTION', `Cannot run query "${query.id}": ${state}`, {
    hint:
      known.length === 0
        ? 'it takes no parameters'
        : `--param name=value, where the names are:\n${known.map((line) => `  ${line}`).join('\n')}`,
  });
}
