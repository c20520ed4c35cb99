import { exitCode } from './exit-code.ts';

let finish: (() => void) | undefined;
let interrupted = false;

/**
 * Listens to SIGINT and SIGTERM. The first asks a command that registered with `finishOnInterrupt`
 * to finish what it has in hand; the second, or the first for any other command, stops at once.
 */
export function listenToInterrupts(): void {
  const onSignal = () => {
    if (finish === undefined || interrupted) {
      process.stderr.write('Cannot finish the command: interrupted\n');
      process.stderr.write('hint: what was committed is kept; run the same command again\n');
      process.exit(exitCode.failure);
    }
    interrupted = true;
    finish();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
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
