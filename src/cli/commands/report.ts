import { Argument, type Command, Option } from 'commander';
import { CustodyError } from '../../errors.ts';
import { composeReport, type EvidenceReport, reportKinds } from '../../query/evidence-report.ts';
import { loadLibrary } from '../../query/library.ts';
import { resolveObject } from '../../query/resolve-object.ts';
import { type EvidenceFormat, evidenceRenderers } from '../../report/evidence-renderers.ts';
import {
  addClusterFilter,
  addCommonOptions,
  addRangeOptions,
  type CommonOptions,
  collect,
  type RangeOptions,
  readRange,
} from '../options.ts';
import { makeOutput } from '../output.ts';
import type { ProgramContext } from '../program.ts';
import { withDatabase } from '../with-database.ts';

interface ReportOptions extends CommonOptions, RangeOptions {
  format: EvidenceFormat;
  object?: string[];
  cluster?: string;
  changesSince?: string;
}

/** `custody report`: an evidence report to be read, printed and filed. */
export function registerReport(program: Command, _context: ProgramContext): void {
  const command = program
    .command('report')
    .summary('an evidence report, as HTML, Markdown, JSON or CSV')
    .description(
      'Writes an evidence report to stdout: key questions with answered, partial or unknown, each ' +
        'claim with its evidence ids, citations, unknowns, and the versions that gave them. The ' +
        'same store gives the same bytes: a question of a moment is asked for --until, else for ' +
        'the end of the logs.',
    )
    .addArgument(new Argument('<kind>', 'kind of report').choices(Object.keys(reportKinds)))
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(Object.keys(evidenceRenderers))
        .default('html'),
    )
    .option('--object <reference>', 'only this provider object; may be repeated', collect)
    .option(
      '--changes-since <time>',
      'tell too what is otherwise than in the same report until then, as --until is given',
    );
  addClusterFilter(addRangeOptions(addCommonOptions(command))).action(
    async (kind: string, options: ReportOptions) => {
      const answer = await ask(kind, options, program.version() ?? '');
      makeOutput(options).result(evidenceRenderers[options.format].render(answer));
    },
  );
}

async function ask(
  kind: string,
  options: ReportOptions,
  custodyVersion: string,
): Promise<EvidenceReport> {
  const { object: references, cluster } = options;
  if (reportKinds[kind]?.named && references === undefined) {
    throw new CustodyError('BAD_OPTION', `Cannot report "${kind}": no --object is given`, {
      hint: 'custody objects lists the objects; --object may be repeated',
    });
  }
  const range = readRange(options);
  const changesSince = readEarlier(options, range.until);
  const library = loadLibrary();
  return withDatabase(options.store, async (connection) => {
    const objects: string[] = [];
    for (const reference of references ?? []) {
      objects.push(...(await resolveObject(connection, library, reference, { cluster })).objects);
    }
    return composeReport(connection, library, {
      kind,
      objects: references === undefined ? null : objects,
      ...range,
      changesSince,
      cluster: cluster ?? null,
      custodyVersion,
    });
  });
}

/** The time of --changes-since, which lies within what is asked about. */
function readEarlier({ changesSince, since }: ReportOptions, until: string | null): string | null {
  if (changesSince === undefined) return null;
  const { until: earlier } = readRange({ until: changesSince, ...(since && { since }) });
  if (until !== null && earlier !== null && earlier > until) {
    throw new CustodyError('BAD_OPTION', 'Cannot compare: --changes-since is later than --until', {
      hint: `they are ${earlier} and ${until}`,
    });
  }
  return earlier;
}
