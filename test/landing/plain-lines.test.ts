import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlockRows } from '../../src/landing/block-rows.ts';
import { PlainLines } from '../../src/landing/plain-lines.ts';
import { scanBlock } from '../../src/landing/scan-block.ts';
import { scanRules } from '../../src/landing/scan-rules.ts';
import { scanRows, sourceOf, testKeys } from '../helpers/scan-rows.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const random = seededRandom(20_261_126);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Records shorter than the window of the fast pass: the exact scanner judges every line. */
const exactly = { recordBytesMax: 2 ** 20 - 1 };

const sourceIds = ['k8s_audit', 'k8s_objects', 'vault_audit'] as const;

function sampleLines(id: string): string[] {
  const folder = new URL(`../../samples/${id}/`, import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(new URL(name, folder), 'latin1').split('\n'))
    .filter((line) => line.length > 2 && line.length < 20_000);
}

/** What in a line decides its fate: structure, escapes, pieces of tokens, keys with a rule. */
const pieces = [
  ...['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\t', '\r', '\u0001', '\u0000', '\x7f', '\xff'],
  ...[
    '\\"',
    '\\\\',
    '\\n',
    '\\u0026',
    '\\u003C',
    '\\u003d',
    '\\u00e9',
    '\\ud800',
    '\\x',
    '\\u00',
    '\xc3\xa9',
  ],
  ...[
    '0',
    '-',
    '1.',
    'e+5',
    '.5',
    '01',
    'true',
    'nul',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e',
    '""',
    '{}',
    '[]',
  ],
  ...[
    'hvs.',
    's.',
    'x.',
    'ghp_',
    'github_pat_',
    'sk_',
    'glpat-',
    'xoxb-',
    'xapp-',
    '--B',
    '-----BEGIN',
  ],
  ...[
    'eyJ',
    'eyJhbGciOiJ.',
    '://u:p@h',
    '@',
    'token=',
    'a_key =',
    '%3D',
    'pass%3D',
    'Bearer ',
    'basic+',
    '=',
  ],
  ...[
    '"kind":"Secret",',
    '"resource":"secrets",',
    '"password":"x",',
    '"name":"A_TOKEN","value":"v",',
  ],
  ...[
    '"data":{"a":"b"},',
    '"kind":"Event",',
    '"items":[{}],',
    '"records":[1],',
    '"stage":"x",',
    '\\"Secret\\"',
  ],
  ...[
    '"data":"2026-03-01T10:00:00Z",',
    '"token":"hmac-sha256:ab",',
    '"k\\u0065y":1,',
    '"verb":"get",',
  ],
];

function mutated(line: string): string {
  let text = line;
  for (let count = Math.floor(random() * 3); count >= 0; count -= 1) {
    const at = Math.floor(random() * text.length);
    const removed = random() < 0.5 ? 0 : Math.floor(random() * 4);
    text = text.slice(0, at) + (random() < 0.85 ? pick(pieces) : '') + text.slice(at + removed);
  }
  return text.replaceAll('\n', ' ');
}

describe.each(sourceIds)('lines of %s', (id) => {
  const source = sourceOf(id);
  const lines = sampleLines(id);

  it('come out the same with the fast pass as without it', () => {
    for (let round = 0; round < 3000; round += 1) {
      const chosen = Array.from({ length: 4 }, () => mutated(pick(lines)));
      const stream = Buffer.from(`${chosen.join('\n')}\n`, 'latin1');
      const exact = scanRows(stream, { source, ...exactly });
      const fast = scanRows(stream, { source });
      // A comparison by value of 12,000 rows is slow, and only a difference needs to be shown.
      if (JSON.stringify(fast) !== JSON.stringify(exact)) expect(fast).toEqual(exact);
    }
  });

  it('mostly are passed', () => {
    const plain = lines.filter((line) => {
      const [row] = scanRows(`${line}\n`, { source, ...exactly }).rows;
      return row?.bytes === line && row.reason === undefined && row.flags.length === 0;
    });
    const passed = plain.filter((line) => {
      const bytes = Buffer.from(`${line}\n`, 'latin1');
      const pass = new PlainLines(bytes, scanRules(source));
      return pass.pass(0, bytes.length, new BlockRows()) === bytes.length;
    });
    expect(passed.length / plain.length).toBeGreaterThan(0.6);
  });
});

describe('the fast pass', () => {
  const line = (name: string): string => `{"kind":"Event","verb":"get","name":"${name}"}`;
  const source = sourceOf('k8s_audit');

  it.each([
    ['a line as long as the window', [line('a'), line('b'.repeat(2 ** 20)), line('c')]],
    [
      'a line that the window would cut',
      Array.from({ length: 700 }, (_, n) => line('d'.repeat(n * 7))),
    ],
    [
      'blank lines, carriage returns and blanks',
      ['', line('e'), ' ', `${line('f')}\r`, ` ${line('g')} `],
    ],
    [
      'a text that ends where bytes are read together',
      Array.from({ length: 70 }, (_, n) => line('h'.repeat(n))),
    ],
    [
      'escapes at every distance',
      Array.from({ length: 70 }, (_, n) => line(`${'i'.repeat(n)}\\\\\\"\\n`)),
    ],
    [
      'many keys in one object',
      [`{"kind":"Event","verb":"get",${Array.from({ length: 3000 }, (_, n) => `"k${n}":${n}`)}}`],
    ],
    [
      'nesting deeper than it goes',
      [`{"kind":"Event","verb":"get","x":${'['.repeat(90)}${']'.repeat(90)}}`],
    ],
  ])('keeps %s', (_, chosen) => {
    const { rows } = scanRows(`${chosen.join('\n')}\n`, { source });
    const kept = rows.map(({ bytes, reason, flags }) => [bytes, reason, ...flags]);
    const wanted = chosen.filter((each) => each.trim() !== '').map((each) => [each, undefined]);
    // Not compared as values: a line of a megabyte would be printed.
    expect(JSON.stringify(kept) === JSON.stringify(wanted)).toBe(true);
  });

  it('sees a token wherever it stands in a text', () => {
    const tokens = [
      'hvs.abcdefghijkl',
      'Bearer abcdef012345',
      'x://u:p@h',
      'token=abc',
      'eyJhbGciOiJ9.e30.x',
    ];
    const starts = ['', '\\n', '\\\\', '\\"', '\\u0026', ' - ', '_._'];
    for (const token of tokens) {
      for (const start of starts) {
        for (let length = 0; length < 40; length += 1) {
          const text = `${'k'.repeat(length % 20)}${start}${'k'.repeat(length >> 1)} ${token}`;
          const stream = `${line(text)}\n`;
          expect(scanRows(stream, { source })).toEqual(scanRows(stream, { source, ...exactly }));
        }
      }
    }
  });

  it('stops at the border of the block and goes on behind it', () => {
    // Every third line may hold a secret, and is the next block's too where it begins there.
    const names = Array.from({ length: 40 }, (_, n) =>
      n % 3 === 0 ? `token=secret${n}` : `j${n}`,
    );
    const stream = Buffer.from(`${names.map(line).join('\n')}\n`);
    const whole = scanRows(stream, { source });
    for (const blockBytes of [1, 17, 100, 500]) {
      expect(scanRows(stream, { source }, blockBytes)).toEqual(whole);
    }
    for (let limit = 1; limit < stream.length; limit += 1) {
      const options = { source, keys: testKeys, atEnd: true, blockBytesMax: limit };
      const { count, starts } = scanBlock(stream, 0, options);
      expect(starts[count - 1]).toBeLessThan(limit);
    }
  });
});
