import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findQuery, loadLibrary } from '../../src/query/library.ts';
import type { ParameterValue } from '../../src/query/parameters.ts';
import { runQuery } from '../../src/query/run-query.ts';
import { chainOf, type Tables } from './run-case.ts';
import { reversed } from './soundness.ts';

/** A stream of a log: so many records each minute, or one at each of some times. */
interface Stream {
  stream: string;
  source?: string;
  cluster?: string;
  from?: string;
  until?: string;
  a_minute?: number;
  /** Left out of it: from, until. */
  without?: [string, string][];
  at?: string[];
}

interface CoverageCase {
  name: string;
  streams?: Stream[];
  given?: Tables;
  query: string;
  params?: Record<string, ParameterValue>;
  /** The rows of the query, the columns named in `shows` one behind the other. */
  shows: string[];
  rows: string[];
}

const folder = new URL('log-coverage/', import.meta.url);
const library = loadLibrary();

describe.each(readdirSync(folder))('%s', (file) => {
  const cases = parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true });
  it.each(cases as CoverageCase[])('$name', async (one) => {
    const tables = tablesOf(one);
    expect(await answer(tables, one)).toEqual(one.rows);
    expect(await answer(reversed(tables), one)).toEqual(one.rows);
  });
});

async function answer(tables: Tables, { query, params = {}, shows }: CoverageCase) {
  const connection = await chainOf(tables);
  const { rows } = await runQuery(connection, findQuery(library, query), params);
  connection.closeSync();
  return rows.map((row) => shows.map((name) => row[name] ?? '-').join(' '));
}

function tablesOf({ streams = [], given = {} }: CoverageCase): Tables {
  const minutes = streams.flatMap(minutesOf);
  return {
    ...given,
    log_minute: minutes,
    stream_interval: streams.map((one) => {
      const own = minutes.filter(({ stream }) => stream === one.stream);
      const times = own.flatMap(({ first_at, last_at }) => [first_at, last_at]).sort();
      return { ...placeOf(one), first_at: times[0], last_at: times.at(-1) };
    }),
  };
}

function placeOf({ stream, source = 'k8s_audit', cluster = 'prod' }: Stream) {
  return { stream, source, cluster };
}

/** What a source would tell of the stream: its records by the minute. */
function minutesOf(one: Stream) {
  const rowOf = (from: number, until: number, records: number) => ({
    batch_id: `batch of ${one.stream}`,
    ...placeOf(one),
    minute: timeOf(from - (from % 60_000)),
    first_at: timeOf(from),
    last_at: timeOf(until),
    records,
  });
  const single = (one.at ?? []).map((time) => rowOf(readTime(time), readTime(time), 1));
  const { from, until, a_minute = 60, without = [] } = one;
  if (from === undefined || until === undefined) return single;
  const isLeftOut = (time: number) =>
    without.some(([start, end]) => time >= readTime(start) && time < readTime(end));
  const count = (readTime(until) - readTime(from)) / 60_000;
  return Array.from({ length: count }, (_, index) => readTime(from) + index * 60_000)
    .filter((time) => !isLeftOut(time))
    .map((time) => rowOf(time, time + 60_000 - 60_000 / a_minute, a_minute));
}

/** `02:30`, of the first day or the one that stands before it: `3 02:30`. */
function readTime(text: string): number {
  const [, day = '1', time = ''] = /^(?:(\d+) )?(\d\d:\d\d)$/.exec(text) ?? [];
  return Date.parse(`2026-03-${day.padStart(2, '0')}T${time}:00Z`);
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
