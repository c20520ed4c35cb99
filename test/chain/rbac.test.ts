import { readdirSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadLibrary } from '../../src/query/library.ts';
import type { ParameterValue } from '../../src/query/parameters.ts';
import { runQuery } from '../../src/query/run-query.ts';
import { rbacFacts, type Statement } from './rbac-facts.ts';
import { chainOf, select, type Tables } from './run-case.ts';
import { expectSame, expectSound, reversed } from './soundness.ts';
import { factsOf, type Happening } from './story.ts';

interface RbacCase {
  name: string;
  given: (Statement | Statement[])[];
  /** What holds the credential, for cases that ask who could have read it. */
  story?: (Happening | Happening[])[];
  asks?: Ask[];
  /** The whole answer: who could read which version, from when until when, by which ways. */
  readers?: string[];
  links?: string[];
}

interface Ask {
  answer: string | string[];
  at: string;
  why: string;
  [parameter: string]: ParameterValue;
}

const folder = new URL('rbac/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const dumps = ['role_grant', 'role_grant_gap', 'entity', 'link', 'exposure'];

describe.each(files)('%s', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  // The count of aliases guards against strangers' files; these are ours, and full of them.
  const cases = parse(text, { merge: true, maxAliasCount: -1 }) as RbacCase[];

  it.each(cases.filter(({ given }) => given !== undefined))('$name', async (rbacCase) => {
    const { given, story, asks = [], readers, links } = rbacCase;
    const facts = both(rbacFacts(given.flat()), factsOf((story ?? []).flat()));
    const connection = await chainOf(facts);
    for (const ask of asks) {
      expect(await answerTo(connection, ask), ask.why).toEqual([ask.answer].flat());
    }
    if (readers) expect(await lines(connection, readersSql)).toEqual(readers);
    if (links) expect(await lines(connection, linksSql)).toEqual(links);
    await expectSound(connection);
    const other = await chainOf(reversed(facts));
    await expectSame(connection, other, dumps);
    connection.closeSync();
    other.closeSync();
  });
});

const readersSql = `select concat_ws(' ',
      holder.id || case when holder.cluster <> 'prod' then '@' || holder.cluster else '' end,
      case when holder.class <> 'human' then '(' || holder.class || ')' end,
      case when object <> 'vault:secret/payments/stripe' then object end,
      'v' || coalesce(version, '?'),
      strftime(first_at, '%H:%M:%S') || '..' || coalesce(strftime(last_at, '%H:%M:%S'), ''),
      end_state, grade, case when observed then 'OBSERVED' end
    ) as line
  from exposure
  where path = 'rbac'
  order by holder.id, holder.cluster, object, version, first_at`;

const linksSql = `select concat_ws(' ', from_id, 'to', to_id,
      strftime(valid_from, '%H:%M:%S') || '..' || coalesce(strftime(valid_to, '%H:%M:%S'), ''),
      grade, rule
    ) as line
  from link
  where kind = 'could_read'
  order by from_id, to_id, valid_from`;

async function lines(connection: DuckDBConnection, sql: string): Promise<unknown[]> {
  return (await select(connection, sql)).map(({ line }) => line);
}

/** The answer of the canned query, as one line a row. */
async function answerTo(connection: DuckDBConnection, ask: Ask): Promise<string[]> {
  const question = loadLibrary().get('privilege/can_i');
  if (question === undefined) throw new Error('there is no query privilege/can_i');
  const { at, answer: _answer, why: _why, ...asked } = ask;
  const params = { cluster: 'prod', at: `2026-01-01T${at}Z`, ...asked };
  const { rows } = await runQuery(connection, question, params);
  if (rows.length === 0) return ['no'];
  return rows.map(({ answer, reason, binding, role, subject }) =>
    [answer, said('by', binding), said('of', role), said('to', subject), reason && `(${reason})`]
      .filter((part) => part)
      .join(' '),
  );
}

function said(word: string, value: unknown): string | undefined {
  return value === null ? undefined : `${word} ${String(value)}`;
}

function both(one: Tables, other: Tables): Tables {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    names.map((name) => [name, [...(one[name] ?? []), ...(other[name] ?? [])]]),
  );
}
