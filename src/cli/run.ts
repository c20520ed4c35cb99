import { type ExitCode, exitCode } from './exit-code.ts';
import { isStopping } from './interrupt.ts';
import { flush, ignoreClosedPipes } from './output.ts';
import { buildProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Runs one command line to its end, and the process with it. */
export async function run(commandLine: readonly string[]): Promise<never> {
  ignoreClosedPipes();
  let code: ExitCode = exitCode.fine;
  try {
    const program = buildProgram({
      end: (ended) => {
        code = ended;
      },
    });
    await program.parseAsync(commandLine);
  } catch (error) {
    // An interrupt ends the process itself; what it broke off is no failure of its own.
    if (isStopping()) await new Promise(() => {});
    code = reportError(error);
  }
  await flush();
  process.exit(code);
}
