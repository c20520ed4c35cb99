import { openStoreDatabase, refreshDatabase } from '../database.ts';
import { CustodyError } from '../errors.ts';
import { listInputs } from '../ingest/list-inputs.ts';
import type { Store } from '../landing/store.ts';
import {
  type IngestOptions,
  type IngestProgress,
  type IngestSummary,
  ingest,
} from '../pipeline.ts';
import type { StoreCounts } from '../report/ingest-summary.ts';
import { formatBytes, formatCount, formatSeconds } from '../report/quantity.ts';
import { askForRefresh } from '../serve/serve-file.ts';
import { finishOnInterrupt } from './interrupt.ts';
import type { Output } from './output.ts';
import { ProgressLine } from './progress-line.ts';

/** Says what there is to read, and fails before a store is made where nothing can be. */
export function announceJob(paths: readonly string[], output: Output): void {
  const inputs = listInputs(paths);
  const readable = inputs.filter((input) => input.kind !== 'skipped' && input.kind !== 'failed');
  if (readable.length === 0) {
    const [first] = inputs;
    const reason = first && 'reason' in first ? first.reason : 'there is no file in it';
    throw new CustodyError(
      'UNREADABLE_INPUT',
      `Cannot ingest "${first?.path ?? paths[0]}": ${reason}`,
      {
        hint: 'give files, folders of files, or - for standard input',
      },
    );
  }
  const bytes = readable.reduce((sum, input) => sum + (input.kind === 'file' ? input.bytes : 0), 0);
  const files = readable.length === 1 ? '1 file' : `${formatCount(readable.length)} files`;
  output.note(`Reading ${files}, ${formatBytes(bytes)}`);
}

/** Lands logs with a progress line; a first interrupt finishes the batches in hand. */
export async function landLogs(
  options: Omit<IngestOptions, 'signal'>,
  quiet: boolean,
): Promise<IngestSummary> {
  const line = new ProgressLine(quiet);
  const started = performance.now();
  try {
    return await finishOnInterrupt((signal) =>
      ingest({ ...options, signal }, (progress) =>
        line.update(() => describeProgress(progress, (performance.now() - started) / 1000)),
      ),
    );
  } finally {
    line.clear();
  }
}

const refreshSecondsMax = 300;

/** Brings the database up to date and counts what it holds. */
export async function refreshAndCount(store: Store, quiet: boolean): Promise<StoreCounts> {
  const line = new ProgressLine(quiet);
  let asOfMin: number | undefined;
  try {
    line.update(() => 'Refreshing the database');
    asOfMin = (await askForRefresh(store, refreshSecondsMax)) ?? undefined;
    if (asOfMin === undefined) {
      await refreshDatabase(store, (step) => line.update(() => `Refreshing the database: ${step}`));
    }
  } finally {
    line.clear();
  }
  const database = await openStoreDatabase(store, { mode: 'read', asOfMin });
  try {
    const reader = await database.connection.runAndReadAll(
      `select
        (select events from event_total),
        (select count(*) - count(distinct hash(event_id, pointer, part)) from derived_event_record)`,
    );
    return { events: Number(reader.value(0, 0)), duplicates: Number(reader.value(1, 0)) };
  } finally {
    database.close();
  }
}

function describeProgress(progress: IngestProgress, seconds: number): string {
  const { bytesDone, bytesTotal } = progress;
  const rate = bytesDone / Math.max(seconds, 0.001);
  const share = bytesTotal > 0 ? Math.min(100, Math.floor((100 * bytesDone) / bytesTotal)) : null;
  const left = bytesTotal > bytesDone && rate > 0 ? (bytesTotal - bytesDone) / rate : null;
  return [
    bytesTotal > 0
      ? `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`
      : formatBytes(bytesDone),
    share === null ? '' : ` (${share} %)`,
    `, ${formatBytes(rate)}/s`,
    left === null ? '' : `, ${formatSeconds(left)} left`,
  ].join('');
}
