import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CustodyError } from '../../errors.ts';
import type { Plain, Row } from '../../query/plain-value.ts';
import { ingestWords, renderGuide } from '../../simulate/landing-guide.ts';
import type { SimulationOptions } from '../../simulate/options.ts';
import { openTruth, sealTruth } from '../../simulate/sealed-truth.ts';
import { type Simulated, simulate } from '../../simulate/simulate.ts';
import { microTime } from '../../simulate/world/clock.ts';
import { parseTime } from '../../time.ts';
import { finishOnInterrupt } from '../interrupt.ts';
import { addFormatOption, collect, type FormatOption, readCount } from '../options.ts';
import { makeOutput, type Output } from '../output.ts';
import { ProgressLine } from '../progress-line.ts';

interface SimulateCommandOptions extends FormatOption {
  out?: string;
  seed?: number;
  clusters: number;
  namespaces: number;
  days: number;
  start: string;
  events: number;
  incidents: number;
  pollMinutes: number;
  auditPolicy: SimulationOptions['audit_policy'];
  disorder: number;
  duplicates: number;
  damaged: number;
  overlap: number;
  truncate: number;
  clockSkew: number;
  rotate: number;
  without: string[];
  story?: boolean;
  open?: string;
  key?: string;
  quiet?: boolean;
  color: boolean;
}

/** `custody simulate`: logs of a made-up world with incidents in it, and what really happened. */
export function registerSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .summary('make logs up: a seeded world with planted incidents and its truth')
    .description(
      'Plays days of some clusters and a secret provider: rollouts, restarts, moves, rotations, readers, ' +
        'entries, thefts and refusals, amid everyday traffic; writes their logs and the truth. The same seed ' +
        'and options give the same bytes. For drills, demonstrations and tests of detections.',
    )
    .option('--out <dir>', 'folder to write to, which must be empty or new')
    .option(
      '--seed <number>',
      'what all chance comes from (default: 1; a random one with --story)',
      readWhole,
    )
    .option(
      '--clusters <count>',
      'clusters, each with the next provider; every second has driver 1.6',
      readCount,
      6,
    )
    .option('--namespaces <count>', 'namespaces with workloads, of each cluster', readCount, 3)
    .option('--days <count>', 'how long', readCount, 3)
    .option('--start <time>', 'when it begins, RFC 3339', '2026-03-02T00:00:00Z')
    .option(
      '--events <count>',
      'lines of all logs together, about; k and M are understood',
      readEvents,
      100_000,
    )
    .option(
      '--incidents <count>',
      'acts of people and thieves, refused ones among them',
      readWhole,
      48,
    )
    .option('--poll-minutes <count>', 'how often the driver polls a mount', readCount, 60);
  addBlemishes(command)
    .option('--story', 'a drill: the truth is sealed, and the key printed')
    .option('--open <file>', 'open the truth of a drill, and print it as JSON')
    .option('--key <key>', 'the key that --story printed')
    .option('--quiet', 'say nothing but results and errors')
    .option('--no-color', 'no colours (NO_COLOR in the environment says the same)');
  addFormatOption(command).addHelpText('after', help).action(run);
}

/** What is wrong with the logs; nothing is, unless asked for. */
function addBlemishes(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--audit-policy <policy>',
        'what API servers log: all bodies, or as managed clouds do',
      )
        .choices(['full', 'managed'])
        .default('full'),
    )
    .option('--disorder <share>', 'lines that come up to 20 s late', readShare, 0)
    .option('--duplicates <share>', 'lines that stand there twice', readShare, 0)
    .option('--damaged <share>', 'everyday lines that are cut, foreign or blank', readShare, 0)
    .option(
      '--overlap <lines>',
      'lines that a file has in common with the one before',
      readWhole,
      0,
    )
    .option('--truncate <bytes>', 'events above that lose their bodies; 0: none do', readWhole, 0)
    .option('--clock-skew <seconds>', "by how much the provider's clock is ahead", readSeconds, 0)
    .option('--rotate <mebibytes>', 'size at which a file is rotated', readCount, 100)
    .option(
      '--without <log>',
      'a log nobody collected: vault_audit, k8s_audit:prod-eu; repeat',
      collect,
      [] as string[],
    );
}

async function run(options: SimulateCommandOptions): Promise<void> {
  const output = makeOutput(options);
  if (options.open !== undefined) {
    output.json(openTruth(options.open, keyOf(options)) as unknown as Plain);
    return;
  }
  if (options.out === undefined) {
    throw new CustodyError('BAD_OPTION', 'Cannot simulate: --out is missing', {
      hint: 'custody simulate --out ./week, or --open FILE to open the truth of a drill',
    });
  }
  const settings = settingsOf(options, options.out);
  const progress = new ProgressLine(options.quiet === true);
  const simulated = await finishOnInterrupt((signal) =>
    simulate(
      settings,
      ({ at, lines }) => progress.update(() => `${microTime(at).slice(0, 16)}Z  ${lines} lines`),
      signal,
    ),
  ).finally(() => progress.clear());
  print(options, options.out, simulated, output);
}

function keyOf({ key, open }: SimulateCommandOptions): string {
  if (key !== undefined) return key;
  throw new CustodyError('BAD_OPTION', `Cannot open "${open}": --key is missing`, {
    hint: 'custody simulate --story printed it when it wrote the logs',
  });
}

function settingsOf(options: SimulateCommandOptions, out: string): SimulationOptions {
  const { clusters, namespaces, days, events, incidents, without } = options;
  // Whoever knows the seed can play the drill again and look: nobody needs to know it.
  const seed = options.seed ?? (options.story ? randomInt(2 ** 32) : 1);
  return {
    ...{ seed, out, clusters, namespaces, days, events, incidents, without },
    start: Number(parseTime(options.start, '--start')),
    poll_minutes: options.pollMinutes,
    audit_policy: options.auditPolicy,
    clock_skew_seconds: options.clockSkew,
    file_bytes_max: options.rotate << 20,
    blemishes: {
      disorder: options.disorder,
      duplicates: options.duplicates,
      damaged: options.damaged,
      overlap: options.overlap,
      truncate_bytes: options.truncate,
    },
  };
}

function print(
  options: SimulateCommandOptions,
  out: string,
  { sets, truth }: Simulated,
  output: Output,
): void {
  const isSealed = options.story === true;
  writeFileSync(join(out, 'README.md'), renderGuide(sets, truth, { isSealed }));
  if (!isSealed) writeFileSync(join(out, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
  const rows = sets.map((set): Row => {
    const { source, cluster, files, lines, bytes } = set;
    const ingest = `custody ingest ${ingestWords(out, set).join(' ')}`;
    return { source, cluster, files, lines, bytes, ingest };
  });
  const columns = ['source', 'cluster', 'files', 'lines', 'bytes', 'ingest'];
  output.rows(options.format, columns, rows);
  const path = join(out, isSealed ? 'truth.sealed' : 'truth.json');
  if (!isSealed) {
    output.note(`${truth.exposures.length} exposures of ${truth.objects.length} objects: ${path}`);
    return;
  }
  // The key is all that this run leaves of the truth: it goes where --quiet does not reach.
  process.stderr.write(`key of ${path}: ${sealTruth(path, truth)}\n`);
}

function readWhole(value: string): number {
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('a whole number is expected');
}

function readEvents(value: string): number {
  const parts = /^(\d+)([kM]?)$/.exec(value);
  const unit = { '': 1, k: 1_000, M: 1_000_000 }[parts?.[2] ?? ''] ?? 1;
  const count = Number(parts?.[1]) * unit;
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('a number is expected, as in 50000, 200k or 10M');
}

function readShare(value: string): number {
  const share = Number(value);
  if (value.trim() !== '' && share >= 0 && share <= 0.5) return share;
  throw new InvalidArgumentError('a share from 0 to 0.5 is expected, as in 0.02');
}

function readSeconds(value: string): number {
  const seconds = Number(value);
  if (value.trim() !== '' && Math.abs(seconds) <= 60) return seconds;
  throw new InvalidArgumentError('seconds from -60 to 60 are expected');
}

const help = `
Examples:
  custody simulate --out ./week
  custody simulate --out ./month --seed 7 --days 30 --clusters 4 --events 10M
  custody simulate --out ./ugly --disorder 0.05 --duplicates 0.02 --damaged 0.01 --clock-skew 3
  custody simulate --out ./gap --without k8s_audit:prod-us
  custody simulate --out ./drill --story           the key is printed; hand out the folder, keep the key
  custody simulate --open ./drill/truth.sealed --key KEY

Logs stand in <source>/<cluster>, README.md beside them tells how to land them. truth.json has who held
which version by which path from when until when, as blast-radius does, and who looks guilty and is not.`;
