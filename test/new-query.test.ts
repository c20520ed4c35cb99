import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutateQuery } from '../scripts/mutate/mutate-query.ts';
import { loadLibrary } from '../src/query/library.ts';
import { readCases, runCase } from './helpers/query-cases.ts';

const script = fileURLToPath(new URL('../scripts/new-query.ts', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'custody-new-query-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function run(name: string) {
  const command = ['--import', 'tsx', script, '--name', name, '--folder', folder];
  return spawnSync(process.execPath, command, { encoding: 'utf8' });
}

describe('npm run new:query', () => {
  it('makes a query that passes with its cases as they are', async () => {
    expect(run('secrets/failed_reads').status).toBe(0);
    const query = loadLibrary(folder).get('secrets/failed_reads');
    if (!query) throw new Error('the query was not made');
    const cases = readCases(query);
    expect(cases).toHaveLength(3);
    for (const testCase of cases) {
      expect(await runCase(query, testCase)).toEqual(testCase.expect ?? []);
    }
    expect(await mutateQuery(query)).toMatchObject({ mutants: 8, killed: 8, survivors: [] });
  });

  it('refuses to overwrite', () => {
    run('secrets/failed_reads');
    const again = run('secrets/failed_reads');
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/^Cannot make query "secrets\/failed_reads": .* exists\nhint: /);
  });

  it.each(['', 'reads', '../reads', 'Secrets/reads', 'secrets/reads/more', 'secrets/reads.sql'])(
    'refuses the name "%s"',
    (name) => {
      expect(run(name).status).toBe(2);
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});
