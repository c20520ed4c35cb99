// npm run mutate [-- --query area/id …]: removes one predicate after the other from each canned query and
// reports those whose absence no case of the query notices.
import { relative, resolve, sep } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { CustodyError } from '../src/errors.ts';
import { findQuery, libraryFolder, loadLibrary, type Query } from '../src/query/library.ts';
import { mutateQuery, type QueryReport } from './mutate/mutate-query.ts';
import { renderReports } from './mutate/render-reports.ts';

const { values } = parseArgs({
  options: {
    query: { type: 'string', multiple: true },
    folder: { type: 'string', default: libraryFolder },
    json: { type: 'boolean', default: false },
  },
});

const started = performance.now();
const reports: QueryReport[] = [];
const queries = attempt(chosenQueries);
const waiting = queries.entries();
await Promise.all([work(), work()]).catch(fail);
const seconds = (performance.now() - started) / 1000;
if (process.stderr.isTTY && !values.json) process.stderr.write('\r\x1b[K');
process.stdout.write(
  values.json
    ? `${JSON.stringify({ queries: reports.map(placed), seconds: Number(seconds.toFixed(1)) })}\n`
    : renderReports(reports.map(placed), seconds),
);
const good = reports.every((report) => report.survivors.length + report.unusedMarks.length === 0);
process.exitCode = good ? 0 : 1;

/** One query after the other, two of these at once: while DuckDB plans for one, the other's rows are read. */
async function work(): Promise<void> {
  for (const [index, query] of waiting) {
    reports[index] = await mutateQuery(query, (done, all) => tell(index, query, done, all));
  }
}

function chosenQueries(): Query[] {
  const own = resolve(values.folder) === resolve(libraryFolder);
  const library = loadLibrary(own ? undefined : values.folder);
  if (values.query) return values.query.map((id) => findQuery(library, id));
  return [...library.values()].filter((query) =>
    resolve(query.path).startsWith(resolve(values.folder) + sep),
  );
}

/** A line that rewrites itself on a terminal; in a log, one line a query. */
function tell(index: number, query: Query, done: number, all: number): void {
  if (values.json) return;
  const line = `query ${index + 1} of ${queries.length}, ${query.id}: ${done} of ${all} mutants`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (done === all) process.stderr.write(`${line}\n`);
}

function placed(report: QueryReport): QueryReport {
  return { ...report, path: relative(process.cwd(), report.path) };
}

function attempt<Result>(job: () => Result): Result {
  try {
    return job();
  } catch (error) {
    return fail(error);
  }
}

/** Exit code 1 says that a mutant survives, so whatever else goes wrong is 2. */
function fail(error: unknown): never {
  const known = error instanceof CustodyError;
  const hint = known && error.hint !== undefined ? `hint: ${error.hint}\n` : '';
  process.stderr.write(`${known ? error.message : inspect(error)}\n${hint}`);
  process.exit(2);
}
