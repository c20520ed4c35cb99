import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { type Input, listInputs, whyNot } from './ingest/list-inputs.ts';
import { type OpenInput, openInput } from './ingest/open-input.ts';
import { checkSource, takeFor } from './ingest/take-for.ts';
import { withZipMembers, type ZipMember } from './ingest/zip-members.ts';
import { BlockReader, BufferPool } from './landing/block-reader.ts';
import { deriveKeys } from './landing/keys.ts';
import { LandedReader } from './landing/landed-rows.ts';
import type { LandingContext, Normaliser, StreamOutcome } from './landing/landing-context.ts';
import { emptyOutcome } from './landing/landing-context.ts';
import { readManifest } from './landing/manifest.ts';
import { clearAbandoned, type Store } from './landing/store.ts';
import { StreamLander } from './landing/stream-lander.ts';
import { unrecognisedId } from './landing/unrecognised.ts';
import { WorkerPool } from './landing/worker-pool.ts';
import { normaliserOf } from './normalise/source-sql.ts';

// The stages in order, each in the folder of its name:
//
//   bytes + origin    ingest/     files, folders, stdin; gzip, zstd, zip; recognition of the source
//     -> record       landing/    cut, hash, redact; segment and quarantine files; manifest
//     -> event, fact  normalise/  one SQL file a source, then the same for all sources
//     -> entity, link chain/      numbered SQL steps
//     -> rows         query/      the canned queries of queries/
//     -> answer       report/     renderers
//
// `ingest` below is the first half; the second is `refreshDatabase` of database.ts, which derives
// everything from the manifest and the segments, and the commands, which run canned queries.

const mebibyte = 1024 * 1024;

export interface IngestOptions {
  store: Store;
  /** Files, folders, or `-` for stdin. */
  paths: readonly string[];
  /** What else is landed, each with the name of where it comes from. */
  streams?: readonly { name: string; stream: Readable }[];
  /** Take every file for this source, whatever it looks like. */
  source?: string | undefined;
  cluster?: string | undefined;
  /** Stands where `cluster` stands, for logs of Vault. */
  vaultInstance?: string | undefined;
  /** When a snapshot was taken, RFC 3339. */
  observedAt?: string | undefined;
  decompressionLimitBytes?: number | undefined;
  /** Read files up to their last line end: what stands behind is being written. */
  wholeLines?: boolean | undefined;
  signal?: AbortSignal | undefined;
  normaliser?: ((source: string) => Normaliser) | undefined;
  /** For tests: smaller blocks, shorter records, fewer threads. */
  blockBytes?: number | undefined;
  recordBytesMax?: number | undefined;
  workers?: number | undefined;
}

/** What became of one input. */
export interface IngestedFile {
  path: string;
  /** Source id, `unrecognised`, or null where the file was not read. */
  taken_for: string | null;
  state: 'landed' | 'already landed' | 'skipped' | 'failed';
  reason?: string;
  records: number;
}

export interface IngestSummary extends Omit<StreamOutcome, 'batches'> {
  files: IngestedFile[];
  /** Bytes read, before decompression. */
  bytes: number;
  seconds: number;
  interrupted: boolean;
}

export interface IngestProgress {
  path: string;
  bytesDone: number;
  /** What the files add up to; pipes have no size. */
  bytesTotal: number;
  filesTotal: number;
}

/**
 * Lands logs in a store. Several processes may do so at once, and may be killed at any moment:
 * doing it again goes on where it was and lands nothing twice.
 */
export async function ingest(
  options: IngestOptions,
  progress: (progress: IngestProgress) => void = () => {},
): Promise<IngestSummary> {
  checkSource(options.source);
  const started = performance.now();
  const inputs = [
    ...listInputs(options.paths),
    ...(options.streams ?? []).map(({ name, stream }): Input => {
      return { path: name, kind: 'stream', stream };
    }),
  ];
  const bytesTotal = inputs.reduce((sum, each) => sum + (each.kind === 'file' ? each.bytes : 0), 0);
  const context = openLanding(options);
  const files: IngestedFile[] = [];
  const total = emptyOutcome();
  let bytes = 0;
  try {
    const limitBytes = options.decompressionLimitBytes ?? null;
    for (const listed of inputs) {
      for await (const input of withZipMembers(listed, limitBytes)) {
        const { path } = input;
        const report = (taken: number) =>
          progress({ path, bytesDone: bytes + taken, bytesTotal, filesTotal: inputs.length });
        const { file, outcome, bytesTaken } = await ingestOne(context, input, options, report);
        files.push(file);
        bytes += bytesTaken;
        for (const key of Object.keys(total) as (keyof StreamOutcome)[]) total[key] += outcome[key];
      }
    }
  } finally {
    await context.workers.close();
    await context.landed.close();
  }
  const { batches: _batches, ...counts } = total;
  const seconds = (performance.now() - started) / 1000;
  return { files, ...counts, bytes, seconds, interrupted: context.signal.aborted };
}

/** What landing needs of a store; whoever opened it closes `workers` and `landed`. */
export function openLanding(options: Omit<IngestOptions, 'paths'>): LandingContext {
  const { store } = options;
  clearAbandoned(store);
  const blockBytes = options.blockBytes ?? 64 * mebibyte;
  // More threads than this need more memory than they save time.
  const workers = options.workers ?? Math.min(availableParallelism(), 4);
  return {
    store,
    keys: deriveKeys(store.key),
    manifest: readManifest(store),
    workers: new WorkerPool(workers, store.key),
    buffers: new BufferPool(blockBytes),
    landed: new LandedReader(store),
    // Nothing of an unrecognised file is normalised: all of it is quarantined.
    normaliser: (source) =>
      source === unrecognisedId
        ? { sql: '', version: '' }
        : (options.normaliser ?? normaliserOf)(source),
    blockBytes,
    recordBytesMax: options.recordBytesMax ?? 256 * mebibyte,
    signal: options.signal ?? new AbortController().signal,
  };
}

interface Ingested {
  file: IngestedFile;
  outcome: StreamOutcome;
  bytesTaken: number;
}

async function ingestOne(
  context: LandingContext,
  input: Input | ZipMember,
  options: IngestOptions,
  report: (bytesTaken: number) => void,
): Promise<Ingested> {
  const nothing = { outcome: emptyOutcome(), bytesTaken: 0 };
  const file = { path: input.path, taken_for: null, records: 0 };
  if (input.kind === 'skipped' || input.kind === 'failed') {
    return { file: { ...file, state: input.kind, reason: input.reason }, ...nothing };
  }
  if (context.signal.aborted) {
    return { file: { ...file, state: 'skipped', reason: 'interrupted' }, ...nothing };
  }
  let open: OpenInput;
  try {
    open = await openInput(input, options.decompressionLimitBytes ?? null, options.wholeLines);
  } catch (error) {
    return { file: { ...file, state: 'failed', reason: whyNot(error) }, ...nothing };
  }
  try {
    return await landInput(context, input, open, options, report);
  } finally {
    await open.close();
  }
}

async function landInput(
  context: LandingContext,
  input: Exclude<Input, { kind: 'skipped' | 'failed' }> | ZipMember,
  open: OpenInput,
  options: IngestOptions,
  report: (bytesTaken: number) => void,
): Promise<Ingested> {
  const { path } = input;
  const takenFor = await takeFor(open, options.source);
  if (takenFor.source === null) {
    const reason = open.damage() ?? takenFor.reason;
    const isRefused = takenFor.refused === true || open.damage() !== null;
    const state = isRefused ? 'failed' : 'skipped';
    const file: IngestedFile = { path, taken_for: null, state, reason, records: 0 };
    return { file, outcome: emptyOutcome(), bytesTaken: open.bytesTaken() };
  }
  const { source, format } = takenFor;
  const naming = {
    source,
    cluster: (source === 'vault_audit' ? options.vaultInstance : options.cluster) ?? 'default',
    observed_at: options.observedAt ?? null,
  };
  const isFile = input.kind === 'file' || input.kind === 'member';
  const modified = isFile ? { modified_at: input.modified_at } : {};
  const kind = isFile ? 'file' : input.kind === 'stream' ? 'stream' : 'stdin';
  const origin = { kind, name: path, ...modified };
  const counted = {
    read: async (target: Uint8Array) => {
      const count = await open.read(target);
      report(open.bytesTaken());
      return count;
    },
  };
  const reader = new BlockReader(counted, context.buffers, context.recordBytesMax);
  const lander = new StreamLander(context, { naming, format, origin }, reader);
  const outcome = await lander.land();
  const { state, reason } = stateOf(outcome, open.damage(), lander.stopped);
  const records = outcome.records + outcome.already_landed;
  const file: IngestedFile = { path, taken_for: source, state, ...reason, records };
  return { file, outcome, bytesTaken: open.bytesTaken() };
}

function stateOf(
  outcome: StreamOutcome,
  damage: string | null,
  stopped: boolean,
): { state: IngestedFile['state']; reason: { reason?: string } } {
  if (damage !== null) {
    const kept = outcome.records + outcome.already_landed;
    return { state: 'failed', reason: { reason: `${damage}; ${kept} records before it are kept` } };
  }
  if (stopped) return { state: 'failed', reason: { reason: 'interrupted; run it again to go on' } };
  if (outcome.batches > 0) return { state: 'landed', reason: {} };
  if (outcome.already_landed > 0) return { state: 'already landed', reason: {} };
  return { state: 'skipped', reason: { reason: 'holds no record' } };
}

/** Whether the command that ingested has to fail: something named could not be read whole. */
export function ingestFailed(summary: IngestSummary): boolean {
  return summary.interrupted || summary.files.some((file) => file.state === 'failed');
}
