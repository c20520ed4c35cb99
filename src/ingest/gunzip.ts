import { constants, createGunzip, type Gunzip } from 'node:zlib';
import type { ByteSource } from '../landing/block-reader.ts';
import { decompressionLimit, limitReached } from './decompression-limit.ts';
import type { RawInput } from './raw-input.ts';

/** Compressed bytes a step; deflate grows them 1032-fold at most, so a step stays below 64 MiB. */
const step_bytes = 60 * 1024;
const chunk_bytes = 256 * 1024;
/** A pipe cannot be read a second time, so that zlib must not hide much of it. */
const pipe_chunk_bytes = 16 * 1024;
/** A second reading finds all but the last chunk's worth of bytes; small ones take long. */
const small_bytes = 1024 * 1024;
const reread_chunk_bytes = 4096;

const damaged = 'the gzip data is damaged';

/** What ended a decompression before the end of its input, in words; null where nothing did. */
export type Damage = string | null;

/**
 * Decompresses gzip, member after member, and keeps all that was readable before any damage.
 *
 * Decompression stops at a limit: an archive of a few kilobytes can hold terabytes of zeros.
 */
export class GunzipSource implements ByteSource {
  damage: Damage = null;
  readonly #raw: RawInput;
  readonly #reopen: (() => Promise<RawInput>) | null;
  readonly #limitBytes: number | null;
  #steps: GunzipSteps;
  #out: Buffer[] = [];
  #produced = 0;
  #ended = false;

  constructor(
    raw: RawInput,
    options: { reopen: (() => Promise<RawInput>) | null; limitBytes: number | null },
  ) {
    this.#raw = raw;
    this.#reopen = options.reopen;
    this.#limitBytes = options.limitBytes;
    this.#steps = new GunzipSteps(raw, options.reopen === null ? pipe_chunk_bytes : chunk_bytes);
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#out.length === 0 && !this.#ended) await this.#step();
    const first = this.#out[0];
    if (first === undefined) return 0;
    const count = Math.min(first.length, target.length);
    target.set(first.subarray(0, count));
    if (count === first.length) this.#out.shift();
    else this.#out[0] = first.subarray(count);
    return count;
  }

  async #step(): Promise<void> {
    const { chunks, outcome } = await this.#steps.next();
    this.#take(chunks);
    if (this.#ended || outcome === 'more') return;
    this.#ended = true;
    this.damage = outcome === 'ended' ? null : outcome;
    if (this.damage === damaged) await this.#reread();
  }

  #take(chunks: Buffer[]): void {
    for (const chunk of chunks) {
      const limit = decompressionLimit(this.#limitBytes, this.#raw.given);
      const room = limit - this.#produced;
      if (chunk.length > room) {
        if (room > 0) this.#out.push(chunk.subarray(0, room));
        this.#produced = limit;
        this.#ended = true;
        this.damage = limitReached(limit);
        this.#steps.close();
        return;
      }
      this.#out.push(chunk);
      this.#produced += chunk.length;
    }
  }

  /** zlib drops the chunk in which it meets damage; with smaller chunks that is less. */
  async #reread(): Promise<void> {
    if (this.#reopen === null) return;
    const raw = await this.#reopen();
    const isSmall = this.#produced < small_bytes;
    const steps = new GunzipSteps(raw, isSmall ? constants.Z_MIN_CHUNK : reread_chunk_bytes);
    let skip = this.#produced;
    for (let more = true; more; ) {
      const { chunks, outcome } = await steps.next();
      for (const chunk of chunks) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length > 0) this.#take([fresh]);
      }
      more = outcome === 'more';
    }
    await raw.close();
  }
}

/** Feeds a gunzip step by step, so that its output never piles up. */
class GunzipSteps {
  readonly #raw: RawInput;
  readonly #gunzip: Gunzip;
  readonly #buffer = Buffer.alloc(step_bytes);
  #chunks: Buffer[] = [];
  #error: Error | null = null;
  #done = false;
  /** Ends the wait for a write that zlib will not confirm. */
  #over: () => void = () => {};

  constructor(raw: RawInput, chunkSize: number) {
    this.#raw = raw;
    // Without the sync flush zlib drops the last chunk of an archive that is cut short.
    this.#gunzip = createGunzip({ chunkSize, finishFlush: constants.Z_SYNC_FLUSH });
    this.#gunzip.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#gunzip.on('end', () => {
      this.#done = true;
      this.#over();
    });
    this.#gunzip.on('error', (error) => {
      this.#error = error;
      this.#over();
    });
  }

  close(): void {
    this.#gunzip.destroy();
  }

  /** One step: what came out, and whether there is more, an end, or damage (in words). */
  async next(): Promise<{ chunks: Buffer[]; outcome: string }> {
    const count = await this.#raw.read(this.#buffer);
    const before = this.#gunzip.bytesWritten;
    // A byte of padding behind the end is left alone by zlib; in the middle of a member it is not.
    const fed = count === 0 ? Buffer.alloc(1) : Buffer.from(this.#buffer.subarray(0, count));
    await this.#write(fed);
    const chunks = this.#chunks;
    this.#chunks = [];
    const taken = this.#gunzip.bytesWritten - before;
    const outcome = await this.#outcome(count, fed.subarray(taken));
    if (outcome !== 'more') this.close();
    // What the padding is decoded to is not in the archive.
    return { chunks: count === 0 ? [] : chunks, outcome };
  }

  /** At the end of the data zlib never asks for the rest, so the write is never confirmed. */
  async #write(fed: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#over = resolve;
      this.#gunzip.write(fed, () => resolve());
    });
  }

  async #outcome(count: number, left: Buffer): Promise<string> {
    if (count === 0) {
      return this.#done || left.length > 0 ? 'ended' : 'the gzip data is cut short';
    }
    if (this.#error !== null) return damaged;
    if (!this.#done) return 'more';
    for (let rest = left; ; ) {
      if (rest.some((byte) => byte !== 0)) return 'there are other bytes behind the gzip data';
      const more = await this.#raw.read(this.#buffer);
      if (more === 0) return 'ended';
      rest = this.#buffer.subarray(0, more);
    }
  }
}
