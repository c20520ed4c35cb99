import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { libraryFolder, loadLibrary, type Query } from '../src/query/library.ts';
import { sources } from '../src/sources/index.ts';
import { casesPath, readCases, runCase } from './helpers/query-cases.ts';

const library = [...loadLibrary().values()];
const knownSources = new Set(sources.map((source) => source.id));

describe('the folder of queries', () => {
  it('holds nothing but <area>/<id>.sql, its cases, and the generated list', () => {
    const stems = new Set(library.map((query) => query.id));
    const odd = readdirSync(libraryFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(libraryFolder.length + 1))
      .filter(
        (path) => path !== 'README.md' && !stems.has(path.replace(/\.(sql|cases\.yaml)$/, '')),
      );
    expect(odd).toEqual([]);
  });

  it('has ids of the form area/name', () => {
    for (const query of library) expect(query.id).toMatch(/^[a-z][a-z0-9_]*\/[a-z][a-z0-9_]*$/);
  });

  it('names each query in its generated list', () => {
    const list = readFileSync(join(libraryFolder, 'README.md'), 'utf8');
    for (const query of library) expect(list).toContain(`${query.id}.sql`);
  });
});

describe.each(library)('$id', (query) => {
  it('has a title that says the act, and a question', () => {
    expect(query.title).toMatch(/^[A-Z][^\n]{3,79}$/);
    expect(query.title).not.toMatch(/\.$|^(This|Detects?|Find|Query)\b/);
    expect(query.question).toMatch(/\?$/);
  });

  it('names known sources', () => {
    expect(query.sources.filter((source) => !knownSources.has(source))).toEqual([]);
  });

  it('uses every parameter that it declares', () => {
    for (const name of Object.keys(query.params)) {
      expect(query.sql.replace(/^\/\*[\s\S]*?\*\//, '')).toMatch(new RegExp(`\\$${name}\\b`));
    }
  });

  it('has a total order', () => {
    expect(query.sql.toLowerCase()).toMatch(/\border by\b/);
  });

  it('names other queries by ids that exist', () => {
    const ids = new Set(library.map((other) => other.id));
    for (const line of query.next) {
      for (const [, id] of line.matchAll(/`([a-z0-9_]+\/[a-z0-9_]+)`/g)) expect(ids).toContain(id);
    }
  });

  it('has cases that find and cases that stay silent', () => {
    expect(existsSync(casesPath(query)), `there is no ${casesPath(query)}`).toBe(true);
    const cases = readCases(query);
    expect(
      cases.some((testCase) => testCase.expect !== undefined && testCase.expect.length > 0),
    ).toBe(true);
    expect(cases.some((testCase) => testCase.expect_empty === true)).toBe(true);
    expect(new Set(cases.map((testCase) => testCase.name)).size).toBe(cases.length);
  });

  it.each(existingCases(query))('$name', async (testCase) => {
    expect(await runCase(query, testCase)).toEqual(testCase.expect_empty ? [] : testCase.expect);
  });
});

function existingCases(query: Query) {
  return existsSync(casesPath(query)) ? readCases(query) : [];
}
