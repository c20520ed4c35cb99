import type { ByteSource } from '../landing/block-reader.ts';
import { type Damage, GunzipSource } from './gunzip.ts';
import type { Input } from './list-inputs.ts';
import { memberInput, openRawInput, type RawInput } from './raw-input.ts';
import { isZstd, UnzstdSource } from './unzstd.ts';
import type { MemberSource, ZipMember } from './zip-members.ts';

/** What tells a source by content: enough for some records, in most files. */
const sample_bytes = 256 * 1024;
/** A first record may be longer than any sample; beyond this one it stays unrecognised. */
const sample_bytes_max = 64 * 1024 * 1024;

/** An input being read: decompressed bytes, with its beginning known. */
export interface OpenInput extends ByteSource {
  /** The first bytes; `read` gives them again. */
  sample: Buffer;
  sampleIsAll: boolean;
  /** Makes the sample twice as long before anything is read; false where it cannot be longer. */
  lengthenSample(): Promise<boolean>;
  /** Bytes taken from the file or pipe, before decompression. */
  bytesTaken(): number;
  /** What cut the input short; known once `read` gave 0. */
  damage(): Damage;
  close(): Promise<void>;
}

/**
 * Opens an input and decompresses it where its first bytes are those of gzip (RFC 1952) or zstd (RFC 8878).
 */
export async function openInput(
  input: Extract<Input, { kind: 'file' | 'pipe' | 'stdin' | 'stream' }> | ZipMember,
  decompressionLimitBytes: number | null,
  wholeLines = false,
): Promise<OpenInput> {
  const member = input.kind === 'member' ? await input.open() : null;
  const raw =
    input.kind === 'member'
      ? memberInput(member as MemberSource)
      : await openRawInput(input, wholeLines);
  try {
    const magic = await readFully(raw, 4);
    raw.unread(magic);
    const limitBytes = decompressionLimitBytes;
    let decompressed: Decompressed | null = null;
    if (isGzip(magic)) {
      const reopen = input.kind === 'file' ? () => openRawInput(input) : null;
      decompressed = new GunzipSource(raw, { reopen, limitBytes });
    } else if (isZstd(magic)) decompressed = new UnzstdSource(raw, limitBytes);
    const damage = (): Damage => decompressed?.damage ?? member?.damage ?? null;
    const open = await withSample(raw, decompressed, damage);
    // A member is counted as its archive holds it.
    if (input.kind === 'member') open.bytesTaken = () => Math.min(raw.given, input.bytes);
    return open;
  } catch (error) {
    await raw.close();
    throw error;
  }
}

type Decompressed = GunzipSource | UnzstdSource;

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function withSample(
  raw: RawInput,
  decompressed: Decompressed | null,
  damage: () => Damage,
): Promise<OpenInput> {
  const source: ByteSource = decompressed ?? raw;
  const sample = await readFully(source, sample_bytes);
  let front = sample;
  const open: OpenInput = {
    sample,
    sampleIsAll: sample.length < sample_bytes,
    lengthenSample: async () => {
      const { length } = open.sample;
      if (open.sampleIsAll || length >= sample_bytes_max) return false;
      const more = await readFully(source, length);
      open.sample = Buffer.concat([open.sample, more]);
      open.sampleIsAll = more.length < length;
      front = open.sample;
      return true;
    },
    read: async (target) => {
      if (front.length === 0) return source.read(target);
      const count = Math.min(front.length, target.length);
      target.set(front.subarray(0, count));
      front = front.subarray(count);
      return count;
    },
    bytesTaken: () => raw.given,
    damage,
    close: () => raw.close(),
  };
  return open;
}

async function readFully(source: ByteSource, wanted: number): Promise<Buffer> {
  const bytes = Buffer.alloc(wanted);
  let length = 0;
  while (length < wanted) {
    const count = await source.read(bytes.subarray(length));
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
