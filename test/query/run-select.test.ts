import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSelect } from '../../src/query/run-select.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create();
  connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

describe('runSelect', () => {
  it('gives values that JSON can carry', async () => {
    const { columns, rows } = await runSelect(
      connection,
      `select 1::bigint as small, 9007199254740993::bigint as large, 1.50::decimal(9, 2) as price,
        timestamptz '2026-03-01 14:00:00.25+02' as instant, timestamp '2026-03-01' as plain,
        'ab'::blob as bytes, ['x', null] as list, { 'at': timestamptz '2026-03-01 00:00:00Z' } as nested,
        map { 'k': 1 } as dictionary, '{"a": [1]}'::json as document, 'nan'::double as odd,
        date '2026-03-01' as day`,
    );
    expect(columns[0]).toBe('small');
    expect(rows).toEqual([
      {
        small: 1,
        large: '9007199254740993',
        price: 1.5,
        instant: '2026-03-01T12:00:00.250Z',
        plain: '2026-03-01T00:00:00Z',
        bytes: '6162',
        list: ['x', null],
        nested: { at: '2026-03-01T00:00:00Z' },
        dictionary: { k: 1 },
        document: { a: [1] },
        odd: 'NaN',
        day: '2026-03-01',
      },
    ]);
  });

  it.each([
    ['', 'no statement'],
    ['-- nothing', 'no statement'],
    ['select 1; select 2', '2 statements'],
    ['create table stolen (a integer)', 'not a SELECT'],
    ['explain analyze select 1', 'not a SELECT'],
    ['select * from enable_profiling()', 'enable_profiling()'],
    ['select * from system.main.ENABLE_LOGGING()', 'enable_logging()'],
    ["select * from query('select 1')", 'query()'],
    ["select (select max(1) from range(1)) + write_log('x')", 'write_log()'],
    ['select $missing', 'has no value'],
    ['select frm', 'Binder Error'],
    ['selec 1', 'syntax error'],
  ])('refuses "%s" in one line', async (sql, state) => {
    const attempt = runSelect(connection, sql);
    await expect(attempt).rejects.toThrow(state);
    await expect(attempt).rejects.toThrow(/^Cannot run the statement: [^\n]+$/);
  });

  it('stops at the limit of rows and says so', async () => {
    const limits = { rowsMax: 10, secondsMax: 10 };
    await expect(runSelect(connection, 'from range(11)', {}, limits)).rejects.toThrow('10 rows');
    expect((await runSelect(connection, 'from range(10)', {}, limits)).rows).toHaveLength(10);
  });

  it('stops at the limit of time and says so', async () => {
    const limits = { rowsMax: 10, secondsMax: 0.2 };
    const endless =
      'select count(*) from range(1000000000) a, range(1000000000) b where a.range < b.range';
    await expect(runSelect(connection, endless, {}, limits)).rejects.toThrow('more than 0.2 s');
  });
});
