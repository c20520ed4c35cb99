import { describe, expect, it } from 'vitest';
import { type ScannedRow, scanRows } from '../helpers/scan-rows.ts';
import { seededRandom } from '../helpers/seeded-random.ts';

const event = '{"kind":"Event","verb":"get"}';
const good = (position: number, bytes = event, ...flags: string[]): ScannedRow =>
  ({ position, kind: 'record', bytes, flags }) as ScannedRow;
const bad = (position: number, bytes: string, reason: string): ScannedRow => ({
  ...{ position, kind: 'record', bytes, reason, flags: [] },
});
const around = (position: number, bytes: string): ScannedRow => ({
  ...{ position, kind: 'envelope', bytes, flags: [] },
});
const whole = (rows: ScannedRow[], blankLines = 0, unterminated = false) => ({
  ...{ rows, blankLines, unterminated },
});

describe('ugly input', () => {
  it.each([
    ['an empty file', '', whole([])],
    [
      'a truncated line',
      `{"kind":"Ev\n${event}\n`,
      whole([bad(0, '{"kind":"Ev', 'truncated'), good(12)]),
    ],
    [
      'a truncated last line',
      `${event}\n{"kind":"Ev`,
      whole([good(0), bad(30, '{"kind":"Ev', 'truncated')], 0, true),
    ],
    ['a last line without line end', `${event}\n${event}`, whole([good(0), good(30)], 0, true)],
    ['garbage', `GARBAGE\n${event}\n`, whole([bad(0, 'GARBAGE', 'not_json'), good(8)])],
    [
      'two objects on one line',
      `${event}${event}\n${event}\n`,
      whole([bad(0, event + event, 'text_after_value'), good(59)]),
    ],
    ['blank lines', `\n${event}\n \r\n\n`, whole([good(1)], 3)],
    ['line ends of both kinds', `${event}\r\n${event}\n`, whole([good(0, `${event}\r`), good(31)])],
    [
      'a lone carriage return',
      `${event}\r${event}\n`,
      whole([bad(0, `${event}\r${event}`, 'text_after_value')]),
    ],
    [
      'a raw NUL',
      '{"kind":"Event","verb":"a\0b"}\n',
      whole([bad(0, '{"kind":"Event","verb":"a\0b"}', 'control_character')]),
    ],
    [
      'a raw tab in a text',
      '{"kind":"Event","verb":"a\tb"}\n',
      whole([bad(0, '{"kind":"Event","verb":"a\tb"}', 'control_character')]),
    ],
    [
      'an escaped NUL',
      '{"kind":"Event","verb":"a\\u0000b"}\n',
      whole([good(0, '{"kind":"Event","verb":"a\\u0000b"}')]),
    ],
    [
      'an unknown escape',
      '{"kind":"Event","verb":"\\x"}\n',
      whole([bad(0, '{"kind":"Event","verb":"\\x"}', 'invalid_escape')]),
    ],
    [
      'a duplicate key',
      '{"kind":"Event","verb":"a","verb":"b"}\n',
      whole([good(0, '{"kind":"Event","verb":"a","verb":"b"}', 'duplicate_key')]),
    ],
    [
      'a duplicate key, escaped',
      '{"kind":"Event","verb":"a","v\\u0065rb":"b"}\n',
      whole([good(0, '{"kind":"Event","verb":"a","v\\u0065rb":"b"}', 'duplicate_key')]),
    ],
    [
      'a trailing comma',
      '{"kind":"Event","verb":["a",],}\n',
      whole([good(0, '{"kind":"Event","verb":["a",],}', 'trailing_comma')]),
    ],
    [
      'two trailing commas',
      '{"kind":"Event","verb":"a",,}\n',
      whole([bad(0, '{"kind":"Event","verb":"a",,}', 'not_json')]),
    ],
    [
      'numbers that are none',
      '{"kind":"Event","verb":[NaN,Infinity,-Infinity]}\n',
      whole([good(0, '{"kind":"Event","verb":[NaN,Infinity,-Infinity]}', 'not_a_number')]),
    ],
    [
      'values that are no objects',
      '[1,2]\n"s"\n12\nnull\n',
      whole([
        bad(0, '[1,2]', 'not_an_object'),
        bad(6, '"s"', 'not_an_object'),
        bad(10, '12', 'not_an_object'),
        bad(13, 'null', 'not_an_object'),
      ]),
    ],
    [
      'objects of another kind',
      '{}\n{"kind":0,"verb":"get"}\n{"kind":"Pod","verb":"get"}\n',
      whole([
        bad(0, '{}', 'not_k8s_audit'),
        bad(3, '{"kind":0,"verb":"get"}', 'not_k8s_audit'),
        bad(27, '{"kind":"Pod","verb":"get"}', 'not_k8s_audit'),
      ]),
    ],
    ['a byte order mark', `\ufeff${event}\n`, whole([around(0, 'ï»¿'), good(3)])],
    [
      'a byte order mark inside',
      `${event}\n\ufeff${event}\n`,
      whole([good(0), bad(30, `ï»¿${event}`, 'not_json')]),
    ],
  ])('%s', (_, stream, expected) => {
    expect(scanRows(stream)).toEqual(expected);
  });

  it('invalid UTF-8 spoils its line alone', () => {
    const line = Buffer.concat([
      Buffer.from('{"kind":"Event","verb":"'),
      Buffer.from([0xff, 0x22, 0x7d]),
    ]);
    const { rows } = scanRows(Buffer.concat([line, Buffer.from(`\n${event}\n`)]));
    expect(rows).toEqual([bad(0, line.toString('latin1'), 'invalid_utf8'), good(28)]);
  });

  it('a lone surrogate is kept, and read as U+FFFD', () => {
    const line = '{"kind":"Event","verb":"\\\\ud800 \\ud83d\\ude00 \\uD800x \\udc00"}';
    const text = '{"kind":"Event","verb":"\\\\ud800 \\ud83d\\ude00 \\ufffdx \\ufffd"}';
    expect(scanRows(`${line}\n`).rows).toEqual([{ ...good(0, line, 'lone_surrogate'), text }]);
  });

  it('nesting of 100,000 levels', () => {
    const line = `{"kind":"Event","verb":${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}}`;
    expect(scanRows(`${line}\n`).rows).toEqual([good(0, line)]);
    expect(scanRows(`${line.slice(0, -1)}\n${event}\n`).rows.map((row) => row.reason)).toEqual([
      'truncated',
      undefined,
    ]);
  });

  it('a line of 40 MB', () => {
    const line = `{"kind":"Event","verb":"${'a'.repeat(40 * 1024 * 1024)}"}`;
    const { rows } = scanRows(`${event}\n${line}\n${event}\n`);
    expect(rows.map((row) => [row.position, row.bytes.length, row.reason])).toEqual([
      [0, event.length, undefined],
      [30, line.length, undefined],
      [31 + line.length, event.length, undefined],
    ]);
  });

  it('a line longer than a record may be comes in pieces', () => {
    const line = `{"kind":"Event","verb":"${'a'.repeat(300)}"}`;
    const expected = whole([
      good(0),
      bad(30, line.slice(0, 128), 'too_long'),
      bad(158, line.slice(128, 256), 'too_long'),
      bad(286, line.slice(256), 'too_long'),
      good(31 + line.length),
    ]);
    expect(scanRows(`${event}\n${line}\n${event}\n`, { recordBytesMax: 128 })).toEqual(expected);
    expect(scanRows(`${event}\n${line}\n${event}\n`, { recordBytesMax: 128 }, 100)).toEqual(
      expected,
    );
  });
});

describe('a value over several lines', () => {
  const pretty = '{\n  "kind": "Event",\n  "verb": "get"\n}';

  it.each([
    [
      'is one record, between lines',
      `${event}\n${pretty}\n\n  ${pretty} \n${event}\n`,
      whole([good(0), good(30, pretty), good(72, pretty), good(112)], 1),
    ],
    [
      'torn by a line, leaves that line good',
      `{"kind":"Event",\n${event}\n`,
      whole([bad(0, '{"kind":"Event",', 'truncated'), good(17)]),
    ],
    [
      'torn before the last line, leaves that line good',
      `{"kind":\n${event}\n`,
      whole([bad(0, '{"kind":', 'truncated'), good(9)]),
    ],
    [
      'cut off at the end, is one torn record',
      `${event}\n{\n "kind": "Event",\n "ve`,
      whole([good(0), bad(30, '{\n "kind": "Event",\n "ve', 'truncated')], 0, true),
    ],
    [
      'torn in a text, is set aside line by line',
      `{\n "kind": "Eve\n${event}\n`,
      whole([bad(0, '{', 'truncated'), bad(2, ' "kind": "Eve', 'text_after_value'), good(16)]),
    ],
  ])('%s', (_, stream, expected) => {
    expect(scanRows(stream)).toEqual(expected);
  });

  it('costs no more than its length, however its brackets lie', () => {
    const open = '[\n'.repeat(200_000);
    const closed = `${'[\n'.repeat(100_000)}${'],\n'.repeat(100_000)}`;
    const begun = performance.now();
    for (const stream of [open, `${open}{"a" 1}\n`, `${closed}x\n`]) scanRows(stream);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});

describe('a document', () => {
  it.each([
    [
      'on one line',
      `{"kind":"EventList","items":[${event}, ${event}],"x":1}\n${event}\n`,
      whole([around(0, '{"kind":"EventList","items":[, ],"x":1}'), good(29), good(60), good(98)]),
    ],
    [
      'on many lines',
      `[\n ${event},\n ${event}\n]\n${event}\n`,
      whole([around(0, '[\n ,\n \n]'), good(3), good(35), good(67)]),
    ],
    [
      'with two arrays to cut',
      `{"Records":[${event}],"records":[${event}]}\n`,
      whole([around(0, '{"Records":[],"records":[]}'), good(12), good(54)]),
    ],
    [
      'with nothing in it',
      '[]\n{"items":[]}\n',
      whole([around(0, '[]'), around(3, '{"items":[]}')]),
    ],
    [
      'with an array of no objects is not cut',
      '{"kind":"Event","verb":"get","items":["a"]}\n',
      whole([bad(0, '{"kind":"Event","verb":"get","items":["a"]}', 'not_k8s_audit')]),
    ],
    [
      'with elements of another kind',
      `[${event},{},7]\n`,
      whole([
        around(0, '[,,]'),
        good(1),
        bad(31, '{}', 'not_k8s_audit'),
        bad(34, '7', 'not_an_object'),
      ]),
    ],
    [
      'with a flag of its own',
      `{"items":[${event},],"a":1,"a":2}\n`,
      whole([
        { ...around(0, '{"items":[,],"a":1,"a":2}'), flags: ['trailing_comma', 'duplicate_key'] },
        good(10),
      ]),
    ],
    [
      'cut off keeps its whole elements',
      `{"items":[${event},{"kind":"Ev`,
      whole(
        [
          { ...around(0, '{"items":[,'), reason: 'truncated' },
          good(10),
          bad(40, '{"kind":"Ev', 'truncated'),
        ],
        0,
        true,
      ),
    ],
    [
      'torn keeps its whole elements, and lines go on',
      `{"items":[\n${event},\n{"kind":"Ev\n${event}\n`,
      whole([
        { ...around(0, '{"items":[\n,\n'), reason: 'line_end_in_text' },
        good(11),
        bad(42, '{"kind":"Ev', 'truncated'),
        good(54),
      ]),
    ],
    [
      'with text behind it',
      `{"items":[${event}]} x\n${event}\n`,
      whole([
        { ...around(0, '{"items":[]'), reason: 'text_after_value' },
        good(10),
        bad(40, '} x', 'text_after_value'),
        good(44),
      ]),
    ],
    [
      'inside a document is not cut',
      `[{"kind":"Event","verb":"get","items":[${event}]}]\n`,
      whole([
        around(0, '[]'),
        bad(1, `{"kind":"Event","verb":"get","items":[${event}]}`, 'not_k8s_audit'),
      ]),
    ],
  ])('%s', (_, stream, expected) => {
    expect(scanRows(stream)).toEqual(expected);
  });
});

describe('a stream in blocks', () => {
  const random = seededRandom(7);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const numbered = (): string => `{"kind":"Event","verb":"get","x":${Math.floor(random() * 1000)}}`;

  function randomPart(): string {
    const events = Array.from({ length: Math.floor(random() * 5) }, numbered);
    const parsed = events.map((each) => JSON.parse(each) as unknown);
    return pick([
      () => `${numbered()}${pick(['\n', '\r\n', ' \n'])}`,
      () => `${JSON.stringify(JSON.parse(numbered()), null, pick([1, 2, '\t']))}\n`,
      () => `${JSON.stringify({ a: { b: [1] }, items: parsed, z: 'é' }, null, pick([0, 2]))}\n`,
      () => `${JSON.stringify(parsed, null, pick([0, 1]))}\r\n`,
      () => `[${events.join(' ,\n ')}]\n`,
      () =>
        pick(['\n', '  \n', 'GARBAGE\n', '{"kind":"Ev\n', `${event}${event}\n`, '{\n', '"x"\n']),
    ])();
  }

  it('has the same rows whatever the size of the blocks', () => {
    for (let round = 0; round < 300; round += 1) {
      const parts = Array.from({ length: 1 + Math.floor(random() * 12) }, randomPart).join('');
      const stream = Buffer.from(parts.slice(0, random() < 0.3 ? -3 : undefined));
      const expected = scanRows(stream);
      for (const size of [1, 7, 64, 1 + Math.floor(random() * 300)]) {
        const { rows, blankLines } = scanRows(stream, {}, size);
        const byPosition = rows.toSorted((left, right) => left.position - right.position);
        expect({ size, stream: parts, rows: byPosition, blankLines }).toEqual({
          ...{ size, stream: parts, rows: expected.rows, blankLines: expected.blankLines },
        });
      }
    }
  });

  it('leaves no byte out but line ends, blanks and what stands in envelopes', () => {
    for (let round = 0; round < 200; round += 1) {
      const stream = Array.from({ length: 8 }, randomPart).join('');
      const letters = (text: string): string => text.replace(/\s/g, '').split('').sort().join('');
      const rows = scanRows(stream)
        .rows.map((row) => row.bytes)
        .join('');
      expect(letters(rows)).toBe(letters(Buffer.from(stream).toString('latin1')));
    }
  });
});
