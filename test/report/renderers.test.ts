import { describe, expect, it } from 'vitest';
import { renderRows } from '../../src/report/rows.ts';
import { textWidth } from '../../src/report/table.ts';

const hostile = 'a\u001b[2Jb\u009b1m\u202ec\nd';

describe('renderers', () => {
  it('align a table, numbers to the right', () => {
    const rows = [
      { name: 'api', count: 5, list: ['a', 'b'], none: null },
      { name: '給与-db', count: 12, list: [], none: null },
    ];
    expect(renderRows('table', ['name', 'count', 'list', 'none'], rows, {})).toBe(
      'name     count  list  none\napi          5  a, b\n給与-db     12\n',
    );
  });

  it('show a table that is too wide one row under the other, whole', () => {
    const rows = [{ id: 'x'.repeat(30), other: 'y'.repeat(30) }];
    const text = renderRows('table', ['id', 'other'], rows, { widthMax: 40 });
    expect(text).toBe(`-- 1 of 1\nid     ${'x'.repeat(30)}\nother  ${'y'.repeat(30)}\n`);
  });

  it('say that there are no rows', () => {
    expect(renderRows('table', ['a'], [], {})).toBe('(no rows)\n');
    expect(renderRows('json', ['a'], [], {})).toBe('[]\n');
    expect(renderRows('csv', ['a'], [], {})).toBe('a\r\n');
    expect(renderRows('ndjson', ['a'], [], {})).toBe('');
  });

  it.each(['table', 'json', 'csv', 'ndjson'] as const)(
    'emit no control character as %s',
    (format) => {
      const text = renderRows(format, ['cell'], [{ cell: hostile }], {});
      const allowed = format === 'csv' ? /[^\r\n\P{Cc}]|\p{Cf}/u : /[^\n\P{Cc}]|\p{Cf}/u;
      expect(text).not.toMatch(allowed);
    },
  );

  it.each(['json', 'ndjson'] as const)('keep the exact value as %s', (format) => {
    const parsed = JSON.parse(renderRows(format, ['cell'], [{ cell: hostile }], {}));
    expect(format === 'json' ? parsed[0].cell : parsed.cell).toBe(hostile);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['\n=1', '"\'\n=1"'],
    ['＝1', "'＝1"],
    ['a,"b"', '"a,""b"""'],
    ['plain', 'plain'],
  ])('neutralise %j in CSV', (cell, expected) => {
    expect(renderRows('csv', ['cell'], [{ cell }], {})).toBe(`cell\r\n${expected}\r\n`);
  });

  it('leave numbers in CSV alone', () => {
    expect(renderRows('csv', ['n'], [{ n: -5 }], {})).toBe('n\r\n-5\r\n');
  });

  it('render more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, (_, n) => ({ n }));
    expect(renderRows('table', ['n'], rows, {}).split('\n')).toHaveLength(200_002);
  });

  it('know the width of wide characters and of marks', () => {
    expect(textWidth('給与')).toBe(4);
    expect(textWidth('e\u0301')).toBe(1);
  });
});
