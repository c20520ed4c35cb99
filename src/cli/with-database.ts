import type { DuckDBConnection } from '@duckdb/node-api';
import { openStoreDatabase } from '../database.ts';
import { openStore, type Store } from '../landing/store.ts';
import { askForRefresh } from '../serve/serve-file.ts';

const refreshSecondsMax = 300;

/**
 * Opens the store's database for reading, brings it up to date, and closes it whatever happens.
 *
 * Where `custody serve` runs on the store, that process is asked to bring it up to date: records that come in
 * while this one reads are for the next command.
 */
export async function withDatabase<Result>(
  folder: string,
  work: (connection: DuckDBConnection, store: Store) => Promise<Result>,
): Promise<Result> {
  const store = openStore(folder);
  const asOfMin = (await askForRefresh(store, refreshSecondsMax)) ?? undefined;
  const database = await openStoreDatabase(store, { mode: 'read', waitSeconds: 30, asOfMin });
  try {
    return await work(database.connection, store);
  } finally {
    database.close();
  }
}
