import { createHash, createHmac } from 'node:crypto';
import { type BlockReader, type RawBlock, slack_bytes } from './block-reader.ts';
import { commitBatch, commitFinished, discard } from './commit-batch.ts';
import type { DocumentState } from './cut-document.ts';
import { decidePart, isNewGround, type PartBytes } from './decide-part.ts';
import {
  emptyOutcome,
  type LandingContext,
  type StreamInput,
  type StreamOutcome,
} from './landing-context.ts';
import { storedBytes } from './open-quarantined.ts';
import { streamOf } from './record-id.ts';
import type { WrittenBatch } from './segment.ts';
import { incomingPath } from './store.ts';
import type { BlockPart, ScanReport } from './worker-messages.ts';
import type { BlockJob } from './worker-pool.ts';

interface Block extends Omit<RawBlock, 'bytes'> {
  job: BlockJob;
  /** The document that is open where the block begins. */
  state: DocumentState | null;
  writes: Map<number, Promise<WrittenBatch>>;
}

/**
 * Lands one stream of bytes, block by block.
 *
 * Blocks are cut at line ends without knowing what is in them, so that several workers scan and
 * write at once. Where a value turns out to go on past its block (a document over several lines),
 * the blocks behind it are taken back and from there on each waits for the one before to be
 * scanned. Commits go in the order of positions: what is landed has no gap.
 */
export class StreamLander {
  /** The signal came before the end of the stream. */
  stopped = false;
  readonly #context: LandingContext;
  readonly #input: StreamInput;
  readonly #reader: BlockReader;
  readonly #outcome = emptyOutcome();
  readonly #window: Block[] = [];
  /** Blocks in front of the first record, which names the stream. */
  #held: { block: Block; report: ScanReport }[] = [];
  #stream: string | null = null;
  #sequential = false;
  #state: DocumentState | null = null;
  #bytesMin = 0;
  #ended = false;

  constructor(context: LandingContext, input: StreamInput, reader: BlockReader) {
    this.#context = context;
    this.#input = input;
    this.#reader = reader;
  }

  /** Lands everything up to the end, or up to the signal. */
  async land(): Promise<StreamOutcome> {
    for (;;) {
      await this.#fillWindow();
      const block = this.#window.shift();
      if (block === undefined) break;
      const report = await block.job.scanned;
      await this.#lookBehind(block, report);
      await this.#fillWindow();
      await this.#settleInOrder(block, report);
    }
    await this.#settleHeld();
    return this.#outcome;
  }

  async #fillWindow(): Promise<void> {
    // One block more than workers: it is read while they are busy. Where a block has to wait for
    // the one before, that one is written while this one is scanned.
    const { size } = this.#context.workers;
    while (this.#window.length < (this.#sequential ? 1 : size + 1) && !this.#ended) {
      if (this.#context.signal.aborted) {
        this.#ended = true;
        this.stopped = true;
      }
      const raw = this.#ended ? null : await this.#readBlock();
      if (raw === null) this.#ended = true;
      else this.#window.push(this.#dispatch(raw, this.#state));
    }
  }

  async #readBlock(): Promise<RawBlock | null> {
    const cut = this.#cutAfter(this.#reader.position);
    const raw = await this.#reader.next(cut, this.#sequential, this.#bytesMin);
    if (raw !== null || this.#state === null) return raw;
    const base = this.#reader.position;
    return { bytes: this.#context.buffers.take(), length: 0, base, cutBytes: 0, atEnd: true };
  }

  #dispatch(raw: RawBlock, state: DocumentState | null): Block {
    const { bytes, length, base, cutBytes, atEnd } = raw;
    const job = this.#context.workers.scan({
      bytes,
      length,
      base,
      blockBytesMax: cutBytes,
      recordBytesMax: this.#context.recordBytesMax,
      atEnd,
      state,
      source: this.#input.naming.source,
      format: this.#input.format,
    });
    const block = { job, length, base, cutBytes, atEnd, state, writes: new Map() };
    this.#writeEarly(block);
    return block;
  }

  /** The next place where a batch breaks: a multiple of the block size, or an end seen before. */
  #cutAfter(position: number): number {
    const { blockBytes, manifest } = this.#context;
    let cut = (Math.floor(position / blockBytes) + 1) * blockBytes;
    if (this.#stream === null) return cut;
    for (const entry of manifest.ofStream(this.#stream)) {
      if (entry.from > position) cut = Math.min(cut, entry.from);
      if (entry.to > position) cut = Math.min(cut, entry.to);
    }
    return cut;
  }

  /** Takes back what was read behind a value that goes on past its block. */
  async #lookBehind(block: Block, report: ScanReport): Promise<void> {
    this.#bytesMin = 0;
    this.#state = report.state;
    if (report.consumedBytes === block.length && report.state === null) return;
    if (block.atEnd && report.consumedBytes < Math.min(block.length, block.cutBytes)) {
      throw new Error('the last block of a stream was not settled');
    }
    this.#sequential = true;
    this.#ended = false;
    if (report.consumedBytes === 0) this.#bytesMin = 2 * block.length;
    const behind = [bufferOf(report.tail)];
    for (const next of this.#window.splice(0)) behind.push(await this.#takeBack(next));
    this.#reader.unread(behind);
  }

  async #takeBack(block: Block): Promise<Buffer> {
    const bytes = await block.job.release();
    for (const write of block.writes.values()) discard(await write);
    const copy = Buffer.from(new Uint8Array(bytes, 0, block.length));
    this.#context.buffers.give(bytes);
    return copy;
  }

  async #settleInOrder(block: Block, report: ScanReport): Promise<void> {
    if (this.#stream === null) {
      this.#stream = this.#streamFrom(report, false);
      if (this.#stream === null) {
        this.#held.push({ block, report });
        block.job.settle();
        return;
      }
      for (const waiting of this.#window) this.#writeEarly(waiting);
      await this.#settleHeld();
    }
    await this.#settleBlock(block, report);
  }

  /** A file without a record (a list without items) is named by its first envelope. */
  async #settleHeld(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    for (const { report } of held) this.#stream ??= this.#streamFrom(report, true);
    for (const { block, report } of held) {
      if (this.#stream !== null) await this.#settleBlock(block, report);
      else this.#recycle(block);
    }
  }

  #streamFrom(report: ScanReport, envelopeToo: boolean): string | null {
    const row = envelopeToo ? 0 : report.envelopes.indexOf(0);
    if (row < 0 || row >= report.positions.length) return null;
    return streamOf(this.#input.naming, report.hashes.subarray(32 * row, 32 * row + 32));
  }

  async #settleBlock(block: Block, report: ScanReport): Promise<void> {
    for (const [index, part] of report.parts.entries()) {
      if (part.from === part.to && part.rowFrom === part.rowTo) continue;
      if ((await this.#settlePart(block, report, index, part)) === 'split') {
        await this.#settleInPieces(block, report);
        return;
      }
    }
    this.#recycle(block);
  }

  #recycle(block: Block): void {
    const { buffers } = this.#context;
    block.job.release().then(
      (bytes) => buffers.give(bytes),
      () => {},
    );
  }

  async #settlePart(
    block: Block,
    report: ScanReport,
    index: number,
    part: BlockPart,
  ): Promise<'settled' | 'split'> {
    const { manifest, landed } = this.#context;
    const bytes = this.#bytesOf(block, part);
    for (;;) {
      const stream = this.#stream as string;
      const decision = await decidePart(part, report, stream, manifest, landed, bytes);
      if (decision.kind === 'split') return 'split';
      if (decision.kind === 'fork') {
        this.#stream = decision.stream;
        continue;
      }
      if (decision.kind === 'landed') {
        const { finishes } = decision;
        const finished = finishes && commitFinished(this.#context, finishes, part);
        if (finished === 'overtaken') continue;
        this.#outcome.already_landed += part.rowTo - part.rowFrom;
        await this.#discardWrite(block, index);
        return 'settled';
      }
      const written = await this.#write(block, index, part);
      const { replaces } = decision;
      const entry = commitBatch(this.#context, this.#input, stream, part, written, replaces);
      if (entry === 'overtaken') continue;
      this.#count(part);
      return 'settled';
    }
  }

  #write(block: Block, index: number, part: BlockPart): Promise<WrittenBatch> {
    const known = block.writes.get(index);
    if (known !== undefined) return known;
    const { store, normaliser } = this.#context;
    const { naming, origin } = this.#input;
    const nothing = part.rowFrom === part.rowTo;
    const write = nothing
      ? Promise.resolve({ segment: null, quarantine: null })
      : block.job.write({
          part: index,
          normaliseSql: normaliser(naming.source).sql,
          innerSql: normaliser(naming.source).inner ?? {},
          observedAt: naming.observed_at ?? origin.modified_at ?? null,
          paths: {
            segment: incomingPath(store, '.segment'),
            quarantine: incomingPath(store, '.quarantine'),
            inner: incomingPath(store, '.inner'),
          },
        });
    write.catch(() => {});
    block.writes.set(index, write);
    return write;
  }

  /** Where nothing is landed yet, writing need not wait for the blocks in front to be committed. */
  #writeEarly(block: Block): void {
    block.job.scanned.then(
      (report) => {
        const stream = this.#stream;
        if (stream === null) return;
        const { manifest } = this.#context;
        if (!report.parts.every((part) => isNewGround(manifest, stream, part))) return;
        for (const [index, part] of report.parts.entries()) void this.#write(block, index, part);
        block.job.settle();
      },
      () => {},
    );
  }

  async #discardWrite(block: Block, index: number): Promise<void> {
    const write = block.writes.get(index);
    block.writes.delete(index);
    if (write !== undefined) discard(await write);
  }

  #count(part: BlockPart): void {
    const outcome = this.#outcome;
    outcome.batches += 1;
    outcome.records += part.rowTo - part.rowFrom;
    outcome.good += part.good;
    outcome.envelopes += part.envelopes;
    outcome.quarantined += part.quarantined;
    outcome.redacted += part.redacted;
    outcome.blank_lines += part.blankLines;
  }

  /** Cuts a block again at the ends that its stream has shown, and lands the pieces one by one. */
  async #settleInPieces(block: Block, report: ScanReport): Promise<void> {
    const whole = await this.#takeBack(block);
    let { state } = block;
    let at = 0;
    let bytesMin = 0;
    while (at < report.consumedBytes) {
      const base = block.base + at;
      const cutBytes = Math.min(this.#cutAfter(base), block.base + block.cutBytes) - base;
      const end = this.#endOfPiece(whole, at, Math.max(cutBytes, bytesMin));
      const bytes = new SharedArrayBuffer(end - at);
      new Uint8Array(bytes).set(whole.subarray(at, end));
      const atEnd = block.atEnd && end === whole.length;
      const piece = this.#dispatch({ bytes, length: end - at, base, cutBytes, atEnd }, state);
      const pieceReport = await piece.job.scanned;
      if (pieceReport.consumedBytes === 0 && end === whole.length) {
        throw new Error('a piece of a block was not settled');
      }
      await this.#settleBlock(piece, pieceReport);
      at += pieceReport.consumedBytes;
      bytesMin = pieceReport.consumedBytes === 0 ? 2 * (end - at) : 0;
      state = pieceReport.state;
    }
  }

  #endOfPiece(whole: Buffer, at: number, wanted: number): number {
    if (this.#sequential) return Math.min(whole.length, at + wanted + slack_bytes);
    const lineEnd = whole.indexOf(10, at + wanted - 1);
    return lineEnd < 0 ? whole.length : lineEnd + 1;
  }

  #bytesOf(block: Block, part: BlockPart): PartBytes {
    const { landed, keys, store } = this.#context;
    const peek = (from: number, to: number): Promise<Uint8Array> =>
      block.job.peek(from - block.base, to - block.base);
    return {
      hashes: async (from, to) => {
        if (from < part.from || to > part.to) return [];
        const bytes = await peek(from, to);
        return [
          createHash('sha256').update(bytes).digest('hex'),
          createHmac('sha256', keys.recordHash).update(bytes).digest('hex'),
        ];
      },
      startsAlike: async (entry, row) => {
        // The row reaches to the end of the part: it is the unterminated last one.
        const bytes = await peek(row.position, part.to);
        const stored = await storedBytes(store, landed, entry, row.row);
        return bytes.length <= stored.exact && stored.bytes.indexOf(bytes) === 0;
      },
    };
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
