import type { LandedReader, LandedRow } from './landed-rows.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { forkOf } from './record-id.ts';
import type { BlockPart, ScanReport } from './worker-messages.ts';

/** What is to become of a scanned batch, given what its stream already holds. */
export type Decision =
  | { kind: 'write'; replaces: ManifestEntry | null }
  | { kind: 'landed'; finishes: ManifestEntry | null }
  | { kind: 'split' }
  | { kind: 'fork'; stream: string };

/** The bytes of the batch, where they are needed: only for a line that may go on another. */
export interface PartBytes {
  /** Whether the one record of the part is how this landed row begins. */
  startsAlike(entry: ManifestEntry, row: LandedRow): Promise<boolean>;
  /** The hashes, plain and keyed, of a range of stream offsets. */
  hashes(from: number, to: number): Promise<string[]>;
}

/** No batch covers the position: writing may begin before the batches in front are committed. */
export function isNewGround(manifest: Manifest, stream: string, part: BlockPart): boolean {
  return coveringEntry(manifest, stream, part.from) === undefined;
}

/**
 * Decides by position and content: the same again is landed already, a longer last line replaces
 * its beginning, a shorter copy adds nothing, and other content is another stream.
 */
export async function decidePart(
  part: BlockPart,
  report: ScanReport,
  stream: string,
  manifest: Manifest,
  reader: LandedReader,
  bytes: PartBytes,
): Promise<Decision> {
  const entry = coveringEntry(manifest, stream, part.from);
  if (entry === undefined) return { kind: 'write', replaces: null };
  if (entry.from === part.from && entry.digest === part.digest) {
    const finishes = entry.unterminated && !part.unterminated ? entry : null;
    return { kind: 'landed', finishes };
  }
  if (report.positions.subarray(part.rowFrom, part.rowTo).some((at) => at >= entry.to)) {
    return { kind: 'split' };
  }
  const landed = await reader.rows(entry);
  if (entry.unterminated && entry.from === part.from) {
    if (await grows(part, report, landed, bytes)) return { kind: 'write', replaces: entry };
  }
  const differing = await firstDiffering(part, report, entry, landed, bytes);
  if (differing === null) return { kind: 'landed', finishes: null };
  const hash = report.hashes.subarray(32 * differing, 32 * differing + 32);
  const position = report.positions[differing] as number;
  return { kind: 'fork', stream: forkOf(stream, position, hash) };
}

function coveringEntry(
  manifest: Manifest,
  stream: string,
  position: number,
): ManifestEntry | undefined {
  return manifest
    .ofStream(stream)
    .find((entry) => entry.from === position || (entry.from < position && position < entry.to));
}

/**
 * Whether the part is what an unterminated batch became: its whole records are there, and where a
 * record was cut short, the bytes that were there still are.
 */
async function grows(
  part: BlockPart,
  report: ScanReport,
  landed: LandedRow[],
  bytes: PartBytes,
): Promise<boolean> {
  const rows = rowsByPosition(part, report);
  for (const old of landed) {
    const row = rows.get(old.position);
    if (row !== undefined && hashOf(report, row) === old.hash) continue;
    // What stood around the elements of a document cut short: it is only whole at the end.
    if (old.quarantined && (row === undefined || report.envelopes[row] === 1)) continue;
    const to = old.position + old.source_length;
    if (!(await bytes.hashes(old.position, to)).includes(old.hash)) return false;
  }
  return true;
}

/** The first row of the part that the entry does not hold; null when it holds them all. */
async function firstDiffering(
  part: BlockPart,
  report: ScanReport,
  entry: ManifestEntry,
  landed: LandedRow[],
  bytes: PartBytes,
): Promise<number | null> {
  const rows = new Map(landed.map((row) => [row.position, row]));
  for (let row = part.rowFrom; row < part.rowTo; row += 1) {
    const same = rows.get(report.positions[row] as number);
    if (same?.hash === hashOf(report, row)) continue;
    const cutShort = part.unterminated && part.rowTo - part.rowFrom === 1 && same !== undefined;
    if (cutShort && (await bytes.startsAlike(entry, same))) continue;
    return row;
  }
  return null;
}

/** No two rows of a stream begin at one position. */
function rowsByPosition(part: BlockPart, report: ScanReport): Map<number, number> {
  const rows = new Map<number, number>();
  for (let row = part.rowFrom; row < part.rowTo; row += 1) {
    rows.set(report.positions[row] as number, row);
  }
  return rows;
}

function hashOf(report: ScanReport, row: number): string {
  return Buffer.from(report.hashes.buffer, report.hashes.byteOffset + 32 * row, 32).toString('hex');
}
