import { isDeepStrictEqual } from 'node:util';
import { CustodyError } from '../../src/errors.ts';
import type { Query } from '../../src/query/library.ts';
import {
  type EquivalentPredicate,
  type OpenCase,
  openCase,
  readCases,
  readEquivalents,
} from '../../test/helpers/query-cases.ts';
import { findPredicates, type Predicate, without } from './predicates.ts';

interface Survivor {
  line: number;
  clause: string;
  predicate: string;
  occurrence: number;
  /** Set where DuckDB failed in a way that says nothing of the case. */
  failure?: string;
}

/** What became of the mutants of one query. */
export interface QueryReport {
  id: string;
  path: string;
  mutants: number;
  killed: number;
  /** Of the killed, those that DuckDB does not bind. */
  refused: { line: number; predicate: string; message: string }[];
  equivalent: number;
  survivors: Survivor[];
  /** Marks that name no predicate, or one that a case kills. */
  unusedMarks: { mark: EquivalentPredicate; because: string }[];
}

type Fate = { is: 'killed' | 'survived' } | { is: 'refused' | 'failed'; message: string };

// An answer beyond these is another one than a case expects.
const limits = { rowsMax: 10_000, secondsMax: 30 };

/**
 * Runs the cases of a query against each of its mutants, and says which ones no case tells from the query.
 *
 * @param progress is told how many mutants of how many are done
 * @throws Error where the query as it is fails a case
 */
export async function mutateQuery(
  query: Query,
  progress: (done: number, all: number) => void = () => {},
): Promise<QueryReport> {
  const predicates = findPredicates(query.sql);
  const marks = readEquivalents(query);
  const report: QueryReport = {
    id: query.id,
    path: query.path,
    mutants: predicates.length,
    killed: 0,
    refused: [],
    equivalent: 0,
    survivors: [],
    unusedMarks: [],
  };
  const markOf = new Map<Predicate, EquivalentPredicate>();
  for (const mark of marks) {
    const predicate = markedPredicate(mark, predicates);
    if (predicate && !markOf.has(predicate)) markOf.set(predicate, mark);
    else report.unusedMarks.push({ mark, because: 'the query has no such predicate' });
  }
  const cases = await openCases(query);
  try {
    for (const [index, predicate] of predicates.entries()) {
      progress(index, predicates.length);
      const fate = await fateOf({ ...query, sql: without(query.sql, predicate) }, cases);
      record(report, predicate, fate, markOf.get(predicate), occurrenceOf(predicate, predicates));
    }
    progress(predicates.length, predicates.length);
  } finally {
    for (const opened of cases) opened.close();
  }
  return report;
}

function record(
  report: QueryReport,
  predicate: Predicate,
  fate: Fate,
  mark: EquivalentPredicate | undefined,
  occurrence: number,
): void {
  const { line, clause, text } = predicate;
  const killed = fate.is === 'killed' || fate.is === 'refused';
  if (killed) {
    report.killed += 1;
    if (fate.is === 'refused') {
      report.refused.push({ line, predicate: text, message: fate.message });
    }
    if (mark) report.unusedMarks.push({ mark, because: 'a case kills it' });
  } else if (mark && fate.is === 'survived') {
    report.equivalent += 1;
  } else {
    const failure = fate.is === 'failed' ? { failure: fate.message } : {};
    report.survivors.push({ line, clause, predicate: text, occurrence, ...failure });
  }
}

async function openCases(query: Query): Promise<OpenCase[]> {
  const cases: OpenCase[] = [];
  for (const testCase of readCases(query)) {
    const opened = await openCase(testCase);
    cases.push(opened);
    if (!isAsExpected(opened, await opened.run(query))) {
      for (const other of cases) other.close();
      throw new Error(`query ${query.id} fails its case "${testCase.name}" as it is`);
    }
  }
  return cases;
}

async function fateOf(mutant: Query, cases: OpenCase[]): Promise<Fate> {
  for (const [index, opened] of cases.entries()) {
    const fate = await fateInCase(mutant, opened);
    if (fate.is === 'survived') continue;
    // What kills one mutant often kills its neighbours.
    cases.unshift(...cases.splice(index, 1));
    return fate;
  }
  return { is: 'survived' };
}

async function fateInCase(mutant: Query, opened: OpenCase): Promise<Fate> {
  try {
    const rows = await opened.run(mutant, limits);
    return { is: isAsExpected(opened, rows) ? 'survived' : 'killed' };
  } catch (error) {
    return fateOfFailure(error);
  }
}

/** The removal leaves a statement that parses: one that does not is a fault of the tokenizer. */
function fateOfFailure(error: unknown): Fate {
  if (!(error instanceof CustodyError)) throw error;
  const { message, code } = error;
  if (code === 'LIMIT_REACHED') return { is: 'killed' };
  if (/: (Parser|Syntax) Error|syntax error/.test(message)) throw error;
  if (message.includes(': Binder Error')) return { is: 'refused', message };
  // What rows bring about: a value that cannot be cast, a second row where one is asked for.
  if (/: (Conversion|Invalid Input|Out of Range) Error/.test(message)) return { is: 'killed' };
  return { is: 'failed', message };
}

function isAsExpected({ testCase }: OpenCase, rows: unknown): boolean {
  return isDeepStrictEqual(rows, testCase.expect_empty ? [] : testCase.expect);
}

function markedPredicate(
  mark: EquivalentPredicate,
  predicates: readonly Predicate[],
): Predicate | undefined {
  const wanted = mark.equivalent.replace(/\s+/g, ' ').trim();
  return predicates.filter(({ text }) => text === wanted)[mark.occurrence - 1];
}

function occurrenceOf(predicate: Predicate, predicates: readonly Predicate[]): number {
  return predicates.filter(({ text }) => text === predicate.text).indexOf(predicate) + 1;
}
