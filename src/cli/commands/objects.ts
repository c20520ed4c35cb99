import type { Command } from 'commander';
import { runComposed } from '../../query/blast-radius.ts';
import { findQuery, loadLibrary } from '../../query/library.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
} from '../options.ts';
import { makeOutput } from '../output.ts';
import { withDatabase } from '../with-database.ts';

/** `custody objects`: provider objects by any part of their name. */
export function registerObjects(program: Command): void {
  const command = program
    .command('objects')
    .summary('find a provider object by any part of its name')
    .description('Lists the provider objects that the landed logs name.')
    .argument('[part]', 'any part of the name', '')
    .option('--exact', 'the part is the whole name');
  addFormatOption(addCommonOptions(command))
    .addHelpText('after', '\nExamples:\n  custody objects\n  custody objects stripe --format json')
    .action(async (part: string, options: CommonOptions & FormatOption & { exact?: boolean }) => {
      const output = makeOutput(options);
      const rows = await withDatabase(options.store, (connection) =>
        runComposed(connection, findQuery(loadLibrary(), 'chain/objects'), {
          part,
          exact: options.exact === true,
        }),
      );
      output.rows(options.format, Object.keys(rows[0] ?? { object: null }), rows);
    });
}
