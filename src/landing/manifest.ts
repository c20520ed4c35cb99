import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustodyError } from '../errors.ts';
import { linkInto, writeSynced } from './durable-file.ts';
import type { Origin } from './landing-context.ts';
import { incomingPath, type Store } from './store.ts';

const manifestFormat = 1;
const noPrevious = '0'.repeat(64);

/** A stored file of a batch, relative to the store's folder. */
export interface StoredFile {
  file: string;
  sha256: string;
  bytes: number;
}

/** One committed batch, and every option that gives its records another meaning. */
export interface ManifestEntry {
  format: number;
  number: number;
  previous: string;
  source: string;
  cluster: string;
  observed_at: string | null;
  stream: string;
  origin: Origin;
  committed_at: string;
  batch: string;
  from: number;
  to: number;
  records: number;
  good: number;
  envelopes: number;
  quarantined: number;
  blank_lines: number;
  redacted: number;
  digest: string;
  unterminated: boolean;
  replaces: number | null;
  segment: (StoredFile & { normaliser: string }) | null;
  quarantine: StoredFile | null;
}

/** An entry without what only the commit can know. */
export type ManifestDraft = Omit<ManifestEntry, 'format' | 'number' | 'previous' | 'committed_at'>;

const entryFields = [
  'format',
  'number',
  'previous',
  'source',
  'cluster',
  'observed_at',
  'stream',
  'origin',
  'committed_at',
  'batch',
  'from',
  'to',
  'records',
  'good',
  'envelopes',
  'quarantined',
  'blank_lines',
  'redacted',
  'digest',
  'unterminated',
  'replaces',
  'segment',
  'quarantine',
] as const satisfies readonly (keyof ManifestEntry)[];

/**
 * The append-only, hash-chained list of committed batches; a batch exists once its entry does.
 *
 * Any number of processes may append: each number is taken by `link(2)`, which only one can win.
 */
export class Manifest {
  readonly entries: ManifestEntry[] = [];
  readonly #folder: string;
  readonly #replaced = new Set<number>();
  readonly #byStream = new Map<string, ManifestEntry[]>();
  #head = noPrevious;

  constructor(store: Pick<Store, 'folder'>) {
    this.#folder = store.folder;
    this.refresh();
  }

  /** Reads the entries that others have committed since, checking the chain. */
  refresh(): ManifestEntry[] {
    const newcomers: ManifestEntry[] = [];
    for (;;) {
      const number = this.entries.length + 1;
      const path = this.#path(number);
      let bytes: Buffer;
      try {
        bytes = readFileSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') break;
        throw new CustodyError('STORE_UNUSABLE', `Cannot read "${path}": not readable`, {
          cause: error,
        });
      }
      const entry = parseEntry(bytes, path);
      if (entry.number !== number || entry.previous !== this.#head) {
        throw new CustodyError('STORE_DAMAGED', `Cannot read "${path}": the chain is broken`, {
          hint: 'an entry was changed or removed; restore the manifest folder from a backup',
        });
      }
      this.#add(entry, bytes);
      newcomers.push(entry);
    }
    return newcomers;
  }

  /** Fails when a number is missing while later ones are there: an entry was removed. */
  checkComplete(): void {
    const numbered = readdirSync(join(this.#folder, 'manifest')).filter((name) =>
      /^\d{8}\.json$/.test(name),
    );
    // Others may have appended since the last refresh; only entries beyond a gap are wrong.
    this.refresh();
    if (numbered.length > this.entries.length) {
      throw new CustodyError(
        'STORE_DAMAGED',
        `Cannot read the manifest of "${this.#folder}": entry ${this.entries.length + 1} is missing`,
        { hint: 'restore the manifest folder from a backup' },
      );
    }
  }

  /** Batches that no later entry replaces, in the order of their commits. */
  active(): ManifestEntry[] {
    return this.entries.filter((entry) => !this.#replaced.has(entry.number));
  }

  /** The active batches of one stream, by position. */
  ofStream(stream: string): ManifestEntry[] {
    return (this.#byStream.get(stream) ?? [])
      .filter((entry) => !this.#replaced.has(entry.number))
      .sort((a, b) => a.from - b.from || a.to - b.to);
  }

  /**
   * Commits a batch, or says that others have meanwhile committed to the same stream.
   *
   * The caller then decides anew what of its batch is still missing. `link(2)` decides between
   * writers: on EEXIST the newcomers are read and the entry is chained to the last of them.
   *
   * @param seen how many entries there were when the caller decided, where others of its process may
   *   have read further ones since
   */
  append(
    store: Pick<Store, 'folder'>,
    draft: ManifestDraft,
    seen = this.entries.length,
  ): ManifestEntry | 'overtaken' {
    for (;;) {
      this.refresh();
      const newcomers = this.entries.slice(seen);
      if (newcomers.some((entry) => entry.stream === draft.stream)) return 'overtaken';
      const entry: ManifestEntry = {
        ...draft,
        format: manifestFormat,
        number: this.entries.length + 1,
        previous: this.#head,
        committed_at: new Date().toISOString(),
      };
      const bytes = serialiseEntry(entry);
      const temporary = incomingPath(store, '.entry');
      writeSynced(temporary, bytes);
      if (linkInto(temporary, this.#path(entry.number)) === 'linked') {
        this.#add(entry, bytes);
        return entry;
      }
    }
  }

  #add(entry: ManifestEntry, bytes: Uint8Array): void {
    this.entries.push(entry);
    if (entry.replaces !== null) this.#replaced.add(entry.replaces);
    const sameStream = this.#byStream.get(entry.stream);
    if (sameStream === undefined) this.#byStream.set(entry.stream, [entry]);
    else sameStream.push(entry);
    this.#head = createHash('sha256').update(bytes).digest('hex');
  }

  #path(number: number): string {
    return join(this.#folder, 'manifest', `${String(number).padStart(8, '0')}.json`);
  }
}

/** Reads the whole manifest, checking that no entry was changed or removed. */
export function readManifest(store: Pick<Store, 'folder'>): Manifest {
  const manifest = new Manifest(store);
  manifest.checkComplete();
  return manifest;
}

/** The batches that count: committed and not replaced. */
export function activeBatches(store: Pick<Store, 'folder'>): ManifestEntry[] {
  return readManifest(store).active();
}

function serialiseEntry(entry: ManifestEntry): Buffer {
  const ordered = Object.fromEntries(entryFields.map((field) => [field, entry[field]]));
  return Buffer.from(`${JSON.stringify(ordered)}\n`);
}

function parseEntry(bytes: Buffer, path: string): ManifestEntry {
  let entry: ManifestEntry;
  try {
    entry = JSON.parse(bytes.toString('utf8')) as ManifestEntry;
  } catch (error) {
    throw new CustodyError('STORE_DAMAGED', `Cannot read "${path}": it is not JSON`, {
      hint: 'restore the manifest folder from a backup',
      cause: error,
    });
  }
  if (entry.format > manifestFormat) {
    throw new CustodyError('STORE_NEWER', `Cannot read "${path}": its format is newer`, {
      hint: 'use the version of Custody that wrote it, or a later one',
    });
  }
  return entry;
}
