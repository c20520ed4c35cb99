import { type Command, InvalidArgumentError, Option } from 'commander';
import { CustodyError } from '../errors.ts';
import { type Format, formats } from '../report/rows.ts';
import { formatTime, parseTime } from '../time.ts';

/** What every command takes. */
export interface CommonOptions {
  store: string;
  quiet?: boolean;
  color: boolean;
}

export interface FormatOption {
  format: Format;
}

/** As given on the command line; `readRange` turns them into RFC 3339. */
export interface RangeOptions {
  since?: string;
  until?: string;
}

/** A range in RFC 3339, UTC; null where it is open. */
export interface Range {
  since: string | null;
  until: string | null;
}

/** Adds --store, --quiet and --no-color. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--store <dir>', 'folder of the store')
        .default('./custody-store')
        .env('CUSTODY_STORE'),
    )
    .option('--quiet', 'say nothing but results and errors')
    .option('--no-color', 'no colours (NO_COLOR in the environment says the same)');
}

/** Adds --format with the four row formats. */
export function addFormatOption(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'how the result is written').choices(formats).default('table'),
  );
}

/** Adds --since and --until. */
export function addRangeOptions(command: Command): Command {
  return command
    .option('--since <time>', 'from here on: RFC 3339 with a zone, or relative: -6h')
    .option('--until <time>', 'up to here, the same way');
}

/** Adds --cluster as a condition on what is shown. */
export function addClusterFilter(command: Command): Command {
  return command.option('--cluster <name>', 'only what belongs to this Kubernetes cluster');
}

/** Adds --queries, a folder of the user's own canned queries. */
export function addQueriesOption(command: Command): Command {
  return command.option('--queries <dir>', 'more queries of your own, as <area>/<id>.sql');
}

/**
 * Reads --since and --until; both relative ones count from the same moment.
 *
 * @throws CustodyError BAD_OPTION for anything that is no time, or a range that ends before it begins
 */
export function readRange(options: RangeOptions, now: Date = new Date()): Range {
  const read = (text: string | undefined, option: string) =>
    text === undefined ? null : parseTime(text, option, now);
  const since = read(options.since, '--since');
  const until = read(options.until, '--until');
  if (since !== null && until !== null && since > until) {
    throw new CustodyError('BAD_OPTION', 'Cannot search the range: --since is later than --until', {
      hint: `it would run from ${formatTime(since)} until ${formatTime(until)}`,
    });
  }
  return {
    since: since === null ? null : formatTime(since),
    until: until === null ? null : formatTime(until),
  };
}

/** Collects a repeatable option. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Reads a positive whole number. */
export function readCount(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('a whole number of at least 1 is expected');
  }
  return count;
}
