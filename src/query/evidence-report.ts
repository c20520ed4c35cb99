import type { DuckDBConnection } from '@duckdb/node-api';
import { readAsOf, runComposed } from './blast-radius.ts';
import { findQuery, type Query } from './library.ts';
import type { Plain, Row } from './plain-value.ts';
import { compareReports, type ReportChanges } from './report-changes.ts';
import { accessReview } from './reports/access-review.ts';
import { blastRadius } from './reports/blast-radius.ts';
import { coverage } from './reports/coverage.ts';
import { governance } from './reports/governance.ts';
import type { ReportKind, ReportQuestion } from './reports/report-kind.ts';
import { rotation } from './reports/rotation.ts';

/** The kinds by the name that `custody report` takes. */
export const reportKinds: Readonly<Record<string, ReportKind>> = {
  governance,
  'access-review': accessReview,
  rotation,
  coverage,
  'blast-radius': blastRadius,
};

/** What a report is asked for. */
export interface ReportRequest {
  kind: string;
  /** Canonical references; null for every object of the store. */
  objects: readonly string[] | null;
  since: string | null;
  until: string | null;
  cluster: string | null;
  /** Tell what changed since the same report was asked for until this time. */
  changesSince?: string | null;
  /** The version of the program, which the report names. */
  custodyVersion: string;
}

/** One key question with its answer. */
export interface ReportSection {
  query: string;
  title: string;
  question: string;
  /** `answered` only where the logs behind it are complete; `unknown` where there are none. */
  status: 'answered' | 'partial' | 'unknown';
  /** Why it is not `answered`. */
  why: string[];
  rows: Row[];
  /** What the query cannot see, whatever is landed. */
  misses: string;
  citations: string[];
}

/** An evidence report: the same store gives the same content, as it holds no clock of its own. */
export interface EvidenceReport {
  report: {
    kind: string;
    title: string;
    custody_version: string;
    chain_version: string | null;
    /** Number of the last manifest entry that the answer includes. */
    as_of: number | null;
    /** The time that questions of a moment are asked for: `until`, else the end of the logs. */
    at: string | null;
    objects: string[];
    since: string | null;
    until: string | null;
    cluster: string | null;
  };
  sections: ReportSection[];
  coverage: Row[];
  gaps: Row[];
  unknowns: Row[];
  /** Null where nobody asked for it. */
  changes: ReportChanges | null;
}

/** Runs the canned queries of a report and puts what they rest on, and what changed, beside their rows. */
export async function composeReport(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  request: ReportRequest,
): Promise<EvidenceReport> {
  const { kind, changesSince = null } = request;
  const after = await composeOne(connection, library, request);
  if (changesSince === null) return after;
  const earlier = { ...request, objects: after.report.objects, until: changesSince };
  const before = await composeOne(connection, library, earlier);
  const questions = reportKinds[kind]?.questions ?? [];
  const keys = new Map(questions.map(({ query, key }) => [query, key]));
  return { ...after, changes: compareReports(before, after, changesSince, keys) };
}

async function composeOne(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  request: ReportRequest,
): Promise<EvidenceReport> {
  const { kind, since, until, cluster } = request;
  const described = reportKinds[kind] as ReportKind;
  const run = (id: string, given: Record<string, Plain>) =>
    runComposed(connection, findQuery(library, id), given);
  const known = async () =>
    (await run('chain/objects', { part: '', exact: false })).map((row) => String(row.object));
  const objects = [...new Set(request.objects ?? (await known()))].sort();
  const range = { objects: request.objects === null ? null : objects, since, until, cluster };
  const paths = await run('coverage/paths', range);
  const gaps = await run('coverage/gaps', range);
  const ends = paths.flatMap((row) => (typeof row.until === 'string' ? [row.until] : [])).sort();
  const at = until ?? ends.at(-1) ?? null;
  const starts = paths.flatMap((row) => (typeof row.from === 'string' ? [row.from] : [])).sort();
  const window = { since: since ?? starts[0] ?? at, until: at };
  const sections: ReportSection[] = [];
  for (const question of described.questions) {
    const query = findQuery(library, question.query);
    // A query that must have a range gets that of the logs; one that may do without is left whole.
    const required = query.params.since !== undefined && query.params.since.default === undefined;
    const asked = { objects, cluster, at, ...(required ? window : { since, until }) };
    const rows = at === null ? [] : await run(query.id, asked);
    sections.push(judge(question, query, rows, paths, gaps));
  }
  return {
    report: {
      kind,
      title: described.title,
      custody_version: request.custodyVersion,
      chain_version: await readChainVersion(connection),
      as_of: await readAsOf(connection),
      at,
      objects,
      since,
      until,
      cluster,
    },
    sections,
    coverage: paths,
    gaps,
    unknowns: await run('coverage/unknowns', range),
    changes: null,
  };
}

function judge(
  question: ReportQuestion,
  query: Query,
  rows: Row[],
  paths: readonly Row[],
  gaps: readonly Row[],
): ReportSection {
  const behind = paths.filter(
    ({ path }) => question.paths.length === 0 || question.paths.includes(String(path)),
  );
  const none = behind.every(({ state }) => state === 'none');
  const why = behind
    .filter(({ state }) => state !== 'full')
    .map((row) => `${row.cluster ?? 'any cluster'}, ${row.path}: ${row.why ?? row.state}`);
  if (behind.length === 0) why.push('no landed log covers this');
  if (gaps.length > 0) why.push(`silences or damage in the logs: ${gaps.length}, listed below`);
  const missing = rows.filter((row) => Array.isArray(row.missing) && row.missing.length > 0);
  if (missing.length > 0) why.push(`rows with fields that no record states: ${missing.length}`);
  const documents = rows.flatMap(({ document }) =>
    typeof document === 'string' ? [document] : [],
  );
  return {
    query: query.id,
    title: query.title,
    question: query.question,
    status: none ? 'unknown' : why.length > 0 ? 'partial' : 'answered',
    why: [...new Set(why)],
    rows,
    misses: query.misses,
    citations: [...new Set([...query.references, ...documents])].sort(),
  };
}

async function readChainVersion(connection: DuckDBConnection): Promise<string | null> {
  const reader = await connection.runAndReadAll('select max(chain_version) from store_state');
  const value = reader.value(0, 0);
  return value === null ? null : String(value);
}
