import { readdirSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadLibrary } from '../../src/query/library.ts';
import type { ParameterValue } from '../../src/query/parameters.ts';
import { runQuery } from '../../src/query/run-query.ts';
import { rbacFacts, type Statement } from './rbac-facts.ts';
import { chainOf } from './run-case.ts';

interface RbacCase {
  name: string;
  given: (Statement | Statement[])[];
  question: Record<string, ParameterValue>;
  /** The whole answer: yes, no or unknown, by which binding of which role to whom, or why not known. */
  answer: string | string[];
}

const folder = new URL('rbac/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const question = loadLibrary().get('privilege/can_i');

describe.each(files)('%s', (file) => {
  const cases = parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true }) as RbacCase[];

  it.each(cases.filter(({ answer }) => answer !== undefined))('$name', async (rbacCase) => {
    const given = rbacCase.given.flat();
    const expected = [rbacCase.answer].flat();
    for (const statements of [given, given.toReversed()]) {
      const connection = await chainOf(rbacFacts(statements));
      expect(await answer(connection, rbacCase.question)).toEqual(expected);
      connection.closeSync();
    }
  });
});

async function answer(
  connection: DuckDBConnection,
  { at, ...asked }: RbacCase['question'],
): Promise<string[]> {
  if (question === undefined) throw new Error('there is no query privilege/can_i');
  const params = { cluster: 'prod', at: `2026-01-01T${String(at)}Z`, ...asked };
  const { rows } = await runQuery(connection, question, params);
  return rows.map(({ answer: said, reason, binding, role, subject }) =>
    [
      said,
      binding === null ? '' : `by ${String(binding)}`,
      role === null ? '' : `of ${String(role)}`,
      subject === null ? '' : `to ${String(subject)}`,
      reason === null ? '' : `(${String(reason)})`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
}
