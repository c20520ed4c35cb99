import type { Row } from '../query/plain-value.ts';
import { shortTime } from './coverage.ts';
import { renderTable, type TableOptions } from './table.ts';

/** Renders a timeline one line an event; evidence is only counted, JSON and CSV name it. */
export function renderTimeline(timeline: readonly Row[], options: TableOptions = {}): string {
  const rows = timeline.map((row) => ({
    at: shortTime(row.at),
    event: row.event ?? null,
    version: row.version ?? null,
    who: row.who ?? null,
    detail: row.detail ?? null,
    grade: row.grade ?? null,
    evidence: Array.isArray(row.evidence) ? row.evidence.length : 0,
  }));
  return renderTable(Object.keys(rows[0] ?? {}), rows, options);
}
