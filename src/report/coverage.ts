import type { Coverage } from '../query/coverage.ts';
import type { Plain, Row } from '../query/plain-value.ts';
import { plainStyle, type Style } from './style.ts';
import { renderTable, type TableOptions, toCellText } from './table.ts';

/** Renders what the logs cover: the paths first, then the gaps and what follows from them. */
export function renderCoverage(answer: Coverage, options: TableOptions = {}): string {
  const style = options.style ?? plainStyle;
  const section = (title: string, text: string) => `${style.bold(title)}\n${text}`;
  const { coverage, gaps, clock_skew: skew, unknowns } = answer;
  return [
    section('Coverage: what the logs can show', renderPaths(coverage, options)),
    section(`Gaps: ${gaps.length}`, renderTimed(gaps, options)),
    section('Clocks: provider minus cluster', renderTimed(skew, options)),
    section(`Unknowns: ${unknowns.length}`, renderUnknowns(unknowns, style)),
  ].join('\n');
}

/** Renders what to collect, in order: the command on a line of its own, to be copied. */
export function renderCollection(rows: readonly Row[], options: TableOptions = {}): string {
  const style = options.style ?? plainStyle;
  if (rows.length === 0) return `${style.dim('(nothing)')}\n`;
  return rows
    .map((row, index) => {
      const title = rows[index - 1]?.order === row.order ? '' : `${heading(row, style)}\n`;
      const reasons = [textOf(row.question), style.dim(textOf(row.why))];
      return `${title}${textOf(row.command)}\n    ${reasons.join('\n    ')}\n`;
    })
    .join('');
}

/** One line for the paths of a cluster that are covered alike; the exact rows stand in JSON. */
export function renderPaths(coverage: readonly Row[], options: TableOptions = {}): string {
  const alike = new Map<string, Row[]>();
  for (const row of coverage) {
    const { cluster, state, from, until, why } = row;
    const key = JSON.stringify([cluster, state, from, until, why]);
    alike.set(key, [...(alike.get(key) ?? []), row]);
  }
  const groups = [...alike.values()];
  const rows = groups.map((group) => ({
    cluster: group[0]?.cluster ?? null,
    state: group[0]?.state ?? null,
    from: shortTime(group[0]?.from),
    until: shortTime(group[0]?.until),
    paths: group.map((row) => textOf(row.path)),
  }));
  return renderExplained(
    rows,
    groups.map((group) => group[0]?.why ?? null),
    options,
  );
}

/** What stays open, numbered, each with why and what to collect. */
export function renderUnknowns(unknowns: readonly Row[], style: Style): string {
  if (unknowns.length === 0) return `${style.dim('(none)')}\n`;
  return unknowns
    .map((unknown, index) => {
      const text = (name: string) => textOf(unknown[name]);
      return `${index + 1}. ${text('question')}\n   why:     ${text('why')}\n   collect: ${text('collect')}\n`;
    })
    .join('');
}

/** A time to the second: the exact time stands in the other formats. */
export function shortTime(time: Plain | undefined): Plain {
  return typeof time === 'string' ? time.replace(/\.\d+Z$/, 'Z') : null;
}

function renderTimed(rows: readonly Row[], options: TableOptions): string {
  const timed = rows.map(({ why: _, ...row }) => ({
    ...row,
    from: shortTime(row.from),
    until: shortTime(row.until),
  }));
  return renderExplained(
    timed,
    rows.map((row) => row.why ?? null),
    options,
  );
}

/** A table with the reason of each row in a line below it; where it is too wide, as a column. */
function renderExplained(
  rows: readonly Row[],
  reasons: readonly Plain[],
  options: TableOptions,
): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = renderTable(columns, rows, options).trimEnd().split('\n');
  if (rows.length === 0 || lines.length !== rows.length + 1) {
    const explained = rows.map((row, index) => ({ ...row, why: reasons[index] ?? null }));
    return renderTable([...columns, 'why'], explained, options);
  }
  const style = options.style ?? plainStyle;
  const paired = lines.slice(1).flatMap((line, index) => {
    const reason = textOf(reasons[index]);
    return reason === '' ? [line] : [line, style.dim(`    ${reason}`)];
  });
  return `${[lines[0], ...paired].join('\n')}\n`;
}

function heading(row: Row, style: Style): string {
  return style.bold(`${textOf(row.order)}. ${textOf(row.volatility)}`);
}

function textOf(value: Plain | undefined): string {
  return toCellText(value ?? null);
}
