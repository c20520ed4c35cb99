import type { EvidenceReport } from './evidence-report.ts';
import type { Plain, Row } from './plain-value.ts';

/** What a report tells otherwise than the same report asked for until an earlier time. */
export interface ReportChanges {
  /** The earlier time; both are answered from the same store, so logs that came late change both. */
  since: string;
  /** One for each question, and one for the unknowns; those without a difference too. */
  questions: QuestionChanges[];
}

interface QuestionChanges {
  query: string;
  title: string;
  /** Of a row that was not there what names it, and what else it states besides lists. */
  added: Row[];
  /** What names a row, and of each column that differs what it was and is. */
  changed: Row[];
  /** Rows that are no more. */
  gone: Row[];
}

/** The columns by which `coverage/unknowns` tells its rows apart. */
const keyOfUnknown = ['question', 'why'];

/**
 * Compares two reports of one kind, question by question.
 *
 * Rows are the same where the columns of the question's key are; more evidence alone is no change.
 *
 * @param keys the key of each query; of one that has none, its rows as a whole
 */
export function compareReports(
  before: EvidenceReport,
  after: EvidenceReport,
  since: string,
  keys: ReadonlyMap<string, readonly string[]>,
): ReportChanges {
  const questions = after.sections.map(({ query, title, rows }, index) => {
    const earlier = before.sections[index]?.rows ?? [];
    return { query, title, ...compareRows(earlier, rows, keys.get(query) ?? []) };
  });
  const unknowns = compareRows(before.unknowns, after.unknowns, keyOfUnknown);
  const open = { query: 'coverage/unknowns', title: 'Unknowns', ...unknowns };
  return { since, questions: [...questions, open] };
}

function compareRows(
  before: readonly Row[],
  after: readonly Row[],
  key: readonly string[],
): Pick<QuestionChanges, 'added' | 'changed' | 'gone'> {
  // Several rows may share a key: then they meet in their order.
  const left = new Map<string, Row[]>();
  for (const row of before) {
    const name = nameOf(row, key);
    left.set(name, [...(left.get(name) ?? []), row]);
  }
  const added: Row[] = [];
  const changed: Row[] = [];
  for (const row of after) {
    const earlier = left.get(nameOf(row, key))?.shift();
    if (earlier === undefined) added.push(key.length === 0 ? row : outlineOf(row, key));
    else {
      const differences = differencesOf(earlier, row);
      if (differences.length > 0) {
        changed.push({ ...namesOf(row, key), ...Object.fromEntries(differences) });
      }
    }
  }
  return { added, changed, gone: [...left.values()].flat() };
}

function nameOf(row: Row, key: readonly string[]): string {
  return JSON.stringify(withoutEvidence(key.length === 0 ? row : namesOf(row, key)));
}

function namesOf(row: Row, key: readonly string[]): Row {
  return Object.fromEntries(key.map((column) => [column, row[column] ?? null]));
}

/** An id alone tells a reader nothing, and all links and reads of a row are in its section. */
function outlineOf(row: Row, key: readonly string[]): Row {
  const stated = Object.entries(row).filter(
    ([column, value]) => !key.includes(column) && value !== null && !Array.isArray(value),
  );
  return { ...namesOf(row, key), ...Object.fromEntries(stated) };
}

function differencesOf(before: Row, after: Row): [string, Plain][] {
  return Object.keys(after).flatMap((column): [string, Plain][] => {
    const was = withoutEvidence(before[column] ?? null);
    const is = withoutEvidence(after[column] ?? null);
    if (column === 'evidence' || JSON.stringify(was) === JSON.stringify(is)) return [];
    return [[column, { was, is }]];
  });
}

function withoutEvidence(value: Plain): Plain {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutEvidence);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'evidence')
      .map(([name, part]) => [name, withoutEvidence(part)]),
  );
}
