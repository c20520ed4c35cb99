#!/usr/bin/env node
import { type ExitCode, exitCode } from './exit-code.ts';
import { listenToInterrupts } from './interrupt.ts';
import { flush, ignoreClosedPipes } from './output.ts';
import { buildProgram } from './program.ts';
import { reportError } from './report-error.ts';

ignoreClosedPipes();
listenToInterrupts();
let code: ExitCode = exitCode.fine;
try {
  const program = buildProgram({
    end: (ended) => {
      code = ended;
    },
  });
  await program.parseAsync(process.argv);
} catch (error) {
  code = reportError(error);
}
await flush();
process.exit(code);
