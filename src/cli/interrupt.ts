import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode } from './exit-code.ts';

const stop_ms_max = 5_000;

let finish: (() => void) | undefined;
let interrupted = false;
let stopping = false;

/**
 * Listens to SIGINT and SIGTERM. The first asks a command that runs in `finishOnInterrupt` to finish
 * what it has in hand; the second, or the first for any other command, stops at once.
 */
export function listenToInterrupts(): void {
  const onSignal = () => {
    if (finish !== undefined && !interrupted) {
      interrupted = true;
      finish();
    } else if (!stopping) {
      stopping = true;
      void stopAtOnce();
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** Set once the process is about to end: whatever fails from then on needs no report. */
export function isStopping(): boolean {
  return stopping;
}

/** Runs work that a first interrupt asks to finish early, through the signal it is given. */
export async function finishOnInterrupt<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  finish = () => {
    process.stderr.write('\nFinishing the batch in hand; press Ctrl-C again to stop at once\n');
    controller.abort();
  };
  try {
    return await work(controller.signal);
  } finally {
    finish = undefined;
  }
}

/**
 * Threads are let out of DuckDB first: ending the process under them aborts it. The modules are
 * loaded here so that the signal is listened to before anything else is.
 */
async function stopAtOnce(): Promise<void> {
  const { stopWorkers } = await import('../landing/worker-pool.ts');
  const { interruptQueries } = await import('../database.ts');
  interruptQueries();
  await Promise.race([stopWorkers(), sleep(stop_ms_max)]);
  process.stderr.write('Cannot finish the command: interrupted\n');
  process.stderr.write('hint: what was committed is kept; run the same command again\n');
  process.exit(exitCode.failure);
}
