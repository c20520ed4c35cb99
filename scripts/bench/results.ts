import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Answer } from './answers.ts';

/** One run of a path; what a program outside of Node took is not known. */
export interface Measured {
  seconds: number;
  cpu_seconds: number | null;
  peak_mebibytes: number | null;
  /** Of the store, where the path leaves one. */
  stored_bytes: number | null;
}

export interface Results {
  root: string;
  lines: number;
  bytes: number;
  rounds: number;
  medians: readonly ({ path: string } & Measured)[];
  answers: readonly Answer[];
}

export function medianOf(measured: readonly Measured[]): Measured {
  const cpu = measured.map(({ cpu_seconds }) => cpu_seconds).filter((value) => value !== null);
  const peaks = measured
    .map(({ peak_mebibytes }) => peak_mebibytes)
    .filter((peak) => peak !== null);
  return {
    seconds: middleOf(measured.map(({ seconds }) => seconds)) ?? 0,
    cpu_seconds: middleOf(cpu),
    peak_mebibytes: peaks.length === 0 ? null : Math.max(...peaks),
    stored_bytes: measured.at(-1)?.stored_bytes ?? null,
  };
}

export function middleOf(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
}

/** The results as a section of Markdown. */
export function describe({ root, lines, bytes, rounds, medians, answers }: Results): string {
  const insert = medians.find(({ path }) => path === 'insert')?.seconds ?? null;
  const rows = medians.map(({ path, seconds, cpu_seconds, peak_mebibytes, stored_bytes }) => [
    path,
    seconds.toFixed(2),
    (bytes / seconds / 1e6).toFixed(0),
    Math.round(lines / seconds).toString(),
    insert === null ? '' : (insert / seconds).toFixed(2),
    cpu_seconds?.toFixed(1) ?? '',
    peak_mebibytes?.toFixed(0) ?? '',
    stored_bytes === null ? '' : Math.round(stored_bytes / lines).toString(),
    stored_bytes === null ? '' : (stored_bytes / bytes).toFixed(3),
  ]);
  const header = [
    'path',
    's',
    'MB/s',
    'events/s',
    'of insert',
    'CPU s',
    'peak MiB',
    'B/event',
    'of input',
  ];
  const parts = [
    `## ${lines.toLocaleString('en').replaceAll(',', ' ')} events`,
    `${machine(root)}; medians of ${rounds}.`,
    table(header, rows),
  ];
  if (answers.length > 0) {
    parts.push(
      table(
        ['answer', 's with the start of the process', 's warm', 'rows'],
        answers.map(({ name, cold, warm, rows }) => [
          name,
          cold?.toFixed(2) ?? '',
          warm?.toFixed(3) ?? '',
          rows?.toString() ?? '',
        ]),
      ),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function machine(root: string): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: root,
    encoding: 'utf8',
  });
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${model}, ${memory} GiB, Node ${process.versions.node}, commit ${commit.trim()}`;
}

/** Puts a section in place of that of the same title, or at the end; the others stay. */
export function writeSection(path: string, section: string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '# Performance\n';
  const [title] = section.split('\n', 1);
  const parts = text.split(/^(?=## )/m).map((part) => part.trim());
  const place = parts.findIndex((part) => part.split('\n', 1)[0] === title);
  if (place === -1) parts.push(section.trim());
  else parts[place] = section.trim();
  writeFileSync(path, `${parts.join('\n\n')}\n`);
}
