import type { Command } from 'commander';
import { CustodyError } from '../../errors.ts';
import { openStore, type Store } from '../../landing/store.ts';
import { type IngestSummary, ingestFailed } from '../../pipeline.ts';
import type { Plain, Row } from '../../query/plain-value.ts';
import { renderIngestSummary, type StoreCounts } from '../../report/ingest-summary.ts';
import { formatTime, parseTime } from '../../time.ts';
import { followLogs } from '../follow-logs.ts';
import { announceJob, landLogs, refreshAndCount } from '../land-logs.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
  readCount,
} from '../options.ts';
import { makeOutput, type Output } from '../output.ts';

interface IngestCommandOptions extends CommonOptions, FormatOption {
  source?: string;
  cluster?: string;
  vaultInstance?: string;
  observedAt?: string;
  decompressionLimit?: number;
  refresh: boolean;
  follow?: boolean;
  everySeconds: number;
}

/** `custody ingest`: lands logs as evidence and brings the database up to date. */
export function registerIngest(program: Command): void {
  const command = program
    .command('ingest')
    .summary('land logs as evidence')
    .description(
      'Lands logs: every record is kept, hashed and placed; secrets in it are replaced by fingerprints. ' +
        'Plain, gzip, zstd and zip files are recognised by content. Landing twice changes nothing, so a run that ' +
        'was cut off is simply repeated.',
    )
    .argument('<path...>', 'files, folders, or - for standard input')
    .option('--cluster <name>', 'the Kubernetes cluster, where the log does not name it')
    .option(
      '--vault-instance <name>',
      'the Vault or OpenBao instance, where the log does not name it',
    )
    .option('--observed-at <time>', 'when a snapshot (kubectl get) was taken, RFC 3339')
    .option('--source <id>', 'take every file for this source, whatever it looks like')
    .option(
      '--decompression-limit <bytes>',
      'stop decompressing a file beyond this size',
      readCount,
    )
    .option('--no-refresh', 'leave the database to the next command')
    .option('--follow', 'go on as files grow, rotate and come, until interrupted; no refresh')
    .option('--every-seconds <count>', 'how often --follow looks', readCount, 5);
  addFormatOption(addCommonOptions(command))
    .addHelpText('after', help)
    .action(async (paths: string[], options: IngestCommandOptions) => {
      const output = makeOutput(options);
      const observedAt =
        options.observedAt === undefined
          ? undefined
          : formatTime(parseTime(options.observedAt, '--observed-at'));
      if (options.follow === true) {
        await followLogs(paths, { ...options, observedAt }, output);
        return;
      }
      announceJob(paths, output);
      const store = openStore(options.store, { create: true });
      const summary = await landLogs(
        {
          store,
          paths,
          source: options.source,
          cluster: options.cluster,
          vaultInstance: options.vaultInstance,
          observedAt,
          decompressionLimitBytes: options.decompressionLimit,
        },
        options.quiet === true,
      );
      const counts = await refreshUnless(
        !options.refresh || summary.interrupted,
        store,
        output,
        options,
      );
      print(summary, counts, options, output);
      failIfIncomplete(summary);
    });
}

/** What is landed is committed: that the database is busy just now is no failure of the ingest. */
async function refreshUnless(
  left: boolean,
  store: Store,
  output: Output,
  options: IngestCommandOptions,
): Promise<StoreCounts | null> {
  if (left) return null;
  try {
    return await refreshAndCount(store, options.quiet === true);
  } catch (error) {
    if (!(error instanceof CustodyError) || error.code !== 'STORE_LOCKED') throw error;
    output.note(`${error.message}; the next command brings the database up to date`);
    return null;
  }
}

function print(
  summary: IngestSummary,
  counts: StoreCounts | null,
  options: IngestCommandOptions,
  output: Output,
): void {
  const { files, ...totals } = summary;
  const rows = files.map(({ path, taken_for, state, records, reason }) => {
    return { path, taken_for, state, records, reason: reason ?? null };
  }) satisfies Row[];
  if (options.format === 'table') output.note(renderIngestSummary(summary, counts));
  else if (options.format === 'json') {
    const { events = null, duplicates = null } = counts ?? {};
    output.json({ ...totals, events, duplicates, files: rows } as unknown as Plain);
  } else {
    output.rows(options.format, ['path', 'taken_for', 'state', 'records', 'reason'], rows);
  }
}

function failIfIncomplete(summary: IngestSummary): void {
  const kept = `${summary.records} records are committed`;
  if (summary.interrupted) {
    throw new CustodyError('INTERRUPTED', 'Cannot finish the ingest: interrupted', {
      hint: `${kept}; run the same command again to go on where it stopped`,
    });
  }
  const failed = summary.files.filter((file) => file.state === 'failed');
  const [first, ...more] = failed;
  if (ingestFailed(summary) && first) {
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    throw new CustodyError(
      'UNREADABLE_INPUT',
      `Cannot ingest "${first.path}" whole: ${first.reason ?? 'not readable'}${others}`,
      { hint: `${kept}; mend the input and run the same command again` },
    );
  }
  if (summary.files.every((file) => file.state === 'skipped')) {
    const [only] = summary.files;
    const reason = summary.files.length === 1 ? only?.reason : 'no file is a log of a known source';
    throw new CustodyError('UNREADABLE_INPUT', `Cannot ingest "${only?.path}": ${reason}`, {
      hint: 'custody sources lists what is recognised, and by what',
    });
  }
}

const help = `
Examples:
  custody ingest --follow /var/log/kubernetes/audit/ --cluster prod
  custody ingest ./logs --cluster prod
  custody ingest audit.log audit.log.1.gz --cluster prod --no-refresh
  kubectl get secretproviderclasses -A -o yaml | custody ingest - --cluster prod
  custody ingest pods.json --cluster prod --observed-at 2026-03-01T14:00:00Z
  custody ingest vault-audit.log --vault-instance eu --format json
  custody ingest custody.yaml --cluster prod --observed-at 2026-03-01T00:00:00Z

custody.yaml is a team's own file on its workloads: purpose, owner and day of the access review.
  custody: 1
  team: payments
  workloads:
    - namespace: payments
      workload: Deployment/api         (absent: all; so are class and cluster)
      purpose: model_api               (retrieval_store, tool_execution, data_pipeline, signing,
                                       telemetry or administrative_automation)
      access_review: { owner: payments-leads, last_review: 2026-02-01 }

The summary goes to standard error; with --format json to standard output.`;
