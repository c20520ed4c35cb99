import type { DuckDBConnection } from '@duckdb/node-api';
import { type Command, Option } from 'commander';
import { runComposed } from '../../query/blast-radius.ts';
import {
  type Coverage,
  type CoverageQuestion,
  composeCoverage,
  hasGaps,
} from '../../query/coverage.ts';
import { findQuery, loadLibrary, type Query } from '../../query/library.ts';
import type { Plain, Row } from '../../query/plain-value.ts';
import { resolveObject } from '../../query/resolve-object.ts';
import { renderCollection, renderCoverage } from '../../report/coverage.ts';
import type { Format } from '../../report/rows.ts';
import { exitCode } from '../exit-code.ts';
import {
  addClusterFilter,
  addCommonOptions,
  addFormatOption,
  addRangeOptions,
  type CommonOptions,
  type FormatOption,
  type RangeOptions,
  readRange,
} from '../options.ts';
import { makeOutput, type Output } from '../output.ts';
import type { ProgramContext } from '../program.ts';
import { withDatabase } from '../with-database.ts';

interface CoverageOptions extends CommonOptions, FormatOption, RangeOptions {
  object?: string;
  allMatches?: boolean;
  collect?: boolean;
  cluster?: string;
  failOn?: 'gaps';
}

/** `custody coverage`: what the landed logs can show, and what to collect next. */
export function registerCoverage(program: Command, context: ProgramContext): void {
  const command = program
    .command('coverage')
    .summary('what the logs can show, their gaps, and what to collect next')
    .description(
      'Which log would show each way to hold a credential, at which level and for which intervals ' +
        'it is there; its gaps, the clocks, and what all that leaves open.',
    )
    .option('--object <reference>', 'only what concerns this provider object')
    .option('--all-matches', 'where the reference matches several objects, take them all')
    .option('--collect', 'only what to collect next, as commands, most volatile first');
  addClusterFilter(addRangeOptions(addFormatOption(addCommonOptions(command))))
    .addOption(
      new Option('--fail-on <what>', 'exit 1 when a log is missing or has any').choices(['gaps']),
    )
    .addHelpText('after', help)
    .action(async (options: CoverageOptions) => {
      const range = readRange(options);
      const library = loadLibrary();
      const { answer, collection } = await withDatabase(options.store, async (connection) => {
        const question = {
          objects: await objectsOf(connection, library, options),
          cluster: options.cluster ?? null,
          ...range,
        } satisfies CoverageQuestion;
        return {
          answer:
            options.collect && !options.failOn
              ? null
              : await composeCoverage(connection, library, question),
          collection: options.collect
            ? await runComposed(connection, findQuery(library, 'coverage/collect'), question)
            : null,
        };
      });
      const output = makeOutput(options);
      if (collection !== null) printCollection(collection, options.format, output);
      else if (answer !== null) print(answer, options.format, output);
      if (options.failOn && answer !== null && hasGaps(answer)) context.end(exitCode.findings);
    });
}

async function objectsOf(
  connection: DuckDBConnection,
  library: Map<string, Query>,
  options: CoverageOptions,
): Promise<string[] | null> {
  if (options.object === undefined) return null;
  return (await resolveObject(connection, library, options.object, options)).objects;
}

function printCollection(collection: readonly Row[], format: Format, output: Output): void {
  if (format === 'table') output.result(renderCollection(collection, output));
  else output.rows(format, Object.keys(collection[0] ?? { order: null }), collection);
}

function print(answer: Coverage, format: Format, output: Output): void {
  if (format === 'table') {
    output.result(renderCoverage(answer, output));
    output.note('\ncustody coverage --collect gives the commands, in the order to run them');
  } else if (format === 'json') {
    output.json(answer as unknown as Plain);
  } else {
    output.rows(format, Object.keys(answer.coverage[0] ?? { cluster: null }), answer.coverage);
  }
}

const help = `
JSON holds coverage, gaps, clock_skew and unknowns; csv and ndjson hold the coverage. With --collect every
format holds the commands: what goes with a pod first, configuration last (RFC 3227). Look at a command
before you run it: names in it come from the logs.

Examples:
  custody coverage
  custody coverage --object vault:secret/payments/stripe --since=-7d
  custody coverage --collect --cluster prod
  custody coverage --format json --fail-on gaps`;
