// npm run mutate:queries [-- id…]: takes each predicate of each canned query away, one at a time, and
// runs the query's cases. One that no case misses is reported: nothing would notice if it were wrong.
import { loadLibrary, type Query } from '../src/query/library.ts';
import { readCases, runCase } from '../test/helpers/query-cases.ts';

interface Mutant {
  line: number;
  predicate: string;
  sql: string;
}

const wanted = process.argv.slice(2);
const queries = [...loadLibrary().values()].filter(
  ({ id }) => wanted.length === 0 || wanted.some((each) => id.startsWith(each)),
);
let survivors = 0;
for (const query of queries) {
  const mutants = mutantsOf(query.sql);
  // Of a query that fails its cases as it is, they prove nothing.
  if (await isCaught(query)) throw new Error(`${query.id} fails its own cases`);
  let caught = 0;
  for (const mutant of mutants) {
    if (await isCaught({ ...query, sql: mutant.sql })) caught += 1;
    else {
      survivors += 1;
      process.stdout.write(`${query.id}:${mutant.line} is in no case: ${mutant.predicate}\n`);
    }
  }
  process.stdout.write(`${query.id}: ${caught} of ${mutants.length} predicates are in a case\n`);
}
if (survivors > 0) process.exitCode = 1;

async function isCaught(query: Query): Promise<boolean> {
  for (const testCase of readCases(query)) {
    try {
      const rows = await runCase(query, testCase);
      const expected = testCase.expect_empty ? [] : testCase.expect;
      if (JSON.stringify(rows) !== JSON.stringify(expected)) return true;
    } catch {
      return true;
    }
  }
  return false;
}

/** Each line that opens with `where`, `on`, `and` or `or`, with what its parentheses reach to. */
function mutantsOf(sql: string): Mutant[] {
  const lines = sql.split('\n');
  const mutants: Mutant[] = [];
  const start = lines.findIndex((line) => line.startsWith('--- */'));
  for (let index = start + 1; index < lines.length; index += 1) {
    const match = /^(\s*)(where|on|and|or)\s+(\S.*)$/.exec(lines[index] ?? '');
    if (match === null) continue;
    const [, indent = '', word = '', first = ''] = match;
    const last = endOfPredicate(lines, index, first);
    const tail = closing(lines[last] ?? '', first, last === index);
    const neutral = word === 'or' ? 'false' : 'true';
    const changed = [
      ...lines.slice(0, index),
      `${indent}${word} ${neutral}${tail}`,
      ...lines.slice(last + 1),
    ];
    mutants.push({ line: index + 1, predicate: first, sql: changed.join('\n') });
  }
  return mutants;
}

/** The line where the parentheses and `case`s that the predicate opens are closed again. */
function endOfPredicate(lines: readonly string[], from: number, first: string): number {
  let depth = depthOf(first);
  let at = from;
  while (depth > 0 && at + 1 < lines.length) {
    at += 1;
    depth += depthOf(lines[at] ?? '');
  }
  return at;
}

function depthOf(text: string): number {
  const plain = text.replace(/'[^']*'/g, '').replace(/--.*$/, '');
  const opened = plain.match(/\(|\bcase\b/g)?.length ?? 0;
  const closed = plain.match(/\)|\bend\b/g)?.length ?? 0;
  return opened - closed;
}

/** What closes more than the predicate opened belongs to the text around it. */
function closing(line: string, first: string, isOneLine: boolean): string {
  const depth = depthOf(isOneLine ? first : line);
  return isOneLine && depth < 0 ? ')'.repeat(-depth) : '';
}
