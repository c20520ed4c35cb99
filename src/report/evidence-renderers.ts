import type { EvidenceReport } from '../query/evidence-report.ts';
import type { Plain } from '../query/plain-value.ts';
import { renderEvidenceCsv } from './evidence-csv.ts';
import { renderEvidenceHtml } from './evidence-html.ts';
import { renderEvidenceMarkdown } from './evidence-markdown.ts';
import { renderJson } from './json.ts';

/** How an evidence report is written, by the name of its format; `extension` is that of its files. */
export const evidenceRenderers = {
  html: { extension: 'html', render: renderEvidenceHtml },
  markdown: { extension: 'md', render: renderEvidenceMarkdown },
  json: {
    extension: 'json',
    render: (answer: EvidenceReport) => renderJson(answer as unknown as Plain),
  },
  csv: { extension: 'csv', render: renderEvidenceCsv },
} as const;

export type EvidenceFormat = keyof typeof evidenceRenderers;
