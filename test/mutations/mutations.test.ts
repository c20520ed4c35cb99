import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { findPredicates, without } from '../../scripts/mutate/predicates.ts';
import { loadLibrary } from '../../src/query/library.ts';
import { readEquivalents } from '../helpers/query-cases.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const script = fileURLToPath(new URL('../../scripts/mutate-queries.ts', import.meta.url));
const statements = readdirSync(join(folder, 'statements'));
const names = statements.filter((name) => name.endsWith('.sql'));

describe('the predicates of a statement', () => {
  it('are written down for each statement', () => {
    const stems = names.map((name) => name.replace(/\.sql$/, ''));
    expect(statements).toEqual(stems.flatMap((stem) => [`${stem}.predicates.txt`, `${stem}.sql`]));
  });

  it.each(names)('of %s are all found, and nothing else', (name) => {
    const path = join(folder, 'statements', name);
    const lines = findPredicates(readFileSync(path, 'utf8')).map(
      ({ line, clause, instead, text }) => `${line} ${clause} ${instead || 'nothing'}: ${text}\n`,
    );
    const wanted = readFileSync(path.replace(/\.sql$/, '.predicates.txt'), 'utf8');
    expect(lines.join('')).toBe(wanted);
  });

  it.each(names)('of %s leave a statement that parses, and its lines', async (name) => {
    const sql = readFileSync(join(folder, 'statements', name), 'utf8');
    const connection = await (await DuckDBInstance.create()).connect();
    const mutants = findPredicates(sql).map((predicate) => without(sql, predicate));
    for (const text of [sql, ...mutants]) {
      expect(text.split('\n')).toHaveLength(sql.split('\n').length);
      const parsed = await connection.runAndReadAll('select json_serialize_sql($text::varchar)', {
        text,
      });
      expect(JSON.parse(String(parsed.value(0, 0)))).toMatchObject({ error: false });
    }
    connection.closeSync();
  });

  it.each(["select 'a", 'select "a', 'select 1 /* /* */'])('of %s are refused', (sql) => {
    expect(() => findPredicates(sql)).toThrow(/^Cannot read the SQL at line 1: /);
  });
});

describe('marks of equivalent predicates', () => {
  it.each([...loadLibrary().values()])('of $id name predicates that it has', (query) => {
    const texts = findPredicates(query.sql).map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining(readEquivalents(query).map((mark) => mark.equivalent)),
    );
  });
});

describe('npm run mutate', () => {
  it('reports what no case kills, and marks that are untrue', () => {
    const { status, stdout, stderr } = run('--folder', join(folder, 'library'));
    const lines = stdout
      .replaceAll('test/mutations/library/', '')
      .replace(/[\d.]+ s\n$/, '0 s\n')
      .split('\n');
    expect(lines).toEqual([
      'small/denied.sql:18: no case fails without where: ($actor is null or actor = $actor)',
      'small/denied.sql:18: no case fails without where: actor = $actor',
      'small/denied.sql:20: no case fails without where: code is distinct from 403',
      "small/denied.sql: marked as equivalent, but the query has no such predicate: outcome = 'failure'",
      "small/denied.sql: marked as equivalent, but a case kills it: outcome = 'denied'",
      expect.stringMatching(
        /^small\/sound\.sql:18: refused by DuckDB \(.*\) without: event\."at" >= marker\."at"$/,
      ),
      '10 mutants of 2 queries: 5 killed (1 of them refused by DuckDB), 2 equivalent, 3 survive, 2 unused marks, 0 s',
      '',
    ]);
    expect(stderr).toContain('small/sound: 3 of 3 mutants\n');
    expect(status).toBe(1);
  });

  it('is content with a query whose cases need every predicate, and quiet with --json', () => {
    const folderOption = ['--folder', join(folder, 'library')];
    const result = run(...folderOption, '--query', 'small/sound', '--json');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({
      queries: [{ id: 'small/sound', mutants: 3, killed: 3, survivors: [], unusedMarks: [] }],
    });
  });
});

function run(...parameters: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', script, ...parameters], {
    encoding: 'utf8',
  });
}
