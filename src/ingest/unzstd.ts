import type { ByteSource } from '../landing/block-reader.ts';
import { decompressionLimit, limitReached } from './decompression-limit.ts';
import type { Damage } from './gunzip.ts';
import { type Libzstd, loadLibzstd } from './libzstd.ts';
import type { RawInput } from './raw-input.ts';

const step_bytes = 64 * 1024;
/** A buffer of zstd.h: an address, its size and the place reached, 32 bits each. */
const buffer_bytes = 12;
/** https://github.com/facebook/zstd, lib/zstd_errors.h: results above -120 are errors. */
const errorsFrom = 2 ** 32 - 120;
const windowTooLarge = 2 ** 32 - 16;

/** Whether bytes begin a frame of zstd, or one that it skips (RFC 8878, section 3.1). */
export function isZstd(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  const magic = bytes.readUInt32LE();
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

/**
 * Decompresses zstd, frame after frame, and keeps all that was readable before any damage; it stops at a
 * limit.
 */
export class UnzstdSource implements ByteSource {
  damage: Damage = null;
  readonly #raw: RawInput;
  readonly #limitBytes: number | null;
  readonly #input = Buffer.alloc(step_bytes);
  #stream: ZstdStream | null = null;
  #out: Buffer[] = [];
  #produced = 0;
  #ended = false;

  constructor(raw: RawInput, limitBytes: number | null) {
    this.#raw = raw;
    this.#limitBytes = limitBytes;
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
    this.#stream ??= new ZstdStream(await loadLibzstd());
    const count = await this.#raw.read(this.#input);
    if (count === 0) {
      this.#end(this.#stream.inFrame ? 'the zstd data is cut short' : null);
      return;
    }
    this.#stream.give(this.#input.subarray(0, count));
    for (let chunk = this.#stream.take(); chunk !== null; chunk = this.#stream.take()) {
      if (!this.#keep(chunk)) return;
    }
    if (this.#stream.damage !== null) this.#end(this.#stream.damage);
  }

  /** False where the limit is reached. */
  #keep(chunk: Buffer): boolean {
    const limit = decompressionLimit(this.#limitBytes, this.#raw.given);
    const kept = chunk.subarray(0, Math.max(0, limit - this.#produced));
    if (kept.length > 0) this.#out.push(kept);
    this.#produced += kept.length;
    if (kept.length < chunk.length) this.#end(limitReached(limit));
    return kept.length === chunk.length;
  }

  #end(damage: Damage): void {
    this.#ended = true;
    this.damage = damage;
    this.#stream?.close();
    this.#stream = null;
  }
}

/**
 * Decompresses bytes that are there as a whole.
 *
 * @throws Error where they are damaged, end inside a frame, or open to more than `bytesMax`
 */
export async function unzstdWhole(bytes: Buffer, bytesMax: number): Promise<Buffer> {
  const stream = new ZstdStream(await loadLibzstd());
  const chunks: Buffer[] = [];
  let produced = 0;
  try {
    for (let at = 0; at < bytes.length; at += step_bytes) {
      stream.give(bytes.subarray(at, at + step_bytes));
      for (let chunk = stream.take(); chunk !== null; chunk = stream.take()) {
        chunks.push(chunk);
        produced += chunk.length;
        if (produced > bytesMax) throw new Error('the zstd data opens to too much');
      }
    }
    const damage = stream.damage ?? (stream.inFrame ? 'the zstd data is cut short' : null);
    if (damage !== null) throw new Error(String(damage));
    return Buffer.concat(chunks, produced);
  } finally {
    stream.close();
  }
}

/** One decompression in libzstd's memory, which may move whenever it is asked for more. */
class ZstdStream {
  damage: Damage = null;
  /** More of the frame is to come. */
  inFrame = false;
  readonly #zstd: Libzstd;
  readonly #context: number;
  readonly #outBytes: number;
  readonly #pointers: { input: number; output: number; inBytes: number; outBytes: number };
  #full = false;

  constructor(zstd: Libzstd) {
    this.#zstd = zstd;
    this.#context = zstd.ZSTD_createDCtx();
    this.#outBytes = zstd.ZSTD_DStreamOutSize();
    this.#pointers = {
      input: zstd.malloc(buffer_bytes),
      output: zstd.malloc(buffer_bytes),
      inBytes: zstd.malloc(step_bytes),
      outBytes: zstd.malloc(this.#outBytes),
    };
  }

  give(bytes: Buffer): void {
    const { input, inBytes } = this.#pointers;
    new Uint8Array(this.#zstd.memory.buffer).set(bytes, inBytes);
    this.#setBuffer(input, inBytes, bytes.length);
    this.#full = false;
  }

  /** What comes out next; null where more input is needed, or nothing more can be read. */
  take(): Buffer | null {
    const { input, output, outBytes } = this.#pointers;
    while (this.damage === null && (this.#full || !this.#isEmpty(input))) {
      this.#setBuffer(output, outBytes, this.#outBytes);
      const result = this.#zstd.ZSTD_decompressStream(this.#context, output, input) >>> 0;
      if (result > errorsFrom) {
        this.damage =
          result === windowTooLarge
            ? 'the zstd data needs a window of more than 128 MiB'
            : 'the zstd data is damaged';
        return null;
      }
      this.inFrame = result !== 0;
      const length = this.#reached(output);
      this.#full = length === this.#outBytes;
      if (length > 0) {
        return Buffer.copyBytesFrom(new Uint8Array(this.#zstd.memory.buffer, outBytes, length));
      }
    }
    return null;
  }

  close(): void {
    this.#zstd.ZSTD_freeDCtx(this.#context);
    for (const pointer of Object.values(this.#pointers)) this.#zstd.free(pointer);
  }

  #setBuffer(pointer: number, address: number, size: number): void {
    const view = new DataView(this.#zstd.memory.buffer, pointer, buffer_bytes);
    view.setUint32(0, address, true);
    view.setUint32(4, size, true);
    view.setUint32(8, 0, true);
  }

  #reached(pointer: number): number {
    return new DataView(this.#zstd.memory.buffer, pointer).getUint32(8, true);
  }

  #isEmpty(pointer: number): boolean {
    return (
      this.#reached(pointer) === new DataView(this.#zstd.memory.buffer, pointer).getUint32(4, true)
    );
  }
}
