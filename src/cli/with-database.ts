import type { DuckDBConnection } from '@duckdb/node-api';
import { openStoreDatabase } from '../database.ts';
import { openStore, type Store } from '../landing/store.ts';

/** Opens the store's database for reading, brings it up to date, and closes it whatever happens. */
export async function withDatabase<Result>(
  folder: string,
  work: (connection: DuckDBConnection, store: Store) => Promise<Result>,
): Promise<Result> {
  const store = openStore(folder);
  const database = await openStoreDatabase(store, { mode: 'read', waitSeconds: 30 });
  try {
    return await work(database.connection, store);
  } finally {
    database.close();
  }
}
