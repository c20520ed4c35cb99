import type { Plain, Row } from '../query/plain-value.ts';
import { makeVisible } from './visible.ts';

/**
 * Renders rows as CSV after RFC 4180, with CRLF and a header line.
 *
 * A text that a spreadsheet would run as a formula gets a leading apostrophe: a pod or user name in
 * a log can be `=HYPERLINK(…)`. Numbers stay as they are. Lists and structs become JSON text.
 */
export function renderCsv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = [
    columns.map((column) => toCell(column)),
    ...rows.map((row) => columns.map((column) => toCell(row[column] ?? null))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function toCell(value: Plain): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = neutralise(typeof value === 'string' ? value : JSON.stringify(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** https://owasp.org/www-community/attacks/CSV_Injection lists the first characters that matter. */
function neutralise(text: string): string {
  const shown = text
    .split(/([\t\r\n])/)
    .map((part, index) => (index % 2 === 1 ? part : makeVisible(part)))
    .join('');
  return /^[=+\-@\t\r\n＝＋－＠]/.test(shown) ? `'${shown}` : shown;
}
