import type { EvidenceReport } from '../query/evidence-report.ts';
import { renderCsv } from './csv.ts';
import { toClaim } from './evidence-claims.ts';

const columns = ['query', 'status', 'as_of', 'custody_version', 'claim', 'evidence'];

/** Renders an evidence report as CSV: a row for each claim, and one for a question without any. */
export function renderEvidenceCsv(answer: EvidenceReport): string {
  const { as_of, custody_version } = answer.report;
  const told = answer.sections.map(({ query, status, rows }) => ({ query, status, rows }));
  const open = { query: 'coverage/unknowns', status: 'unknown', rows: answer.unknowns };
  const rows = [...told, open].flatMap((section) => {
    const { query, status } = section;
    const claims = section.rows.length === 0 ? [null] : section.rows;
    return claims.map((claim) => {
      const evidence = claim === null ? '' : toClaim(claim).evidence.join(' ');
      return { query, status, as_of, custody_version, claim, evidence };
    });
  });
  return renderCsv(columns, rows);
}
