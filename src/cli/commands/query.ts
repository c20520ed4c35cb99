import { type Command, Option } from 'commander';
import { CustodyError } from '../../errors.ts';
import { findQuery, loadLibrary, type Query } from '../../query/library.ts';
import { describeParameters } from '../../query/parameters.ts';
import type { Row } from '../../query/plain-value.ts';
import { runQuery } from '../../query/run-query.ts';
import { makeVisible } from '../../report/visible.ts';
import { exitCode } from '../exit-code.ts';
import {
  addClusterFilter,
  addCommonOptions,
  addFormatOption,
  addQueriesOption,
  addRangeOptions,
  type CommonOptions,
  collect,
  type FormatOption,
  type RangeOptions,
  readRange,
} from '../options.ts';
import { makeOutput } from '../output.ts';
import type { ProgramContext } from '../program.ts';
import { withDatabase } from '../with-database.ts';

interface LibraryOptions extends CommonOptions, FormatOption {
  queries?: string;
}

interface RunOptions extends LibraryOptions, RangeOptions {
  param?: string[];
  cluster?: string;
  failOn?: 'rows';
}

/** `custody query list|show|run`: the library of canned queries. */
export function registerQuery(program: Command, context: ProgramContext): void {
  const query = program
    .command('query')
    .summary('list, show and run canned queries')
    .description('The library of canned queries: one question a file, with what each one misses.');
  registerList(query);
  registerShow(query);
  registerRun(query, context);
}

function registerList(query: Command): void {
  const command = query.command('list').description('Lists every canned query.');
  addQueriesOption(addFormatOption(addCommonOptions(command))).action((options: LibraryOptions) => {
    const rows: Row[] = [...loadLibrary(options.queries).values()].map((entry) => ({
      id: entry.id,
      severity: entry.severity,
      title: entry.title,
      question: entry.question,
    }));
    makeOutput(options).rows(options.format, ['id', 'severity', 'title', 'question'], rows);
  });
}

function registerShow(query: Command): void {
  const command = query
    .command('show')
    .description('Shows what a canned query asks, takes, and misses.')
    .argument('<id>', 'area/name')
    .option('--sql', 'print the statement itself');
  addQueriesOption(addFormatOption(addCommonOptions(command))).action(
    (id: string, options: LibraryOptions & { sql?: boolean }) => {
      const entry = findQuery(loadLibrary(options.queries), id);
      const output = makeOutput(options);
      if (options.sql) output.result(entry.sql);
      else if (options.format === 'table') output.result(describeQuery(entry));
      else output.rows(options.format, [...metadataColumns], [toMetadata(entry)]);
    },
  );
}

function registerRun(query: Command, context: ProgramContext): void {
  const command = query
    .command('run')
    .description('Runs a canned query.')
    .argument('<id>', 'area/name')
    .option('--param <name=value>', 'a parameter; may be given several times', collect);
  addQueriesOption(addClusterFilter(addRangeOptions(addFormatOption(addCommonOptions(command)))))
    .addOption(new Option('--fail-on <what>', 'exit 1 when there are').choices(['rows']))
    .addHelpText('after', runHelp)
    .action(async (id: string, options: RunOptions) => {
      const entry = findQuery(loadLibrary(options.queries), id);
      const given = readParameters(options);
      const { columns, rows } = await withDatabase(options.store, (connection) =>
        runQuery(connection, entry, given),
      );
      makeOutput(options).rows(options.format, columns, rows);
      if (options.failOn === 'rows' && rows.length > 0) context.end(exitCode.findings);
    });
}

/** --since, --until and --cluster are short for parameters of those names. */
function readParameters(options: RunOptions): Record<string, string> {
  const given: Record<string, string> = {};
  for (const text of options.param ?? []) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new CustodyError('BAD_OPTION', `Cannot read --param "${text}": there is no "="`, {
        hint: 'write --param name=value',
      });
    }
    given[text.slice(0, at)] = text.slice(at + 1);
  }
  const { since, until } = readRange(options);
  if (since !== null) given.since = since;
  if (until !== null) given.until = until;
  if (options.cluster !== undefined) given.cluster = options.cluster;
  return given;
}

const metadataColumns = [
  'id',
  'title',
  'question',
  'sources',
  'severity',
  'attack',
  'params',
  'misses',
  'next',
  'references',
] as const;

function toMetadata(entry: Query): Row {
  return Object.fromEntries(metadataColumns.map((name) => [name, entry[name]])) as unknown as Row;
}

function describeQuery(entry: Query): string {
  const parameters = describeParameters(entry.params);
  const blocks = [
    [entry.title, `${entry.id}, ${entry.severity}, from ${entry.sources.join(', ')}`],
    ['Question', entry.question],
    ['Parameters', ...(parameters.length > 0 ? parameters : ['none'])],
    ['Misses', entry.misses.trim()],
    ['Next', ...entry.next],
    ['References', ...entry.attack.map(toAttackUrl), ...entry.references],
  ];
  return `${blocks.map(([title, ...lines]) => [title, ...lines.map((line) => `  ${visible(line)}`)].join('\n')).join('\n\n')}\n`;
}

function visible(text: string): string {
  return text.split('\n').map(makeVisible).join('\n  ');
}

function toAttackUrl(id: string): string {
  return `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`;
}

const runHelp = `
Examples:
  custody query run exposure/exposures --param objects=vault:secret/payments/stripe --since=-7d
  custody query run coverage/paths --format json

--since, --until and --cluster are short for --param since=…, until=… and cluster=…`;
