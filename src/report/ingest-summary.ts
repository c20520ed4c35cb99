import type { IngestedFile, IngestSummary } from '../pipeline.ts';
import { formatBytes, formatCount, formatSeconds } from './quantity.ts';
import { makeVisible } from './visible.ts';

/** What the database holds after its refresh; null where that was left to the next command. */
export interface StoreCounts {
  events: number;
  /** Records that repeat a part of an event which another record shows already. */
  duplicates: number;
}

/** Renders what an ingest came to: each file with its fate, then the counts. */
export function renderIngestSummary(summary: IngestSummary, counts: StoreCounts | null): string {
  const rate = summary.seconds > 0 ? summary.bytes / summary.seconds : 0;
  const lines: [string, string][] = [
    ['records', `${formatCount(summary.records)} landed${alreadyThere(summary)}`],
    ['quarantined', formatCount(summary.quarantined)],
    ['redacted', formatCount(summary.redacted)],
    ['blank lines', formatCount(summary.blank_lines)],
    ['read', `${formatBytes(summary.bytes)} in ${duration(summary)}, ${formatBytes(rate)}/s`],
  ];
  if (counts !== null) {
    lines.push(
      ['events', `${formatCount(counts.events)} in the store`],
      ['duplicates', `${formatCount(counts.duplicates)} records repeat another`],
    );
  }
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    ...summary.files.map(describeFile),
    '',
    ...lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`),
  ].join('\n');
}

/** One line: what a file was taken for, or why it was not. */
function describeFile(file: IngestedFile): string {
  const fate = file.taken_for === null ? file.state : `${file.taken_for}, ${file.state}`;
  const count =
    file.taken_for === null
      ? ''
      : `, ${formatCount(file.records)} ${file.records === 1 ? 'record' : 'records'}`;
  const reason = file.reason === undefined ? '' : ` (${file.reason})`;
  return makeVisible(`${file.path}: ${fate}${count}${reason}`);
}

function alreadyThere(summary: IngestSummary): string {
  const count = summary.already_landed;
  return count === 0 ? '' : `, ${formatCount(count)} were there already`;
}

function duration(summary: IngestSummary): string {
  return summary.seconds < 10 ? `${summary.seconds.toFixed(1)} s` : formatSeconds(summary.seconds);
}
