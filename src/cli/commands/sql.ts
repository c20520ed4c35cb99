import type { Command } from 'commander';
import { runSelect } from '../../query/run-select.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
  readCount,
} from '../options.ts';
import { makeOutput } from '../output.ts';
import { readStdinText } from '../stdin.ts';
import { withDatabase } from '../with-database.ts';

interface SqlOptions extends CommonOptions, FormatOption {
  rows: number;
  timeout: number;
}

const statementBytesMax = 1024 * 1024;

/** `custody sql`: one SELECT of the user's own, in a database that it can only read. */
export function registerSql(program: Command): void {
  const command = program
    .command('sql')
    .summary('run one SELECT over the store')
    .description(
      'Runs one SELECT (DuckDB SQL) over the store: read-only, no other file, no setting, no second ' +
        'statement.',
    )
    .argument('<statement>', 'the statement, or - to read it from standard input')
    .option('--rows <count>', 'give up beyond this many rows', readCount, 1_000_000)
    .option('--timeout <seconds>', 'give up after this time', readCount, 300);
  addFormatOption(addCommonOptions(command))
    .addHelpText('after', help)
    .action(async (statement: string, options: SqlOptions) => {
      const sql = statement === '-' ? await readStdinText(statementBytesMax) : statement;
      const limits = { rowsMax: options.rows, secondsMax: options.timeout };
      const result = await withDatabase(options.store, (connection) =>
        runSelect(connection, sql, {}, limits),
      );
      makeOutput(options).rows(options.format, result.columns, result.rows);
    });
}

const help = `
Views:
  record        every record of evidence: record_id, stream, source, cluster, position, sha256_source, …
  quarantine    records that are not what their source promises, with the reason
  event         one normalised action: event_id, at, actor, action, resource, object, outcome, …
  event_record  which records show an event
  entity, link, exposure   the chain
  fact_*        typed rows that the sources state

Examples:
  custody sql 'show tables'
  custody sql 'describe event'
  custody sql 'select actor, count(*) as events from event group by all order by events desc, actor'
  custody sql --format csv - < question.sql`;
