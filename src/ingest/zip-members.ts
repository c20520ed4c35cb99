import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import * as yauzl from 'yauzl';
import type { ByteSource } from '../landing/block-reader.ts';
import { decompressionLimit, limitReached } from './decompression-limit.ts';
import type { Damage } from './gunzip.ts';
import type { Input } from './list-inputs.ts';
import { openRawInput } from './raw-input.ts';

const signatures = ['PK\u0003\u0004', 'PK\u0005\u0006'];
const stored = 0;
const deflated = 8;

/** A file in a zip archive. */
export interface ZipMember {
  path: string;
  kind: 'member';
  /** As compressed. */
  bytes: number;
  modified_at: string;
  open(): Promise<MemberSource>;
}

/** The decompressed bytes of a member, and what cut them short. */
export interface MemberSource extends ByteSource {
  damage: Damage;
  close(): void;
}

/**
 * The members of a file that is a zip archive, or else the file itself. A zip is read by the list at its
 * end, so that one that comes through a pipe cannot be.
 *
 * The members together may hold no more than the limit for a file of the archive's size: a small archive can
 * list the same bytes under many names.
 */
export async function* withZipMembers(
  input: Input,
  limitBytes: number | null,
): AsyncGenerator<Input | ZipMember> {
  if (input.kind !== 'file' || !(await isZip(input))) {
    yield input;
    return;
  }
  const { path } = input;
  let archive: yauzl.ZipFile;
  try {
    // Names are only shown, so that one that leads out of a folder does no harm.
    archive = await yauzl.openPromise(path, {
      lazyEntries: true,
      autoClose: false,
      decodeStrings: false,
    });
  } catch {
    yield { path, kind: 'failed', reason: 'the zip archive is damaged or cut short' };
    return;
  }
  if (archive.entryCount === 0) yield { path, kind: 'skipped', reason: 'a zip archive of nothing' };
  const budget = { bytes: decompressionLimit(limitBytes, input.bytes), spent: 0 };
  try {
    for await (const entry of entriesOf(archive)) {
      const member = memberOf(archive, path, entry, budget);
      if (member !== null) yield member;
    }
  } catch {
    yield { path, kind: 'failed', reason: 'the list of the zip archive is damaged' };
  } finally {
    archive.close();
  }
}

async function isZip(input: Extract<Input, { kind: 'file' }>): Promise<boolean> {
  try {
    const raw = await openRawInput(input);
    const bytes = Buffer.alloc(4);
    const count = await raw.read(bytes);
    await raw.close();
    return count === 4 && signatures.includes(bytes.toString('latin1'));
  } catch {
    // Whoever opens it next says why it cannot be read.
    return false;
  }
}

async function* entriesOf(archive: yauzl.ZipFile): AsyncGenerator<yauzl.Entry> {
  for (;;) {
    const entry = await new Promise<yauzl.Entry | null>((resolve, reject) => {
      archive.removeAllListeners();
      archive.once('entry', resolve);
      archive.once('end', () => resolve(null));
      archive.once('error', reject);
      archive.readEntry();
    });
    if (entry === null) return;
    yield entry;
  }
}

interface Budget {
  bytes: number;
  spent: number;
}

/** A member as an input; null for a folder. */
function memberOf(
  archive: yauzl.ZipFile,
  archivePath: string,
  entry: yauzl.Entry,
  budget: Budget,
): Input | ZipMember | null {
  const name = Buffer.from(entry.fileName as unknown as Uint8Array).toString('utf8');
  const path = `${archivePath}/${name}`;
  if (name.endsWith('/')) return null;
  if ((entry.generalPurposeBitFlag & 1) !== 0) {
    return { path, kind: 'failed', reason: 'encrypted in its zip archive; unpack it first' };
  }
  if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) {
    const reason = `compressed by method ${entry.compressionMethod} of zip; unpack it first`;
    return { path, kind: 'failed', reason };
  }
  return {
    path,
    kind: 'member',
    bytes: entry.compressedSize,
    modified_at: entry.getLastModDate().toISOString(),
    open: async () => await Member.open(archive, entry, budget),
  };
}

class Member implements MemberSource {
  damage: Damage = null;
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #entry: yauzl.Entry;
  readonly #budget: Budget;
  #chunk: Buffer = Buffer.alloc(0);
  #checksum = 0;

  private constructor(stream: Readable, entry: yauzl.Entry, budget: Budget) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#entry = entry;
    this.#budget = budget;
  }

  static async open(archive: yauzl.ZipFile, entry: yauzl.Entry, budget: Budget): Promise<Member> {
    return new Member(await archive.openReadStreamPromise(entry), entry, budget);
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0 && this.damage === null) {
      const next = await this.#next();
      if (next === null) return 0;
      this.#chunk = next;
    }
    const count = Math.min(this.#chunk.length, target.length);
    target.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  close(): void {
    this.#stream.destroy();
  }

  async #next(): Promise<Buffer | null> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done) {
        // yauzl does not compare it.
        if (this.#checksum !== this.#entry.crc32)
          this.damage = 'its checksum in the zip archive is another';
        return null;
      }
      this.#checksum = crc32(value, this.#checksum);
      return this.#within(value);
    } catch {
      this.damage = 'the zip data is damaged or cut short';
      return null;
    }
  }

  #within(chunk: Buffer): Buffer {
    const kept = chunk.subarray(0, Math.max(0, this.#budget.bytes - this.#budget.spent));
    this.#budget.spent += kept.length;
    if (kept.length < chunk.length) this.damage = limitReached(this.#budget.bytes);
    return kept;
  }
}
