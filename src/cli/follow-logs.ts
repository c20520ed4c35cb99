import { setTimeout as sleep } from 'node:timers/promises';
import { CustodyError } from '../errors.ts';
import { Follower } from '../ingest/follow.ts';
import { openStore } from '../landing/store.ts';
import { type IngestOptions, ingest } from '../pipeline.ts';
import { formatCount } from '../report/quantity.ts';
import { finishOnInterrupt } from './interrupt.ts';
import type { Output } from './output.ts';

/** What `custody ingest --follow` is told. */
export interface FollowOptions
  extends Pick<IngestOptions, 'source' | 'cluster' | 'vaultInstance' | 'observedAt'> {
  /** Folder of the store. */
  store: string;
  decompressionLimit?: number;
  everySeconds: number;
}

/**
 * Lands what comes into files until an interrupt: each look lands the files that changed, up to their
 * last line end. What was landed before is known by its content, so rotation, compression and a
 * restart repeat nothing.
 *
 * @throws CustodyError BAD_OPTION for standard input, which has no other look
 */
export async function followLogs(
  paths: readonly string[],
  options: FollowOptions,
  output: Output,
): Promise<void> {
  if (paths.includes('-')) {
    throw new CustodyError(
      'BAD_OPTION',
      'Cannot follow "-": standard input has an end of its own',
      {
        hint: 'name files or folders, or leave out --follow',
      },
    );
  }
  const store = openStore(options.store, { create: true });
  const follower = new Follower(paths);
  const { source, cluster, vaultInstance, observedAt, decompressionLimit } = options;
  const naming = { source, cluster, vaultInstance, observedAt };
  output.note(`Following ${paths.join(', ')}; Ctrl-C commits and ends`);
  await finishOnInterrupt(async (signal) => {
    while (!signal.aborted) {
      const changed = follower.look();
      if (changed.length > 0) {
        const landing = { store, paths: changed, wholeLines: true, ...naming };
        const summary = await ingest({
          ...landing,
          decompressionLimitBytes: decompressionLimit,
          signal,
        });
        if (summary.records > 0) output.note(`${formatCount(summary.records)} records landed`);
        // One that is damaged now may be whole at the next look, and is told each time it is not.
        for (const { path, state, reason } of summary.files) {
          if (state === 'failed' && !signal.aborted)
            output.note(`${path}: ${reason ?? 'not read'}`);
        }
      }
      await sleep(options.everySeconds * 1000, undefined, { signal }).catch(() => {});
    }
  });
}
