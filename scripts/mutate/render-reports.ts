import type { QueryReport } from './mutate-query.ts';

/** The reports as text: a line for each mutant and mark that needs somebody, and the count. */
export function renderReports(reports: readonly QueryReport[], seconds: number): string {
  const lines = reports.flatMap((report) => [
    ...report.survivors.map(({ line, clause, predicate, occurrence, failure }) => {
      const which = occurrence > 1 ? ` (occurrence ${occurrence})` : '';
      const state = failure === undefined ? 'no case fails without' : `${failure}, without`;
      return `${report.path}:${line}: ${state} ${clause}: ${predicate}${which}`;
    }),
    ...report.refused.map(({ line, predicate, message }) => {
      const summary = message.replace(/^.*?: /, '');
      return `${report.path}:${line}: refused by DuckDB (${summary}) without: ${predicate}`;
    }),
    ...report.unusedMarks.map(({ mark, because }) => {
      const which = mark.occurrence > 1 ? ` (occurrence ${mark.occurrence})` : '';
      return `${report.path}: marked as equivalent, but ${because}: ${mark.equivalent}${which}`;
    }),
  ]);
  const sum = (count: (report: QueryReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  const killed = `${sum((report) => report.killed)} killed`;
  const refused = `${sum((report) => report.refused.length)} of them refused by DuckDB`;
  lines.push(
    `${sum((report) => report.mutants)} mutants of ${reports.length} queries: ${killed} (${refused}), ` +
      `${sum((report) => report.equivalent)} equivalent, ${sum((report) => report.survivors.length)} survive, ` +
      `${sum((report) => report.unusedMarks.length)} unused marks, ${seconds.toFixed(1)} s`,
  );
  return `${lines.join('\n')}\n`;
}
