import { type Command, Option } from 'commander';
import { runComposed } from '../../query/blast-radius.ts';
import { findQuery, loadLibrary } from '../../query/library.ts';
import { resolveObject } from '../../query/resolve-object.ts';
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

const grades = ['recorded', 'matched', 'inferred', 'candidate'] as const;

interface ChainOptions extends CommonOptions, FormatOption, RangeOptions {
  kind?: string;
  grade?: (typeof grades)[number];
  object?: string;
  cluster?: string;
}

/** `custody chain`: the links of an entity, each with its grade and evidence. */
export function registerChain(program: Command): void {
  const command = program
    .command('chain')
    .summary('the links around an entity, with grade and evidence')
    .description('Lists the links between entities: what is tied to what, how surely, and by what.')
    .argument('[entity]', 'any part of an entity: a pod, an identity, an object; all without', '')
    .option('--object <reference>', 'the links of this provider object and its versions')
    .option('--kind <kind>', 'only links of this kind, such as delivered or read')
    .addOption(new Option('--grade <grade>', 'only links of this grade').choices(grades));
  addClusterFilter(addRangeOptions(addFormatOption(addCommonOptions(command))))
    .addHelpText(
      'after',
      '\nExamples:\n  custody chain payments/api\n' +
        '  custody chain --object vault:secret/payments/stripe\n' +
        '  custody chain --kind delivered --format json',
    )
    .action(async (entity: string, options: ChainOptions) => {
      const range = readRange(options);
      const library = loadLibrary();
      const rows = await withDatabase(options.store, async (connection) => {
        const { object, cluster } = options;
        const resolved = object && (await resolveObject(connection, library, object, { cluster }));
        return runComposed(connection, findQuery(library, 'chain/links'), {
          part: resolved ? (resolved.objects[0] ?? entity) : entity,
          kind: options.kind ?? null,
          grade: options.grade ?? null,
          cluster: cluster ?? null,
          ...range,
        });
      });
      makeOutput(options).rows(options.format, Object.keys(rows[0] ?? { kind: null }), rows);
    });
}
