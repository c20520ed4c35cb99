import type { Plain, Row } from '../query/plain-value.ts';
import { renderCsv } from './csv.ts';
import { renderJson } from './json.ts';
import { renderNdjson } from './ndjson.ts';
import { renderTable, type TableOptions } from './table.ts';

export const formats = ['table', 'json', 'csv', 'ndjson'] as const;
export type Format = (typeof formats)[number];

/** Renders rows in one of the formats; the text ends with a newline unless it is empty. */
export function renderRows(
  format: Format,
  columns: readonly string[],
  rows: readonly Row[],
  options: TableOptions,
): string {
  switch (format) {
    case 'table':
      return renderTable(columns, rows, options);
    case 'json':
      return renderJson(rows as unknown as Plain);
    case 'csv':
      return renderCsv(columns, rows);
    case 'ndjson':
      return renderNdjson(rows);
  }
}
