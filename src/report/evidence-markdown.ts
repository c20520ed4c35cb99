import type { EvidenceReport } from '../query/evidence-report.ts';
import type { Row } from '../query/plain-value.ts';
import type { ReportChanges } from '../query/report-changes.ts';
import { toClaim } from './evidence-claims.ts';
import { makeVisible } from './visible.ts';

/**
 * Renders an evidence report as Markdown.
 *
 * Whatever comes from a log stands in a code span with a fence longer than any run of backticks in it,
 * on one line: nothing is markup there (https://spec.commonmark.org/0.31.2/#code-spans). So rows are
 * lists and not tables, in which a pipe would end the cell even within a code span.
 */
export function renderEvidenceMarkdown(answer: EvidenceReport): string {
  const facts = Object.entries(answer.report).filter(([name]) => name !== 'title');
  return [
    `# ${answer.report.title}\n`,
    ...facts.map(([name, value]) => `- ${name.replaceAll('_', ' ')}: ${span(textOf(value))}`),
    '\n## Key questions\n',
    ...answer.sections.map(({ question, status }) => `- **${status}**: ${question}`),
    ...(answer.changes === null ? [] : renderChanges(answer.changes)),
    ...answer.sections.flatMap((section) => [
      `\n## ${section.title}\n`,
      `${section.question} **${section.status}**\n`,
      ...section.why.map((reason) => `- not complete: ${span(reason)}`),
      `\nQuery ${span(section.query)}, rows: ${section.rows.length}\n`,
      ...renderRows(section.rows),
      `\nCannot see: ${span(section.misses)}\n`,
      ...section.citations.map((url) => `- source: ${span(url)}`),
    ]),
    '\n## Unknowns\n',
    ...renderRows(answer.unknowns),
    '\n## Coverage\n',
    ...renderRows(answer.coverage),
    '\n## Gaps\n',
    ...renderRows(answer.gaps),
    '',
  ].join('\n');
}

function renderChanges({ since, questions }: ReportChanges): string[] {
  return [
    `\n## Changed since ${since}\n`,
    ...questions.flatMap(({ title, added, changed, gone }) => {
      const parts = [
        ['new', added],
        ['changed', changed],
        ['no more', gone],
      ] as const;
      const told = parts.filter(([, rows]) => rows.length > 0);
      if (told.length === 0) return [`- ${title}: nothing`];
      return told.flatMap(([name, rows]) => [
        `\n${title}, ${name}: ${rows.length}\n`,
        ...renderRows(rows),
        '',
      ]);
    }),
  ];
}

function renderRows(rows: readonly Row[]): string[] {
  if (rows.length === 0) return ['None.'];
  return rows.flatMap((row, index) => {
    const { fields, evidence } = toClaim(row);
    const shown = evidence.map(span).join(' ');
    return [
      `${index + 1}. claim`,
      ...fields.map(([name, text]) => `    - ${name}: ${span(text)}`),
      ...(evidence.length > 0 ? [`    - evidence: ${shown}`] : []),
    ];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function span(text: string): string {
  const visible = makeVisible(text);
  const longest = Math.max(0, ...[...visible.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return visible === '' ? '(empty)' : `${fence} ${visible} ${fence}`;
}
