import { deriveKeys } from '../../src/landing/keys.ts';
import { scanBlock } from '../../src/landing/scan-block.ts';
import type { Redaction, ScanOptions } from '../../src/landing/scanned-block.ts';
import { sources } from '../../src/sources/index.ts';
import type { Source } from '../../src/sources/source.ts';

export const testKeys = deriveKeys(Buffer.alloc(32, 7));

/** One row as a test compares it: bytes as latin1, nothing left out. */
export interface ScannedRow {
  position: number;
  kind: 'record' | 'envelope';
  bytes: string;
  reason?: string;
  flags: readonly string[];
  stored?: string;
  text?: string;
  redactions?: readonly Redaction[];
}

export interface ScannedRows {
  rows: ScannedRow[];
  blankLines: number;
  unterminated: boolean;
}

export function sourceOf(id: string): Source {
  const source = sources.find((each) => each.id === id);
  if (source === undefined) throw new Error(`no source ${id}`);
  return source;
}

/** The rows of a whole stream, scanned in one block, or in blocks of so many bytes. */
export function scanRows(
  stream: Buffer | string,
  options: Partial<ScanOptions> = {},
  blockBytes = Number.POSITIVE_INFINITY,
): ScannedRows {
  const bytes = Buffer.isBuffer(stream) ? stream : Buffer.from(stream);
  const result: ScannedRows = { rows: [], blankLines: 0, unterminated: false };
  let at = 0;
  let state: ReturnType<typeof scanBlock>['state'] = null;
  for (let boundary = blockBytes; at < bytes.length; boundary += blockBytes) {
    if (boundary <= at) continue;
    // As many bytes as the block needs, found by asking again with more.
    for (
      let given = Math.min(boundary, bytes.length);
      ;
      given = Math.min(given * 2, bytes.length)
    ) {
      const atEnd = given === bytes.length;
      const blockBytesMax = Math.min(boundary, bytes.length) - at;
      // A copy, wiped later, as a reader that uses its buffer again would do.
      const part = Buffer.from(bytes.subarray(at, given));
      const block = scanBlock(
        part,
        at,
        { source: sourceOf('k8s_audit'), keys: testKeys, atEnd, blockBytesMax, ...options },
        state,
      );
      if (block.consumedBytes < blockBytesMax && !atEnd) continue;
      addRows(result, block, part, at);
      part.fill(0);
      state = block.state;
      at += block.consumedBytes;
      if (block.consumedBytes === 0 && blockBytesMax > 0) throw new Error('no progress');
      break;
    }
  }
  return result;
}

function addRows(
  result: ScannedRows,
  block: ReturnType<typeof scanBlock>,
  bytes: Buffer,
  base: number,
): void {
  result.blankLines += block.blankLines;
  result.unterminated = block.unterminated;
  for (let row = 0; row < block.count; row += 1) {
    const special = block.special.get(row);
    const [start, end] = [block.starts[row] ?? 0, block.ends[row] ?? 0];
    result.rows.push({
      position: special?.position ?? base + start,
      kind: special?.kind ?? 'record',
      bytes: (special?.bytes ?? bytes.subarray(start, end)).toString('latin1'),
      ...(special?.reason === undefined ? {} : { reason: special.reason }),
      flags: [...(special?.flags ?? [])],
      ...(special?.stored === undefined ? {} : { stored: special.stored.toString('latin1') }),
      ...(special?.text === undefined ? {} : { text: special.text.toString('latin1') }),
      ...(special?.redactions === undefined ? {} : { redactions: special.redactions }),
    });
  }
}
