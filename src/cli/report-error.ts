import { CommanderError } from 'commander';
import { CustodyError, type ErrorCode } from '../errors.ts';
import { makeVisible } from '../report/visible.ts';
import { type ExitCode, exitCode } from './exit-code.ts';

/** Writes a failure to stderr, an expected one in one line with its hint, and gives the exit code. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed its help, version or complaint already.
    return error.exitCode === 0 ? exitCode.fine : exitCode.failure;
  }
  if (error instanceof CustodyError) {
    process.stderr.write(`${makeVisible(error.message)}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${visibleLines(error.hint)}\n`);
    return exitCode.failure;
  }
  const known = fromSystem(error);
  if (known) return reportError(known);
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.stderr.write('hint: this is a fault in Custody; the store keeps what was committed\n');
  return exitCode.failure;
}

/** Failures of the system that need no stack: a full disk is not a fault of the program. */
function fromSystem(error: unknown): CustodyError | undefined {
  const { code = '', path } = (error ?? {}) as NodeJS.ErrnoException;
  const known = systemFailures[code];
  if (known === undefined) return undefined;
  const where = path === undefined ? '' : ` "${path}"`;
  const message = `Cannot ${known.action}${where}: ${known.state} (${code})`;
  return new CustodyError(known.code, message, { hint: known.hint, cause: error });
}

interface SystemFailure {
  code: ErrorCode;
  action: string;
  state: string;
  hint: string;
}

const full: SystemFailure = {
  code: 'NOT_WRITABLE',
  action: 'write',
  state: 'the disk is full',
  hint: 'make room and run the command again; what was committed is kept',
};
const denied: SystemFailure = {
  code: 'NOT_WRITABLE',
  action: 'use',
  state: 'permission denied',
  hint: 'check the owner and mode of the folder, or choose another with --store',
};
const exhausted: SystemFailure = {
  code: 'LIMIT_REACHED',
  action: 'open',
  state: 'too many open files',
  hint: 'raise the limit (ulimit -n) and run the command again',
};

const systemFailures: Record<string, SystemFailure | undefined> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  EMFILE: exhausted,
  ENFILE: exhausted,
};

function visibleLines(text: string): string {
  return text.split('\n').map(makeVisible).join('\n');
}
