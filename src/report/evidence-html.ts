import { createHash } from 'node:crypto';
import type { EvidenceReport, ReportSection } from '../query/evidence-report.ts';
import type { Row } from '../query/plain-value.ts';
import type { ReportChanges } from '../query/report-changes.ts';
import { toClaim } from './evidence-claims.ts';
import { makeVisible } from './visible.ts';

const css = `
:root{color-scheme:light dark;--back:#fbfbf9;--ink:#1b1d22;--soft:#62666f;--line:#dcdcd6;--card:#fff;
--answered:#1c6b3c;--partial:#8a5a00;--unknown:#a3262a}
@media(prefers-color-scheme:dark){:root{--back:#14161a;--ink:#e7e8ea;--soft:#9aa0aa;--line:#30343b;
--card:#1b1e24;--answered:#6fd198;--partial:#f0b95a;--unknown:#ff8f8a}}
*{box-sizing:border-box}body{margin:0 auto;max-width:68rem;padding:2.5rem 1.5rem;background:var(--back);
color:var(--ink);font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:2rem;line-height:1.2;margin:0 0 1rem}h2{font-size:1.25rem;margin:2.5rem 0 .5rem;
padding-top:1rem;border-top:1px solid var(--line)}p{margin:.4rem 0}
code,.ids{font:12px/1.5 ui-monospace,monospace}
.soft,dt{color:var(--soft)}.status{font-weight:600}.answered{color:var(--answered)}
.partial{color:var(--partial)}
.unknown{color:var(--unknown)}article{background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:.7rem 1rem;margin:.6rem 0;break-inside:avoid}dl{display:grid;grid-template-columns:11rem 1fr;
gap:.15rem 1rem;margin:0}dd{margin:0}.ids{margin:.5rem 0 0;padding-top:.5rem;
border-top:1px dashed var(--line)}
ul{padding-left:1.2rem;margin:.3rem 0}.questions{list-style:none;padding:0}.questions li{display:grid;
grid-template-columns:6rem 1fr;gap:1rem;padding:.35rem 0;border-bottom:1px solid var(--line)}
@media(max-width:40rem){dl{grid-template-columns:1fr}}
@media print{body{max-width:none;padding:0;font-size:10pt}h2{break-after:avoid}}
`;

/**
 * Renders an evidence report as one HTML file that asks for nothing.
 *
 * Every text is escaped; should that ever fail, the content security policy still lets no script run
 * and nothing be fetched (https://www.w3.org/TR/CSP3/).
 */
export function renderEvidenceHtml(answer: EvidenceReport): string {
  const { report, sections, unknowns, coverage, gaps } = answer;
  const hash = createHash('sha256').update(css).digest('base64');
  const facts = Object.fromEntries(Object.entries(report).filter(([name]) => name !== 'title'));
  const questions = sections.map(
    ({ question, status }) =>
      `<li>${renderStatus(status)}<span>${escapeText(question)}</span></li>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">`,
    '<meta name="viewport" content="width=device-width">',
    `<title>${escapeText(report.title)}</title><style>${css}</style></head><body>`,
    `<h1>${escapeText(report.title)}</h1>`,
    renderClaim(facts as Row),
    `<h2>Key questions</h2><ul class="questions">${questions.join('\n')}</ul>`,
    answer.changes === null ? '' : renderChanges(answer.changes),
    ...sections.map(renderSection),
    `<h2>Unknowns</h2>${renderClaims(unknowns)}`,
    `<h2>Coverage</h2>${renderClaims(coverage)}`,
    `<h2>Gaps</h2>${renderClaims(gaps)}`,
    '</body></html>\n',
  ].join('\n');
}

function renderSection(section: ReportSection): string {
  const { title, question, status, why, query, rows, misses, citations } = section;
  return [
    `<section><h2>${escapeText(title)}</h2><p>${escapeText(question)}</p><p>${renderStatus(status)}`,
    ` <span class="soft">query <code>${escapeText(query)}</code>, rows: ${rows.length}</span></p>`,
    renderList(why),
    renderClaims(rows),
    `<p class="soft">Cannot see: ${escapeText(misses)}</p>`,
    `<p class="soft">Sources</p>${renderList(citations)}</section>`,
  ].join('\n');
}

function renderChanges({ since, questions }: ReportChanges): string {
  const parts = questions.flatMap(({ title, added, changed, gone }) => {
    const told = Object.entries({ new: added, changed, 'no more': gone }).filter(
      ([, rows]) => rows.length > 0,
    );
    if (told.length === 0)
      return [`<p>${escapeText(title)}: <span class="soft">nothing</span></p>`];
    return told.map(
      ([name, rows]) => `<p>${escapeText(title)}, ${name}: ${rows.length}</p>${renderClaims(rows)}`,
    );
  });
  return `<section><h2>Changed since ${escapeText(since)}</h2>${parts.join('\n')}</section>`;
}

function renderStatus(status: ReportSection['status']): string {
  return `<span class="status ${status}">${status}</span>`;
}

function renderList(texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return `<ul>${texts.map((text) => `<li class="soft">${escapeText(text)}</li>`).join('')}</ul>`;
}

function renderClaims(rows: readonly Row[]): string {
  return rows.length === 0 ? '<p class="soft">None.</p>' : rows.map(renderClaim).join('\n');
}

function renderClaim(row: Row): string {
  const { fields, evidence } = toClaim(row);
  const shown = fields.map(
    ([name, text]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(text)}</dd>`,
  );
  const ids =
    evidence.length === 0
      ? ''
      : `<p class="ids">evidence ${evidence.map(escapeText).join(' ')}</p>`;
  return `<article><dl>${shown.join('')}</dl>${ids}</article>`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return makeVisible(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
