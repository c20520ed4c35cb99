import type { ReportKind } from './report-kind.ts';

/** What the landed logs can show, where they are silent or damaged, and what to collect. */
export const coverage: ReportKind = {
  title: 'Coverage of the logs',
  questions: [
    { query: 'coverage/paths', key: ['cluster', 'path', 'log', 'from'], paths: [] },
    { query: 'coverage/gaps', key: ['source', 'cluster', 'kind', 'from'], paths: [] },
    { query: 'coverage/clock_skew', key: ['cluster', 'instance', 'basis'], paths: [] },
    { query: 'coverage/quarantine_by_reason', key: ['source', 'cluster', 'reason'], paths: [] },
  ],
};
