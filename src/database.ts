import { existsSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance, DuckDBTimestampTZValue } from './duckdb.ts';
import { CustodyError } from './errors.ts';
import { readManifest } from './landing/manifest.ts';
import type { Store } from './landing/store.ts';
import { derivedVersion, type Progress, refreshInto } from './normalise/refresh.ts';
import { list } from './normalise/sql-text.ts';
import { viewStore } from './normalise/store-views.ts';
import { registerYamlToJson } from './normalise/yaml-to-json.ts';
import { sources } from './sources/index.ts';

// DuckDB computes in the session's zone, and node-api shows times in the process's: one without the
// other puts days in the wrong place or rows in another form on another machine (measured).
DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;

// With what DuckDB does not count, the process stays below 2 GiB at 10 million events (measured: 1.7 to 1.85). What
// does not fit is written beside the database: the refresh of so many takes half as long again as with 4 GiB.
const memory_limit_bytes = Math.min(1.25 * 2 ** 30, Math.max(2 ** 30, totalmem() / 4));
const waitSecondsDefault = 30;

/** An open database of a store; `close` gives its lock back. */
export interface StoreDatabase {
  connection: DuckDBConnection;
  /** Number of the last manifest entry that the answers include. */
  asOf: number;
  close(): void;
}

export interface OpenOptions {
  /** `read` brings the database up to date first and then can change nothing. */
  mode: 'read' | 'refresh';
  waitSeconds?: number;
  progress?: Progress;
  /** A database that includes this manifest entry will do, though there are later ones. */
  asOfMin?: number | undefined;
}

const openConnections = new Set<DuckDBConnection>();

/** Breaks off whatever runs on the open databases: a process that ends would wait for it. */
export function interruptQueries(): void {
  for (const connection of openConnections) connection.interrupt();
}

/** Opens the derived database of a store, waiting for whoever holds it (STORE_LOCKED). */
export async function openStoreDatabase(
  store: Store,
  options: OpenOptions,
): Promise<StoreDatabase> {
  const until = Date.now() + (options.waitSeconds ?? waitSecondsDefault) * 1000;
  if (options.mode === 'refresh') return openToWrite(store, until);
  const current = await openCurrent(store, until, options.asOfMin);
  if (current !== null) return current;
  const writing = await openToWrite(store, until);
  try {
    // Another process may have refreshed while this one waited.
    if (!(await isCurrent(writing.connection, store))) {
      await refreshInto(writing.connection, store, options.progress);
    }
  } finally {
    writing.close();
  }
  const refreshed = await openToRead(store, until);
  return refreshed;
}

/** Brings the database up to date and gives the number of the last manifest entry it includes. */
export async function refreshDatabase(
  store: Store,
  progress?: Progress,
  options: { waitSeconds?: number } = {},
): Promise<number> {
  const database = await openStoreDatabase(store, { ...options, mode: 'refresh' });
  try {
    return await refreshInto(database.connection, store, progress);
  } finally {
    database.close();
  }
}

/** Throws away everything derived and makes it again from manifest and segments. */
export async function rebuildDatabase(store: Store, progress?: Progress): Promise<number> {
  await waitForOthers(store);
  for (const name of ['custody.duckdb', 'custody.duckdb.wal', 'custody.duckdb.tmp']) {
    rmSync(join(store.folder, name), { recursive: true, force: true });
  }
  rmSync(join(store.folder, 'derived'), { recursive: true, force: true });
  return refreshDatabase(store, progress);
}

/** Fails where another process uses the database; one that is damaged is nobody's. */
async function waitForOthers(store: Store): Promise<void> {
  if (!existsSync(databasePath(store))) return;
  try {
    (await openToWrite(store, Date.now() + waitSecondsDefault * 1000)).close();
  } catch (error) {
    if (!(error instanceof CustodyError && error.code === 'STORE_DAMAGED')) throw error;
  }
}

function databasePath(store: Pick<Store, 'folder'>): string {
  return join(store.folder, 'custody.duckdb');
}

/** The database as it is, where it already includes the whole manifest, or the entry asked for. */
async function openCurrent(
  store: Store,
  until: number,
  asOfMin?: number,
): Promise<StoreDatabase | null> {
  if (!existsSync(databasePath(store))) return null;
  return openToRead(store, until, (connection) => isCurrent(connection, store, asOfMin));
}

async function openToWrite(store: Store, until: number): Promise<StoreDatabase> {
  const { connection, close } = await connect(store, 'READ_WRITE', until);
  registerYamlToJson(connection);
  for (const source of sources) await source.functions?.(connection);
  return { connection, asOf: -1, close };
}

async function openToRead(store: Store, until: number): Promise<StoreDatabase>;
async function openToRead(
  store: Store,
  until: number,
  accept: (connection: DuckDBConnection) => Promise<boolean>,
): Promise<StoreDatabase | null>;
async function openToRead(
  store: Store,
  until: number,
  accept?: (connection: DuckDBConnection) => Promise<boolean>,
): Promise<StoreDatabase | null> {
  const { connection, close } = await connect(store, 'READ_ONLY', until);
  try {
    if (accept !== undefined && !(await accept(connection))) {
      close();
      return null;
    }
    const files = await viewStore(connection, store);
    await connection.run(`set allowed_paths = ${list(files)}`);
    await connection.run('set enable_external_access = false');
    await connection.run('set lock_configuration = true');
    const state = await connection.runAndReadAll('select as_of from store_state');
    return { connection, asOf: Number(state.getRowsJson()[0]?.[0] ?? 0), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function isCurrent(
  connection: DuckDBConnection,
  store: Store,
  asOfMin?: number,
): Promise<boolean> {
  try {
    const reader = await connection.runAndReadAll('select as_of, chain_version from store_state');
    const [asOf, version] = reader.getRowsJson()[0] ?? [];
    const entries = readManifest(store).entries.length;
    const isEnough = asOf === entries || (asOfMin !== undefined && Number(asOf) >= asOfMin);
    return isEnough && version === derivedVersion();
  } catch (error) {
    // A database that has no state yet, or that of another version of the tables.
    if (error instanceof CustodyError) throw error;
    return false;
  }
}

async function connect(
  store: Store,
  accessMode: 'READ_ONLY' | 'READ_WRITE',
  until: number,
): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const path = databasePath(store);
  for (;;) {
    try {
      // `create` would open one file twice in a process and lose commits without a word (measured).
      const instance = await DuckDBInstance.fromCache(path, {
        access_mode: accessMode,
        memory_limit: `${Math.floor(memory_limit_bytes / 2 ** 20)}MiB`,
        // No statement leans on it: whatever has an order says so.
        preserve_insertion_order: 'false',
        temp_directory: join(store.folder, 'custody.duckdb.tmp'),
        allow_community_extensions: 'false',
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      const connection = await instance.connect();
      await connection.run(`set timezone = 'UTC'`);
      openConnections.add(connection);
      const close = (): void => {
        openConnections.delete(connection);
        connection.closeSync();
        instance.closeSync();
      };
      return { connection, close };
    } catch (error) {
      const holder = lockHolder(error);
      if (holder === null) throw openingFailed(path, error);
      if (Date.now() >= until) throw locked(path, holder, error);
      await sleep(100);
    }
  }
}

/** Who holds the lock, where that is why the database does not open. */
function lockHolder(error: unknown): string | null {
  const message = error instanceof Error ? error.message : '';
  const conflict = /Conflicting lock is held in (.+?) \(PID (\d+)\)/.exec(message);
  if (conflict !== null) return `process ${conflict[2]} (${conflict[1]})`;
  if (/Could not set lock on file/.test(message)) return 'another process';
  if (/different configuration than existing connections/.test(message)) return 'this process';
  return null;
}

function locked(path: string, holder: string, cause: unknown): CustodyError {
  return new CustodyError('STORE_LOCKED', `Cannot open "${path}": ${holder} holds it`, {
    hint: 'wait until that process is done, or end it, and try again',
    cause,
  });
}

function openingFailed(path: string, cause: unknown): unknown {
  const message = cause instanceof Error ? cause.message : '';
  if (/Permission denied|Read-only file system|No space left/i.test(message)) {
    return new CustodyError('NOT_WRITABLE', `Cannot open "${path}": it is not writable`, {
      hint: 'give this user write access to the store, or copy the store elsewhere',
      cause,
    });
  }
  if (/not a valid DuckDB database|newer version|older version|Corrupt|checksum/i.test(message)) {
    return new CustodyError('STORE_DAMAGED', `Cannot open "${path}": it is not readable`, {
      hint: 'it is derived: `custody rebuild` makes it again from the evidence',
      cause,
    });
  }
  return cause;
}
