import { type Command, Option } from 'commander';
import { recomputeObjectVersions } from '../../chain/recompute-object-version.ts';
import { CustodyError } from '../../errors.ts';
import {
  type BlastRadius,
  composeBlastRadius,
  composeHolderRadius,
} from '../../query/blast-radius.ts';
import { loadLibrary } from '../../query/library.ts';
import type { Plain, Row } from '../../query/plain-value.ts';
import { resolveHolder } from '../../query/resolve-holder.ts';
import { resolveObject } from '../../query/resolve-object.ts';
import { renderBlastRadius } from '../../report/blast-radius.ts';
import type { Format } from '../../report/rows.ts';
import { exitCode } from '../exit-code.ts';
import { readHmacKey } from '../hmac-key.ts';
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
import { readSecretValue } from '../secret-value.ts';
import { withDatabase } from '../with-database.ts';

const failOnChoices = ['exposures', 'open', 'unknowns'] as const;

interface BlastRadiusOptions extends CommonOptions, FormatOption, RangeOptions {
  object?: string;
  holder?: string;
  version?: string;
  allMatches?: boolean;
  cluster?: string;
  failOn?: (typeof failOnChoices)[number];
  vaultHmacKeyFile?: string;
  valueStdin?: boolean;
}

/** `custody blast-radius`: who could have held a version of a credential, or what a holder could have. */
export function registerBlastRadius(program: Command, context: ProgramContext): void {
  const command = program
    .command('blast-radius')
    .summary('who could have held a version of a credential, and what shows it')
    .description(
      'Who could have held a version of a credential, by which path, from when until when, and ' +
        'which log records show it; then what the logs cover and what they leave open. Or, asked ' +
        'the other way round with --holder, what leaks if a holder is lost: every version that it ' +
        'held or could have held, in the order in which to rotate them, and the tokens that it had ' +
        'or asked for.',
    )
    .option('--object <reference>', 'the provider object; #field narrows to one field')
    .addOption(
      new Option(
        '--holder <reference>',
        'instead: the pod, account, identity, node or token',
      ).conflicts(['object', 'version', 'vaultHmacKeyFile', 'valueStdin']),
    )
    .option('--version <version>', 'one version, as the provider names it; all without')
    .option('--all-matches', 'where the reference matches several, take them all');
  addClusterFilter(addRangeOptions(addFormatOption(addCommonOptions(command))))
    .addOption(new Option('--fail-on <what>', 'exit 1 when there are any').choices(failOnChoices))
    .option('--vault-hmac-key-file <file>', "the Vault CSI provider's HMAC key, with --value-stdin")
    .option('--value-stdin', 'read the leaked value: ties mounts to the version that holds it')
    .addHelpText('after', help)
    .action(async (options: BlastRadiusOptions) => {
      const output = makeOutput(options);
      const answer = await ask(options);
      print(answer, options.format, output);
      if (options.failOn && isFinding(answer, options.failOn)) context.end(exitCode.findings);
    });
}

async function ask(options: BlastRadiusOptions): Promise<BlastRadius> {
  const { object, holder } = options;
  if (holder !== undefined) return askHolder(options, holder);
  if (object !== undefined) return askObject(options, object);
  throw new CustodyError(
    'BAD_OPTION',
    'Cannot tell a blast radius: neither --object nor --holder is given',
    { hint: 'custody objects lists the objects; --holder takes pod:<namespace>/<name>, for one' },
  );
}

async function askHolder(options: BlastRadiusOptions, reference: string): Promise<BlastRadius> {
  const range = readRange(options);
  const library = loadLibrary();
  const cluster = options.cluster ?? null;
  return withDatabase(options.store, async (connection) => {
    const part = { cluster, allMatches: options.allMatches === true };
    const found = await resolveHolder(connection, library, reference, part);
    const question = { holder: found.reference, holders: found.holders, ...range, cluster };
    return composeHolderRadius(connection, library, question);
  });
}

async function askObject(options: BlastRadiusOptions, reference: string): Promise<BlastRadius> {
  const range = readRange(options);
  const secret = await readRecomputation(options);
  const library = loadLibrary();
  return withDatabase(options.store, async (connection) => {
    const { objects, field } = await resolveObject(connection, library, reference, options);
    const recomputed =
      secret === null
        ? null
        : (await recomputeObjectVersions(connection, objects, secret.value, secret.key)).map(
            (row) => ({ ...row, version: options.version ?? null }),
          );
    const [only] = objects;
    const suffix = field === null ? '' : `#${field}`;
    return composeBlastRadius(connection, library, {
      object: objects.length === 1 ? `${only}${suffix}` : reference,
      objects,
      fields: field === null ? null : [field],
      version: options.version ?? null,
      ...range,
      cluster: options.cluster ?? null,
      recomputed,
    });
  });
}

async function readRecomputation(
  options: BlastRadiusOptions,
): Promise<{ value: Buffer; key: Buffer } | null> {
  const { vaultHmacKeyFile, valueStdin } = options;
  if (vaultHmacKeyFile === undefined && !valueStdin) return null;
  if (vaultHmacKeyFile === undefined || !valueStdin) {
    throw new CustodyError(
      'BAD_OPTION',
      'Cannot recompute object versions: --vault-hmac-key-file and --value-stdin go together',
      { hint: 'the driver reports HMACs of the value: both the key and the value are needed' },
    );
  }
  const key = readHmacKey(vaultHmacKeyFile);
  return { key, value: await readSecretValue() };
}

function print(answer: BlastRadius, format: Format, output: Output): void {
  if (format === 'table') {
    output.result(renderBlastRadius(answer, { style: output.style, widthMax: output.widthMax }));
    output.note('\nEvidence ids stand in --format json; custody show <id> opens one');
  } else if (format === 'json') {
    output.json(answer as unknown as Plain);
  } else {
    const rows = answer.exposures.map(flatten);
    output.rows(format, Object.keys(rows[0] ?? { id: null }), rows);
  }
}

/** One level: `holder.kind` beside `path`, so that a spreadsheet can filter by it. */
function flatten(exposure: Row): Row {
  const { holder, ...rest } = exposure;
  const parts = Object.entries((holder ?? {}) as Row);
  return {
    ...rest,
    ...Object.fromEntries(parts.map(([name, value]) => [`holder_${name}`, value])),
  };
}

function isFinding(answer: BlastRadius, failOn: (typeof failOnChoices)[number]): boolean {
  switch (failOn) {
    case 'exposures':
      return answer.exposures.length > 0;
    case 'open':
      return answer.exposures.some((exposure) => exposure.end_state === 'open');
    case 'unknowns':
      return answer.unknowns.length > 0;
  }
}

const help = `
A reference is vault:[instance!][namespace:]<mount>/<path>, an AWS ARN or aws:<name>,
https://<vault>.vault.azure.net/secrets/<name>, projects/<project>/secrets/<secret>, or any part of a
name that matches one; k8s:<namespace>/<secret> is what that Kubernetes Secret held.
A holder is pod:<namespace>/<name> or pod:<uid>, service-account:<namespace>/<name>, identity:<id>,
node:<name> or token:<jti>.
JSON holds question, versions, exposures, coverage and unknowns, and for a holder rotation and tokens
too; csv and ndjson hold the exposures. For a holder, each exposure tells by "via" how it is tied to
the holder, and what only could have been done with a token is not observed.

Examples:
  custody blast-radius --object vault:secret/payments/stripe
  custody blast-radius --object vault:secret/payments/stripe#api_key --version 3 --since=-7d
  custody blast-radius --object stripe --format json --fail-on exposures
  custody blast-radius --holder pod:payments/api-7d9f --cluster prod
  custody blast-radius --holder service-account:payments/api --since=-30d --format json`;
