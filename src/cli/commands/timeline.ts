import type { Command } from 'commander';
import { runComposed } from '../../query/blast-radius.ts';
import { findQuery, loadLibrary } from '../../query/library.ts';
import { resolveObject } from '../../query/resolve-object.ts';
import { renderTimeline } from '../../report/timeline.ts';
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
import { makeOutput } from '../output.ts';
import { withDatabase } from '../with-database.ts';

interface TimelineOptions extends CommonOptions, FormatOption, RangeOptions {
  object: string;
  version?: string;
  allMatches?: boolean;
  cluster?: string;
}

/** `custody timeline`: what happened to a credential, in order. */
export function registerTimeline(program: Command): void {
  const command = program
    .command('timeline')
    .summary('what happened to a credential and its holders, in order')
    .description('What happened to a credential and its holders, in order of time.')
    .requiredOption('--object <reference>', 'the provider object; #field narrows to one field')
    .option('--version <version>', 'one version, as the provider names it; all without')
    .option('--all-matches', 'where the reference matches several objects, take them all');
  addClusterFilter(addRangeOptions(addFormatOption(addCommonOptions(command))))
    .addHelpText(
      'after',
      '\nExamples:\n  custody timeline --object vault:secret/payments/stripe\n' +
        '  custody timeline --object stripe --since=-2d --format csv',
    )
    .action(async (options: TimelineOptions) => {
      const range = readRange(options);
      const library = loadLibrary();
      const rows = await withDatabase(options.store, async (connection) => {
        const { objects, field } = await resolveObject(
          connection,
          library,
          options.object,
          options,
        );
        return runComposed(connection, findQuery(library, 'exposure/timeline'), {
          objects,
          fields: field === null ? null : [field],
          version: options.version ?? null,
          cluster: options.cluster ?? null,
          ...range,
        });
      });
      const output = makeOutput(options);
      if (options.format === 'table') output.result(renderTimeline(rows, output));
      else output.rows(options.format, Object.keys(rows[0] ?? { at: null }), rows);
    });
}
