import { parentPort, workerData } from 'node:worker_threads';
import { CustodyError } from '../errors.ts';
import { sources } from '../sources/index.ts';
import type { BatchRows } from './batch-rows.ts';
import { hashRecords } from './hash-records.ts';
import { deriveKeys, type StoreKeys } from './keys.ts';
import { digestOf } from './record-id.ts';
import { scanBlock } from './scan-block.ts';
import { scanRules } from './scan-rules.ts';
import type { ScannedBlock } from './scanned-block.ts';
import { BatchWriter } from './segment.ts';
import { setAllAside, unrecognised } from './unrecognised.ts';
import type {
  BlockPart,
  FromWorker,
  JobMessage,
  ScanReport,
  ScanRequest,
  ToWorker,
  WriteRequest,
} from './worker-messages.ts';
import { innerRows, type OuterRows } from './wrapped/inner-rows.ts';
import type { ScannedLines } from './wrapped/scan-inner.ts';
import { unwrapBlock } from './wrapped/unwrap-block.ts';
import { wrapped } from './wrapped/wrapped.ts';

// One of several threads: scans blocks of bytes and writes the batches in them as Parquet files.
// What is written, and under which name it counts, is decided by the main thread.

interface HeldBlock {
  rows: Omit<BatchRows, 'rowFrom' | 'rowTo'>;
  parts: BlockPart[];
  /** What lies in the records, where they are those of a shipper. */
  inner: ScannedLines[];
}

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread only');

const keys: StoreKeys = deriveKeys(Buffer.from((workerData as { key: Uint8Array }).key));
const held = new Map<number, HeldBlock>();
/** How many messages of a job wait for their turn. */
const queued = new Map<number, number>();
let writer: Promise<BatchWriter> | undefined;
// COPY hands control back to the event loop; batches of one DuckDB connection go one by one.
let previous: Promise<void> = Promise.resolve();

let stopped = false;

port.on('message', (message: ToWorker) => {
  if (message.type === 'stop') {
    stopped = true;
    void previous.finally(() => port.close());
    return;
  }
  // Bytes that nothing is written from any more go back at once, not after another block's COPY.
  if (message.type === 'release' && !queued.has(message.job)) release(message.job);
  else {
    queued.set(message.job, (queued.get(message.job) ?? 0) + 1);
    previous = previous.then(() => serve(message)).finally(() => leaveQueue(message.job));
  }
});

function leaveQueue(job: number): void {
  const waiting = (queued.get(job) ?? 1) - 1;
  if (waiting === 0) queued.delete(job);
  else queued.set(job, waiting);
}

async function serve(message: JobMessage): Promise<void> {
  if (stopped) return;
  try {
    if (message.type === 'scan') scan(message.job, message.request);
    else if (message.type === 'write') await write(message.job, message.request);
    else if (message.type === 'peek') peek(message.job, message.from, message.to);
    else release(message.job);
  } catch (error) {
    const known = error instanceof CustodyError ? error : null;
    const failure = {
      code: known?.code ?? null,
      message: error instanceof Error ? error.message : 'unknown failure',
      hint: known?.hint,
      stack: error instanceof Error ? error.stack : undefined,
    };
    send({ type: 'failed', job: message.job, failure });
  }
}

function scan(job: number, request: ScanRequest): void {
  const bytes = Buffer.from(request.bytes, 0, request.length);
  const source = [...sources, wrapped, unrecognised].find((each) => each.id === request.source);
  if (source === undefined) throw new Error(`no source "${request.source}"`);
  const { atEnd, blockBytesMax, recordBytesMax, format } = request;
  const options = { source, keys, atEnd, blockBytesMax, recordBytesMax, format };
  const block = scanBlock(bytes, request.base, options, revived(request.state));
  if (source === unrecognised) setAllAside(block);
  const inner = source === wrapped ? unwrapBlock(bytes, block, keys) : [];
  const hashes = hashRecords(block, bytes, keys);
  const parts = partsOf(block, hashes, request.base);
  const rules = scanRules(source);
  const rows = { bytes, base: request.base, block, hashes, rules };
  held.set(job, { rows, parts, inner });
  const report: ScanReport = {
    parts,
    hashes: new Uint8Array(hashes),
    positions: positionsOf(block, request.base),
    envelopes: envelopesOf(block),
    consumedBytes: block.consumedBytes,
    state: block.state,
    tail: new Uint8Array(bytes.subarray(block.consumedBytes)),
  };
  send({ type: 'scanned', job, report }, [
    report.hashes.buffer as ArrayBuffer,
    report.positions.buffer as ArrayBuffer,
    report.tail.buffer as ArrayBuffer,
  ]);
}

/** Buffers arrive from another thread as plain arrays of bytes. */
function revived(state: ScanRequest['state']): ScanRequest['state'] {
  return state && { ...state, pieces: state.pieces.map((piece) => Buffer.from(piece)) };
}

function partsOf(block: ScannedBlock, hashes: Buffer, base: number): BlockPart[] {
  const last = block.count - 1;
  const end = base + block.consumedBytes;
  const alone = block.unterminated && last > 0 && standsAlone(block, last);
  if (!alone) return [partOf(block, hashes, 0, block.count, base, end)];
  const border = base + (block.starts[last] as number);
  return [
    { ...partOf(block, hashes, 0, last, base, border), unterminated: false },
    { ...partOf(block, hashes, last, block.count, border, end), blankLines: 0 },
  ];
}

/** Whether the last row ends where the bytes end, and is no part of a document cut short. */
function standsAlone(block: ScannedBlock, last: number): boolean {
  if (block.ends[last] !== block.consumedBytes) return false;
  for (const special of block.special.values()) {
    if (special.kind === 'envelope' && special.reason !== undefined) return false;
  }
  return true;
}

function partOf(
  block: ScannedBlock,
  hashes: Buffer,
  rowFrom: number,
  rowTo: number,
  from: number,
  to: number,
): BlockPart {
  let envelopes = 0;
  let quarantined = 0;
  let redacted = 0;
  for (const [row, special] of block.special) {
    if (row < rowFrom || row >= rowTo) continue;
    if (special.reason !== undefined) quarantined += 1;
    else if (special.kind === 'envelope') envelopes += 1;
    if (special.reason === undefined && (special.redactions?.length ?? 0) > 0) redacted += 1;
  }
  const digest = digestOf(hashes.subarray(32 * rowFrom, 32 * rowTo));
  const good = rowTo - rowFrom - envelopes - quarantined;
  const { blankLines, unterminated } = block;
  return {
    rowFrom,
    rowTo,
    from,
    to,
    digest,
    good,
    envelopes,
    quarantined,
    redacted,
    blankLines,
    unterminated,
  };
}

function positionsOf(block: ScannedBlock, base: number): Float64Array {
  const positions = Float64Array.from(block.starts.subarray(0, block.count));
  for (let row = 0; row < block.count; row += 1) positions[row] = (positions[row] as number) + base;
  for (const [row, special] of block.special) {
    if (special.position !== undefined) positions[row] = special.position;
  }
  return positions;
}

function envelopesOf(block: ScannedBlock): Uint8Array {
  const envelopes = new Uint8Array(block.count);
  for (const [row, special] of block.special) if (special.kind === 'envelope') envelopes[row] = 1;
  return envelopes;
}

async function write(job: number, request: WriteRequest): Promise<void> {
  const block = held.get(job);
  const part = block?.parts[request.part];
  if (block === undefined || part === undefined) throw new Error('no such batch to write');
  writer ??= BatchWriter.create();
  const { bytes, base, block: scanned, rules, hashes } = block.rows;
  const { rowFrom, rowTo } = part;
  const written = await (await writer).write(
    { bytes, base, block: scanned, rules, hashes, rowFrom, rowTo },
    {
      normaliseSql: request.normaliseSql,
      observedAt: request.observedAt,
      quarantineKey: keys.quarantine,
    },
    request.paths,
  );
  if (block.inner.length > 0) {
    const outer = outerRows(block, part);
    const inner = block.inner.map((each) => innerRows(each, outer)).filter((each) => each !== null);
    const options = { normaliseSql: request.innerSql, observedAt: request.observedAt };
    written.inner = await (await writer).writeInner(inner, options, request.paths.inner);
  }
  send({ type: 'written', job, part: request.part, written });
}

function outerRows({ rows }: HeldBlock, { rowFrom, rowTo }: BlockPart): OuterRows {
  const { block, base, hashes } = rows;
  return {
    rowFrom,
    rowTo,
    numberOf: (row) => row - rowFrom,
    positionOf: (row) => block.special.get(row)?.position ?? base + (block.starts[row] as number),
    hashOf: (row) => hashes.subarray(32 * row, 32 * row + 32),
  };
}

function peek(job: number, from: number, to: number): void {
  const bytes = held.get(job)?.rows.bytes.subarray(from, to) ?? new Uint8Array(0);
  send({ type: 'peeked', job, bytes: new Uint8Array(bytes) });
}

function release(job: number): void {
  const block = held.get(job);
  held.delete(job);
  block?.rows.block.values?.release();
  for (const { block: lines } of block?.inner ?? []) lines.values?.release();
  send({ type: 'released', job });
}

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
