import type { Plain, Row } from '../query/plain-value.ts';
import { plainStyle, type Style } from './style.ts';
import { makeVisible } from './visible.ts';

export interface TableOptions {
  /** Columns of the terminal; a table that is wider is shown one row under the other. */
  widthMax?: number;
  style?: Style;
}

const gap = '  ';

/**
 * Renders rows as an aligned table, or, where that is wider than the terminal, each row as a list of
 * `column  value` lines. Nothing is ever cut off: a shortened record id helps nobody.
 */
export function renderTable(
  columns: readonly string[],
  rows: readonly Row[],
  options: TableOptions = {},
): string {
  const style = options.style ?? plainStyle;
  if (rows.length === 0) return `${style.dim('(no rows)')}\n`;
  const names = columns.map(makeVisible);
  const cells = rows.map((row) => columns.map((column) => toCellText(row[column] ?? null)));
  const widths = names.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, textWidth(row[index] ?? '')), textWidth(name)),
  );
  const total = widths.reduce((sum, width) => sum + width + gap.length, -gap.length);
  if (total > (options.widthMax ?? 200)) return renderExpanded(names, cells, style);
  const numeric = columns.map((column) =>
    rows.every((row) => row[column] === null || typeof row[column] === 'number'),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0, numeric[index] ?? false))
      .join(gap)
      .trimEnd();
  return `${[style.bold(line(names)), ...cells.map(line)].join('\n')}\n`;
}

/** A cell as a person reads it: null as nothing, lists parted by commas, structs as JSON. */
export function toCellText(value: Plain): string {
  if (value === null) return '';
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object')) {
    return value.map((item) => makeVisible(String(item))).join(', ');
  }
  return makeVisible(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** How many columns of a terminal a text takes: none for marks, two for wide characters. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  }
  return width;
}

function renderExpanded(
  names: readonly string[],
  cells: readonly (readonly string[])[],
  style: Style,
): string {
  const width = Math.max(...names.map(textWidth));
  const blocks = cells.map((row, number) => {
    const lines = names.map((name, index) =>
      `${pad(name, width, false)}${gap}${row[index]}`.trimEnd(),
    );
    return [style.dim(`-- ${number + 1} of ${cells.length}`), ...lines].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? space + text : text + space;
}

/** East Asian wide and full-width blocks, and emoji, as https://www.unicode.org/reports/tr11/ has them. */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
