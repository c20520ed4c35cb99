const lineEnd = 10;
/** Read beyond a cut, to find the line end behind it or the end of an element that crosses it. */
export const slack_bytes = 64 * 1024;

/** Where bytes come from; `read` fills a part of `target` and gives 0 only at the end. */
export interface ByteSource {
  read(target: Uint8Array): Promise<number>;
}

/** A run of bytes that a worker can scan. */
export interface RawBlock {
  bytes: SharedArrayBuffer;
  length: number;
  base: number;
  /** The records that start before this many bytes belong to the block. */
  cutBytes: number;
  atEnd: boolean;
}

/**
 * Buffers that go to a worker and come back: a block of 64 MiB is worth not allocating anew. Shared
 * ones, because V8 takes each that changes hands for memory newly taken, and collects garbage for it:
 * 64 times for a log of 1.9 GB, 1.2 CPU seconds.
 */
export class BufferPool {
  readonly #free: SharedArrayBuffer[] = [];
  readonly #bytes: number;

  constructor(blockBytes: number) {
    this.#bytes = blockBytes + 2 * slack_bytes;
  }

  take(): SharedArrayBuffer {
    return this.#free.pop() ?? new SharedArrayBuffer(this.#bytes);
  }

  give(bytes: SharedArrayBuffer): void {
    if (bytes.byteLength === this.#bytes) this.#free.push(bytes);
  }
}

/** Cuts a stream of bytes into blocks, at line ends where values keep to their lines. */
export class BlockReader {
  readonly #source: ByteSource;
  readonly #pool: BufferPool;
  readonly #recordBytesMax: number;
  /** Bytes read already, to be given before the source is asked again. */
  #carry: Buffer[] = [];
  #ended = false;
  /** Stream offset of the next byte. */
  position = 0;

  constructor(source: ByteSource, pool: BufferPool, recordBytesMax: number) {
    this.#source = source;
    this.#pool = pool;
    this.#recordBytesMax = recordBytesMax;
  }

  /** Puts bytes back that stood right before `position`. */
  unread(parts: Buffer[]): void {
    for (const part of parts) this.position -= part.length;
    this.#carry = [...parts.filter((part) => part.length > 0), ...this.#carry];
  }

  /**
   * The next block: up to the end of the last line that starts before `cut`; where `values` go
   * over several lines, up to a little behind the cut wherever that is. Null at the end.
   *
   * `bytesMin` makes a block longer than its cut asks for: a value that fills a whole block is
   * only settled once more of it is there.
   */
  async next(cut: number, values: boolean, bytesMin = 0): Promise<RawBlock | null> {
    const base = this.position;
    const cutBytes = cut - base;
    const wanted = Math.max(cutBytes, bytesMin);
    const buffer = new GrowingBuffer(this.#pool.take());
    // One byte more than is given away tells whether the stream ends there.
    await this.#fill(buffer, wanted + slack_bytes + 1);
    const length = values
      ? Math.min(buffer.length, wanted + slack_bytes)
      : await this.#throughLineEnd(buffer, wanted - 1);
    if (buffer.length > length) {
      this.#carry.unshift(Buffer.from(buffer.view().subarray(length)));
    }
    if (length === 0) {
      this.#pool.give(buffer.bytes);
      return null;
    }
    this.position = base + length;
    return { bytes: buffer.bytes, length, base, cutBytes, atEnd: this.#exhausted };
  }

  async #throughLineEnd(buffer: GrowingBuffer, from: number): Promise<number> {
    let searched = from;
    for (;;) {
      const found = searched < buffer.length ? buffer.view().indexOf(lineEnd, searched) : -1;
      if (found >= 0) return found + 1;
      searched = Math.max(searched, buffer.length);
      if (this.#exhausted || buffer.length > from + this.#recordBytesMax) return buffer.length;
      await this.#fill(buffer, 2 * buffer.length);
    }
  }

  get #exhausted(): boolean {
    return this.#ended && this.#carry.length === 0;
  }

  async #fill(buffer: GrowingBuffer, wanted: number): Promise<void> {
    while (buffer.length < wanted) {
      const carried = this.#carry[0];
      if (carried !== undefined) {
        const taken = buffer.append(carried, wanted);
        if (taken === carried.length) this.#carry.shift();
        else this.#carry[0] = carried.subarray(taken);
        continue;
      }
      if (this.#ended) return;
      const count = await this.#source.read(buffer.room(wanted));
      buffer.length += count;
      if (count === 0) this.#ended = true;
    }
  }
}

class GrowingBuffer {
  bytes: SharedArrayBuffer;
  length = 0;

  constructor(bytes: SharedArrayBuffer) {
    this.bytes = bytes;
  }

  view(): Buffer {
    return Buffer.from(this.bytes, 0, this.length);
  }

  /** Free room behind what is there, up to `wanted` bytes in all. */
  room(wanted: number): Uint8Array {
    if (this.bytes.byteLength < wanted) {
      const larger = new SharedArrayBuffer(wanted);
      new Uint8Array(larger).set(new Uint8Array(this.bytes, 0, this.length));
      this.bytes = larger;
    }
    return new Uint8Array(this.bytes, this.length, wanted - this.length);
  }

  append(part: Buffer, wanted: number): number {
    const taken = Math.min(part.length, wanted - this.length);
    this.room(wanted).set(part.subarray(0, taken));
    this.length += taken;
    return taken;
  }
}
