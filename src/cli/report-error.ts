import { CommanderError } from 'commander';
import { CustodyError } from '../errors.ts';
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
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const where = path === undefined ? '' : ` "${path}"`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new CustodyError('NOT_WRITABLE', `Cannot write${where}: the disk is full`, {
        hint: 'make room and run the command again; what was committed is kept',
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CustodyError('NOT_WRITABLE', `Cannot use${where}: permission denied (${code})`, {
        hint: 'check the owner and mode of the folder, or choose another with --store',
      });
    case 'EMFILE':
    case 'ENFILE':
      return new CustodyError('LIMIT_REACHED', `Cannot open${where}: too many open files`, {
        hint: 'raise the limit (ulimit -n) and run the command again',
      });
    case undefined:
    default:
      return undefined;
  }
}

function visibleLines(text: string): string {
  return text.split('\n').map(makeVisible).join('\n');
}
