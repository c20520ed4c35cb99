import { createHash } from 'node:crypto';
import type { EvidenceReport, ReportSection } from '../query/evidence-report.ts';
import type { Row } from '../query/plain-value.ts';
import type { ReportChanges } from '../query/report-changes.ts';
import { toClaim } from './evidence-claims.ts';
import { makeVisible } from './visible.ts';

const css = `
:root{color-scheme:light dark;--back:#fbfbf9;--ink:#1b1d22;--soft:#5a5e67;--line:#dcdcd6;--card:#fff;
--link:#1a4f8f;--answered:#1c6b3c;--partial:#7d5200;--unknown:#a3262a}
@media(prefers-color-scheme:dark){:root{--back:#14161a;--ink:#e7e8ea;--soft:#a4aab4;--line:#30343b;
--card:#1b1e24;--link:#8fbdf5;--answered:#6fd198;--partial:#f0b95a;--unknown:#ff8f8a}}
*{box-sizing:border-box}body{margin:0 auto;max-width:72rem;padding:2.5rem 1.5rem;background:var(--back);
color:var(--ink);font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.5rem 0 .5rem;
padding-top:1rem;border-top:1px solid var(--line)}h3{font-size:1rem;margin:1rem 0 .3rem}p{margin:.4rem 0}
a{color:var(--link)}code,.ids{font:12px/1.5 ui-monospace,monospace}
.soft,dt{color:var(--soft)}.status{font-weight:600}.answered{color:var(--answered)}
.partial{color:var(--partial)}.unknown,.missing dt,.missing dd{color:var(--unknown)}
article{background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:.7rem 1rem;margin:.6rem 0;break-inside:avoid}article:target{border:2px solid var(--link)}
.number{float:right;margin-left:1rem;font-size:12px}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr));gap:.4rem 1.5rem;
margin:0}dl div{min-width:0}.wide{grid-column:1/-1}dt{font-size:12px}dd{margin:0}
.ids{margin:.5rem 0 0;padding-top:.5rem;border-top:1px dashed var(--line)}.ids code{margin-right:.8em}
ul{padding-left:1.2rem;margin:.3rem 0}.questions{list-style:none;padding:0}.questions li{display:grid;
grid-template-columns:6rem 1fr 6rem;gap:.2rem 1rem;padding:.35rem 0;border-bottom:1px solid var(--line)}
.questions .soft{text-align:right}
@media(max-width:40rem){body{padding:1.2rem .9rem}h1{font-size:1.5rem}
.questions li{grid-template-columns:1fr auto}.questions a{grid-row:2;grid-column:1/-1}}
@media print{:root{--back:#fff;--ink:#000;--soft:#444;--line:#bbb;--card:#fff;--link:#000;
--answered:#1c6b3c;--partial:#7d5200;--unknown:#a3262a}
body{max-width:none;padding:0;font-size:10pt}h2,h3{break-after:avoid}}
`;

/**
 * Renders an evidence report as one HTML file that asks for nothing.
 *
 * Every text is escaped; should that ever fail, the content security policy still lets no script run
 * and nothing be fetched (https://www.w3.org/TR/CSP3/).
 */
export function renderEvidenceHtml(answer: EvidenceReport): string {
  const { report, sections } = answer;
  const hash = createHash('sha256').update(css).digest('base64');
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeText(report.title)}</title><style>${css}</style></head><body>`,
    renderHeader(answer),
    `<main>${renderQuestions(answer)}`,
    answer.changes === null ? '' : renderChanges(answer.changes),
    renderRows('unknowns', 'Unknowns', answer.unknowns),
    ...sections.map(renderSection),
    renderRows('coverage', 'Coverage', answer.coverage),
    renderRows('gaps', 'Gaps', answer.gaps),
    `</main><footer>${renderMaking(answer)}</footer>`,
    '</body></html>\n',
  ].join('\n');
}

/** What it is about, and until when: the first that is seen. */
function renderHeader({ report }: EvidenceReport): string {
  const { title, objects, cluster, since, until, at } = report;
  const about = [
    cluster === null ? 'all clusters' : `cluster ${cluster}`,
    objects.length > 3 ? `${objects.length} objects` : objects.join(', ') || 'no object',
    `from ${since ?? 'the first log'} until ${until ?? at ?? 'the last log'}`,
  ];
  return `<header><h1>${escapeText(title)}</h1><p class="soft">${escapeText(about.join(' · '))}</p></header>`;
}

function renderQuestions({ sections, unknowns }: EvidenceReport): string {
  const questions = sections.map(
    ({ query, question, status, rows }) =>
      `<li>${renderStatus(status)}<a href="#${anchorOf(query)}">${escapeText(question)}</a>` +
      `<span class="soft">rows: ${rows.length}</span></li>`,
  );
  const open =
    unknowns.length === 0
      ? ''
      : `<p class="unknown"><a href="#unknowns">Unknowns: ${unknowns.length}</a></p>`;
  const list = `<ul class="questions">${questions.join('\n')}</ul>`;
  return renderPart('questions', 'Key questions', `${list}${open}`);
}

/** What made it, and how to come from an evidence id to the bytes. */
function renderMaking({ report }: EvidenceReport): string {
  const facts = Object.fromEntries(Object.entries(report).filter(([name]) => name !== 'title'));
  return renderPart(
    'making',
    'How this was made',
    `${renderClaim(facts as Row)}<p class="soft">The record behind an evidence id: ` +
      '<code>custody show &lt;evidence id&gt;</code></p>',
  );
}

function renderPart(id: string, title: string, content: string): string {
  const heading = `<h2 id="${id}-title">${escapeText(title)}</h2>`;
  return `<section id="${id}" aria-labelledby="${id}-title">${heading}\n${content}</section>`;
}

function renderRows(id: string, title: string, rows: readonly Row[]): string {
  return renderPart(id, title, renderClaims(rows, id));
}

function renderSection(section: ReportSection): string {
  const { title, question, status, why, query, rows, misses, citations } = section;
  const id = anchorOf(query);
  const content = [
    `<p>${escapeText(question)}</p><p>${renderStatus(status)}`,
    ` <span class="soft">query <code>${escapeText(query)}</code>, rows: ${rows.length}</span></p>`,
    renderList(why),
    renderClaims(rows, id),
    `<p class="soft">Cannot see: ${escapeText(misses)}</p>`,
    `<p class="soft">Sources</p>${renderList(citations)}`,
  ].join('\n');
  return renderPart(id, title, content);
}

function renderChanges({ since, questions }: ReportChanges): string {
  const parts = questions.map(({ title, added, changed, gone }) => {
    const told = Object.entries({ new: added, changed, 'no more': gone }).filter(
      ([, rows]) => rows.length > 0,
    );
    if (told.length === 0) return `<p>${escapeText(title)}: <span class="soft">nothing</span></p>`;
    const rows = told.map(
      ([name, each]) => `<p class="soft">${name}: ${each.length}</p>${renderClaims(each)}`,
    );
    return `<h3>${escapeText(title)}</h3>${rows.join('\n')}`;
  });
  return renderPart('changes', `Changed since ${since}`, parts.join('\n'));
}

function renderStatus(status: ReportSection['status']): string {
  return `<span class="status ${status}">${status}</span>`;
}

function renderList(texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return `<ul>${texts.map((text) => `<li class="soft">${escapeText(text)}</li>`).join('')}</ul>`;
}

/** @param id where the rows stand: each has an address of its own, to be cited */
function renderClaims(rows: readonly Row[], id?: string): string {
  if (rows.length === 0) return '<p class="soft">None.</p>';
  return rows
    .map((row, index) => renderClaim(row, id === undefined ? undefined : `${id}-${index + 1}`))
    .join('\n');
}

function renderClaim(row: Row, id?: string): string {
  const { fields, evidence } = toClaim(row);
  const shown = fields.map(([name, text]) => {
    const isMissing = name === 'missing' && text !== '[]';
    const classes = [isMissing ? 'missing' : '', text.length > wideCharacters ? 'wide' : ''];
    const names = classes.filter((each) => each !== '').join(' ');
    const opening = names === '' ? '<div>' : `<div class="${names}">`;
    return `${opening}<dt>${escapeText(name)}</dt><dd>${escapeText(text)}</dd></div>`;
  });
  const ids =
    evidence.length === 0
      ? ''
      : `<p class="ids">evidence ${evidence.map((each) => `<code>${escapeText(each)}</code>`).join(' ')}</p>`;
  const opening =
    id === undefined
      ? '<article>'
      : `<article id="${id}"><a class="number" href="#${id}">#${id.slice(id.lastIndexOf('-') + 1)}</a>`;
  return `${opening}<dl>${shown.join('')}</dl>${ids}</article>`;
}

/** Longer texts have a line of their own. */
const wideCharacters = 60;

/** Ids of queries are letters, slashes and underscores, so this needs no escape. */
function anchorOf(query: string): string {
  return `query-${query.replaceAll(/[/_]/g, '-')}`;
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
