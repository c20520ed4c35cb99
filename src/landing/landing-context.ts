import type { LogFormat } from '../sources/source.ts';
import type { BufferPool } from './block-reader.ts';
import type { StoreKeys } from './keys.ts';
import type { LandedReader } from './landed-rows.ts';
import type { Manifest } from './manifest.ts';
import type { PartitionOrigin } from './partition-progress.ts';
import type { StreamNaming } from './record-id.ts';
import type { Store } from './store.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The select that makes typed columns of a source's records, and its version. */
export interface Normaliser {
  sql: string;
  /** 16 hex digits that change with the select. */
  version: string;
  /** Of wrapped records: the selects of the sources whose records may lie in them. */
  inner?: Readonly<Record<string, string>>;
}

/** What landing works with, whatever the stream. */
export interface LandingContext {
  store: Store;
  keys: StoreKeys;
  manifest: Manifest;
  workers: WorkerPool;
  buffers: BufferPool;
  landed: LandedReader;
  normaliser: (source: string) => Normaliser;
  /** Batches break at multiples of this many bytes: 64 MiB, smaller in tests. */
  blockBytes: number;
  recordBytesMax: number;
  /** Set: no further block is read; what is under way is committed. */
  signal: AbortSignal;
}

/** Where bytes came from, as the manifest keeps it. */
export interface Origin {
  kind: string;
  name: string;
  modified_at?: string;
  /** Of bodies that were sent and landed together: a keyed hash of each, which tells a repeated one. */
  bodies?: readonly string[];
  /** Of messages of a topic: which ones. */
  kafka?: PartitionOrigin;
}

/** What a stream of bytes is taken for. */
export interface StreamInput {
  naming: StreamNaming;
  format: LogFormat;
  origin: Origin;
}

/** What landing a stream came to. */
export interface StreamOutcome {
  batches: number;
  records: number;
  good: number;
  envelopes: number;
  quarantined: number;
  redacted: number;
  already_landed: number;
  blank_lines: number;
}

/** The counts before anything was landed. */
export function emptyOutcome(): StreamOutcome {
  return {
    batches: 0,
    records: 0,
    good: 0,
    envelopes: 0,
    quarantined: 0,
    redacted: 0,
    already_landed: 0,
    blank_lines: 0,
  };
}
