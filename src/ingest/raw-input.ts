import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ByteSource } from '../landing/block-reader.ts';
import type { Input } from './list-inputs.ts';
import type { MemberSource } from './zip-members.ts';

/** Bytes as they stand in a file or come through a pipe. */
export interface RawInput extends ByteSource {
  /** Bytes given so far, what was put back not counted. */
  readonly given: number;
  /** Puts bytes back in front. */
  unread(bytes: Buffer): void;
  close(): Promise<void>;
}

/**
 * Opens an input; a file is read up to the size it has now, so that one that grows has an end.
 *
 * With `wholeLines` it is read up to its last line end: what stands behind is being written.
 */
export async function openRawInput(
  input: Extract<Input, { kind: 'file' | 'pipe' | 'stdin' | 'stream' }>,
  wholeLines = false,
  stdin: Readable = process.stdin,
): Promise<RawInput> {
  if (input.kind === 'stdin') return new StreamInput(stdin);
  if (input.kind === 'stream') return new StreamInput(input.stream);
  if (input.kind === 'pipe') return new StreamInput(createReadStream(input.path));
  const file = await open(input.path, 'r');
  const { size } = await file.stat();
  return new FileInput(file, wholeLines ? await endOfLines(file, size) : size);
}

/** Where the last line ends; a compressed file has no lines, and ends where it ends. */
async function endOfLines(file: FileHandle, size: number): Promise<number> {
  const magic = Buffer.alloc(4);
  await file.read(magic, 0, 4, 0);
  const isCompressed = magic.readUInt16BE(0) === 0x1f8b || magic.readUInt32LE(0) === 0xfd2fb528;
  if (isCompressed) return size;
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - from, from);
    const at = block.subarray(0, bytesRead).lastIndexOf(10);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

abstract class PutBack implements RawInput {
  given = 0;
  #front: Buffer[] = [];

  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#front.unshift(bytes);
    this.given -= bytes.length;
  }

  async read(target: Uint8Array): Promise<number> {
    const front = this.#front[0];
    let count: number;
    if (front === undefined) count = await this.readOn(target);
    else {
      count = Math.min(front.length, target.length);
      target.set(front.subarray(0, count));
      if (count === front.length) this.#front.shift();
      else this.#front[0] = front.subarray(count);
    }
    this.given += count;
    return count;
  }

  protected abstract readOn(target: Uint8Array): Promise<number>;
  abstract close(): Promise<void>;
}

/** The bytes of a member of an archive. */
export function memberInput(member: MemberSource): RawInput {
  return new MemberInput(member);
}

class MemberInput extends PutBack {
  readonly #member: MemberSource;

  constructor(member: MemberSource) {
    super();
    this.#member = member;
  }

  protected async readOn(target: Uint8Array): Promise<number> {
    return await this.#member.read(target);
  }

  async close(): Promise<void> {
    this.#member.close();
  }
}

class FileInput extends PutBack {
  readonly #file: FileHandle;
  readonly #size: number;
  #offset = 0;

  constructor(file: FileHandle, size: number) {
    super();
    this.#file = file;
    this.#size = size;
  }

  protected async readOn(target: Uint8Array): Promise<number> {
    const wanted = Math.min(target.length, this.#size - this.#offset);
    if (wanted <= 0) return 0;
    const { bytesRead } = await this.#file.read(target, 0, wanted, this.#offset);
    this.#offset += bytesRead;
    return bytesRead;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

class StreamInput extends PutBack {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    super();
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  protected async readOn(target: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return 0;
      this.#chunk = next.value;
    }
    const count = Math.min(this.#chunk.length, target.length);
    target.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }
}
