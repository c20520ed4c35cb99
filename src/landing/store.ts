import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CustodyError } from '../errors.ts';
import { linkInto, syncFolder, writeSynced, writing } from './durable-file.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';

const storeFormatVersion = 1;
const folders = ['manifest', 'segments', 'quarantine', 'derived', 'incoming'] as const;
const knownNames = new Set<string>([
  ...folders,
  'keys',
  'store.json',
  'custody.duckdb',
  'custody.duckdb.wal',
  'serve.json',
]);

/** An open store: a folder, and the key that its fingerprints and its quarantine depend on. */
export interface Store {
  /** Absolute path of the folder. */
  folder: string;
  id: string;
  /** The 32 bytes of keys/store.key; sub-keys come from `deriveKeys`. */
  key: Buffer;
}

/**
 * Opens a store, making it first where `create` is given and nothing is there.
 *
 * Several processes may do so at once. A store written by a newer Custody is refused rather than
 * guessed at (STORE_NEWER).
 */
export function openStore(folder: string, options: { create?: boolean } = {}): Store {
  const absolute = resolve(folder);
  let description = readDescription(absolute);
  if (description === null) {
    if (options.create !== true) {
      throw new CustodyError('NOT_FOUND', `Cannot open store "${folder}": there is none`, {
        hint: 'make one with `custody ingest --store <folder> <logs>`',
      });
    }
    createStore(absolute, folder);
    description = readDescription(absolute);
  }
  if (description === null) throw new Error('a store that was just made has no store.json');
  return { folder: absolute, id: description.id, key: readKeyFile(absolute) };
}

/** The path of a new temporary file, on the store's own file system, named after this process. */
export function incomingPath(store: Pick<Store, 'folder'>, suffix: string): string {
  const owner = `${hostname().replaceAll(/[^\w.]/g, '_')}-${process.pid}`;
  return join(store.folder, 'incoming', `${owner}-${randomBytes(8).toString('hex')}${suffix}`);
}

/** Removes what ingesters of this machine left behind when they were killed. */
export function clearAbandoned(store: Pick<Store, 'folder'>): void {
  const folder = join(store.folder, 'incoming');
  const host = hostname().replaceAll(/[^\w.]/g, '_');
  for (const name of readdirSync(folder)) {
    const owner = /^(.+)-(\d+)-[0-9a-f]{16}\b/.exec(name);
    if (owner === null || owner[1] !== host || isRunning(Number(owner[2]))) continue;
    try {
      unlinkSync(join(folder, name));
    } catch {
      // Another ingester was quicker, or the folder is not ours to clear: nothing depends on it.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readDescription(folder: string): { id: string } | null {
  const path = join(folder, 'store.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    const state = code === 'ENOTDIR' ? 'it is a file, not a folder' : `not readable (${code})`;
    throw new CustodyError('STORE_UNUSABLE', `Cannot open store "${folder}": ${state}`, {
      hint: 'name another folder with --store',
      cause: error,
    });
  }
  const description = parseDescription(text);
  if (description === null) {
    throw new CustodyError(
      'STORE_DAMAGED',
      `Cannot open store "${folder}": store.json is damaged`,
      {
        hint: 'restore store.json from a backup',
      },
    );
  }
  if (description.version > storeFormatVersion) {
    throw new CustodyError(
      'STORE_NEWER',
      `Cannot open store "${folder}": its format ${description.version} is newer than ` +
        `${storeFormatVersion}, the newest this version knows`,
      { hint: 'use the version of Custody that wrote it, or a later one' },
    );
  }
  return description;
}

function parseDescription(text: string): { version: number; id: string } | null {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    if (value.format !== 'custody-store' || typeof value.version !== 'number') return null;
    // A newer format may have dropped the id; the version decides before anything else does.
    return { version: value.version, id: String(value.id ?? '') };
  } catch {
    return null;
  }
}

/**
 * Node's own recursive mkdir never returns where a file system refuses with ENOENT, as /proc does
 * (measured with 20.20).
 */
function makeFolder(folder: string): void {
  const parent = dirname(folder);
  if (parent !== folder && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!statSync(folder).isDirectory()) throw error;
  }
}

/** Key before store.json: whoever sees store.json sees a whole store. */
function createStore(folder: string, shown: string): void {
  writing(shown, () => makeFolder(folder));
  const strange = readdirSync(folder).filter((name) => !knownNames.has(name));
  if (strange.length > 0) {
    throw new CustodyError(
      'STORE_UNUSABLE',
      `Cannot make a store in "${shown}": the folder holds other files`,
      { hint: 'name an empty or a new folder with --store' },
    );
  }
  for (const name of folders) {
    writing(shown, () => mkdirSync(join(folder, name), { recursive: true }));
  }
  const keys = join(folder, 'keys');
  writing(shown, () => {
    mkdirSync(keys, { recursive: true, mode: 0o700 });
    chmodSync(keys, 0o700);
  });
  syncFolder(folder);
  createKeyFile(folder, incomingPath({ folder }, '.key'));
  const description = { format: 'custody-store', version: storeFormatVersion, id: randomUUID() };
  const temporary = incomingPath({ folder }, '.json');
  writeSynced(temporary, Buffer.from(`${JSON.stringify(description)}\n`));
  linkInto(temporary, join(folder, 'store.json'));
}
