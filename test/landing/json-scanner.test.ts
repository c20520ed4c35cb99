import { describe, expect, it } from 'vitest';
import { scanRows } from '../helpers/scan-rows.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const random = seededRandom(20_260_101);

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

const scalars = [
  '0',
  '-1',
  '1.5e+3',
  'true',
  'false',
  'null',
  '"a"',
  '"\\u00e9\\n"',
  '"é€𝄞"',
  '""',
];
const breaks = ['', '', '', ' ', '\t', '\r'];

function randomValue(depth: number): string {
  const space = (): string => pick(breaks);
  if (depth === 0 || random() < 0.3) return pick(scalars);
  const values = Array.from({ length: Math.floor(random() * 4) }, () => randomValue(depth - 1));
  if (random() < 0.5) return `[${space()}${values.join(`${space()},${space()}`)}${space()}]`;
  const members = values.map((value, index) => `"k${index}"${space()}:${space()}${value}`);
  return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`;
}

function mutated(text: string): string {
  const at = Math.floor(random() * text.length);
  const letter = pick([
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    'e',
    '-',
    '.',
    'u',
    ' ',
    '\u0001',
  ]);
  const removed = Math.floor(random() * 3);
  return text.slice(0, at) + (random() < 0.7 ? letter : '') + text.slice(at + removed);
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe('a line', () => {
  it('is good exactly where JSON.parse accepts it, flags apart', () => {
    const disagreements: string[] = [];
    for (let round = 0; round < 20_000; round += 1) {
      const inner = randomValue(4);
      const line = mutated(`{"kind":"Event","verb":"get","requestObject":${inner}}`);
      if (/^\s*$/.test(line) || line.includes('\n')) continue;
      const [row] = scanRows(`${line}\n`).rows;
      const readable = row?.reason === undefined || row.reason === 'not_k8s_audit';
      const accepted = isObject(line) || (row?.flags.includes('trailing_comma') ?? false);
      if (readable !== accepted) disagreements.push(`${row?.reason} ${line}`);
    }
    expect(disagreements).toEqual([]);
  });

  it('says duplicate_key exactly where an object has a key twice', () => {
    const keys = ['a', 'b', '\\u0061', 'é', '\\u00e9', 'e\\u0301', 'a\\u0000'];
    for (let round = 0; round < 2000; round += 1) {
      const inner = Array.from({ length: Math.floor(random() * 4) }, () => pick(keys));
      const outer = Array.from({ length: Math.floor(random() * 3) }, () => pick(keys));
      const object = (names: string[], value: string): string =>
        `{${names.map((name) => `"${name}":${value}`).join(',')}}`;
      const line = `{"kind":"Event","verb":"get","x":${object(outer, object(inner, '1'))}}`;
      const twice = (names: string[]): boolean =>
        new Set(names.map((name) => JSON.parse(`"${name}"`) as string)).size < names.length;
      const expected = twice(outer) || (outer.length > 0 && twice(inner)) ? ['duplicate_key'] : [];
      expect({ line, flags: scanRows(`${line}\n`).rows[0]?.flags }).toEqual({
        line,
        flags: expected,
      });
    }
  });

  it('keeps its keys apart from those of other objects, with a hundred thousand of them', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `"key${index}":{"a":1}`).join(',');
    const line = (last: string): string => `{"kind":"Event","verb":"get","x":{${many}${last}}}\n`;
    expect(scanRows(line('')).rows[0]?.flags).toEqual([]);
    expect(scanRows(line(',"key5":1')).rows[0]?.flags).toEqual(['duplicate_key']);
  });
});
