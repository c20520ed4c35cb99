import { Command } from 'commander';
import { version } from '../version.ts';
import { registerBlastRadius } from './commands/blast-radius.ts';
import { registerChain } from './commands/chain.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerCoverage } from './commands/coverage.ts';
import { registerDemo } from './commands/demo.ts';
import { registerIngest } from './commands/ingest.ts';
import { registerLeak } from './commands/leak.ts';
import { registerObjects } from './commands/objects.ts';
import { registerQuery } from './commands/query.ts';
import { registerRebuild } from './commands/rebuild.ts';
import { registerReport } from './commands/report.ts';
import { registerServe } from './commands/serve.ts';
import { registerShow } from './commands/show.ts';
import { registerSimulate } from './commands/simulate.ts';
import { registerSnapshot } from './commands/snapshot.ts';
import { registerSources } from './commands/sources.ts';
import { registerSql } from './commands/sql.ts';
import { registerTimeline } from './commands/timeline.ts';
import { type ExitCode, exitCode } from './exit-code.ts';

/** What a command needs from the program around it: a way to say how it ended. */
export interface ProgramContext {
  end(code: ExitCode): void;
}

/** Builds the tree of commands in the order in which --help shows them. */
export function buildProgram(context: ProgramContext): Command {
  const program = new Command('custody')
    .description(
      'Who could have held this version of this credential, by which path, from when until when, ' +
        'and which log records show it.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'explain a command')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: (text, write) => write(rewordComplaint(text)) })
    .exitOverride()
    .addHelpText('after', programHelp);
  const registers = [
    registerDemo,
    registerIngest,
    registerLeak,
    registerBlastRadius,
    registerTimeline,
    registerChain,
    registerObjects,
    registerShow,
    registerQuery,
    registerSql,
    registerReport,
    registerCoverage,
    registerSources,
    registerSnapshot,
    registerServe,
    registerRebuild,
    registerSimulate,
    registerCompletion,
  ];
  for (const register of registers) register(program, context);
  return program;
}

const programHelp = `
Examples:
  custody demo
  custody ingest ./logs --cluster prod
  custody blast-radius --object vault:secret/payments/stripe --version 3
  custody leak --value-stdin < leaked.txt

Exit codes: ${exitCode.fine} fine, ${exitCode.findings} findings (with --fail-on), ${exitCode.failure} failure
or interruption.
The store is ./custody-store, or CUSTODY_STORE, or --store of a command.`;

/** Commander's complaints in the form of all others: what cannot be done, then a hint. */
function rewordComplaint(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  const state = first.replace(/^error: /, '').replace(/\.$/, '');
  const suggestion = rest
    .join(' ')
    .replace(/^\(|\)$/g, '')
    .replace(/\?$/, '');
  const hint = suggestion === '' ? 'custody --help, or custody <command> --help' : suggestion;
  return `Cannot run the command: ${state}\nhint: ${hint}\n`;
}
