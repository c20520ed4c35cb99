import type { ReportKind } from './report-kind.ts';

/** What the landed logs can show, where they are silent or damaged, and what to collect. */
export const coverage: ReportKind = {
  title: 'Coverage of the logs',
  questions: [
    { query: 'coverage/paths', paths: [] },
    { query: 'coverage/gaps', paths: [] },
    { query: 'coverage/clock_skew', paths: [] },
    { query: 'coverage/quarantine_by_reason', paths: [] },
  ],
};
