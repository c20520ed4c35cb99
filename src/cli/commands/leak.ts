import type { DuckDBConnection } from '@duckdb/node-api';
import { type Command, Option } from 'commander';
import { recomputeObjectVersions } from '../../chain/recompute-object-version.ts';
import { CustodyError } from '../../errors.ts';
import { fingerprintsOfValue } from '../../landing/fingerprint.ts';
import { deriveKeys } from '../../landing/keys.ts';
import { searchQuarantine } from '../../landing/open-quarantined.ts';
import type { Store } from '../../landing/store.ts';
import { runComposed } from '../../query/blast-radius.ts';
import { findQuery, loadLibrary } from '../../query/library.ts';
import type { Row } from '../../query/plain-value.ts';
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
import { makeOutput } from '../output.ts';
import type { ProgramContext } from '../program.ts';
import { readSecretValue } from '../secret-value.ts';
import { withDatabase } from '../with-database.ts';

interface LeakOptions extends CommonOptions, FormatOption, RangeOptions {
  valueStdin?: boolean;
  vaultHmacKeyFile?: string;
  cluster?: string;
  failOn?: 'matches';
}

/** What a search needs besides the value, which no row, error or log line ever holds. */
interface Search {
  connection: DuckDBConnection;
  store: Store;
  value: Buffer;
  hmacKey: Buffer | null;
  conditions: { since: string | null; until: string | null; cluster: string | null };
}

/** `custody leak`: where the landed logs carried a known value. */
export function registerLeak(program: Command, context: ProgramContext): void {
  const command = program
    .command('leak')
    .summary('where the landed logs carried a value you hold')
    .description(
      'Finds the records that carried a value, by its fingerprint: logs keep no value itself. Records ' +
        'in quarantine are opened in memory and searched as they are.',
    )
    .option('--value-stdin', 'read the value from standard input (the only way to give it)')
    .option(
      '--vault-hmac-key-file <file>',
      "the Vault CSI provider's key: also finds mounts of it",
    );
  addClusterFilter(addRangeOptions(addFormatOption(addCommonOptions(command))))
    .addOption(new Option('--fail-on <what>', 'exit 1 when there are any').choices(['matches']))
    .addHelpText('after', help)
    .action(async (options: LeakOptions) => {
      const range = readRange(options);
      if (!options.valueStdin) throw noValue();
      const hmacKey =
        options.vaultHmacKeyFile === undefined ? null : readHmacKey(options.vaultHmacKeyFile);
      const value = await readSecretValue();
      const conditions = { ...range, cluster: options.cluster ?? null };
      const rows = await withDatabase(options.store, (connection, store) =>
        search({ connection, store, value, hmacKey, conditions }),
      );
      const columns = [...new Set(['found_in', ...rows.flatMap((row) => Object.keys(row))])];
      const filled = rows.map((row) =>
        Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
      );
      makeOutput(options).rows(options.format, columns, filled);
      if (options.failOn && rows.length > 0) context.end(exitCode.findings);
    });
}

async function search(search: Search): Promise<Row[]> {
  const { connection, store, value, conditions } = search;
  const library = loadLibrary();
  const fingerprints = fingerprintsOfValue(deriveKeys(store.key), value);
  const records = await runComposed(connection, findQuery(library, 'leak/fingerprints'), {
    fingerprints,
    ...conditions,
  });
  const quarantined = await searchQuarantine(store, spellings(value));
  return [
    ...records.map((row) => ({ found_in: 'record', ...row })),
    ...quarantined.map((recordId) => ({ found_in: 'quarantine', record_id: recordId })),
    ...(await searchMounts(search)).map((row) => ({ found_in: 'mount_status', ...row })),
  ];
}

async function searchMounts({ connection, value, hmacKey, conditions }: Search): Promise<Row[]> {
  if (hmacKey === null) return [];
  const recomputed = await recomputeObjectVersions(connection, null, value, hmacKey);
  return runComposed(connection, findQuery(loadLibrary(), 'leak/mount_statuses'), {
    reported_versions: [...new Set(recomputed.map((row) => row.reported_version))],
    ...conditions,
  });
}

/** The value as it may stand in a broken record: plain, in base64, and inside a JSON text. */
function spellings(value: Buffer): Buffer[] {
  const json = JSON.stringify(value.toString('utf8')).slice(1, -1);
  const texts = [value.toString('base64'), value.toString('base64url'), json];
  return [value, ...texts.map((text) => Buffer.from(text))];
}

function noValue(): CustodyError {
  return new CustodyError('BAD_OPTION', 'Cannot search for a value: --value-stdin is missing', {
    hint: 'pipe the value in, so that no other process sees it: custody leak --value-stdin < file',
  });
}

const help = `
Examples:
  custody leak --value-stdin < leaked.txt
  vault kv get -field=api_key secret/payments/stripe | custody leak --value-stdin --format json
  custody leak --value-stdin --vault-hmac-key-file key.b64 < leaked.txt`;
