import type { Source } from '../../sources/source.ts';
import type { StoreKeys } from '../keys.ts';
import { RowValues } from '../row-values.ts';
import { scanBlock } from '../scan-block.ts';
import type { Reason, ScannedBlock, SpecialRecord } from '../scanned-block.ts';
import type { InnerLines } from './inner-lines.ts';

/** Lines of one source, scanned: a row for each line, in their order. */
export interface ScannedLines {
  source: Source;
  lines: InnerLines;
  block: ScannedBlock;
}

/**
 * Scans lines as records of a source, by the same passes as plain logs.
 *
 * Where the scanner takes several lines for one value or cuts one (brackets that only close on another line,
 * a document with a list), its rows are no longer the lines: those are set aside, for whoever reads each
 * line by itself.
 */
export function scanInner(
  lines: InnerLines,
  source: Source,
  format: 'json' | 'text',
  keys: StoreKeys,
): ScannedLines {
  const { bytes } = lines;
  const options = { source, keys, format, tellingOnly: true };
  const block = scanBlock(bytes, 0, { ...options, atEnd: true, blockBytesMax: bytes.length });
  if (isRowForRow(block, lines)) return { source, lines, block };
  const aside: SpecialRecord = { kind: 'record', reason: 'not_json', flags: [] };
  const rows = rowsOfLines(block, lines);
  const special = new Map<number, SpecialRecord>();
  const starts = new Int32Array(lines.count);
  const ends = new Int32Array(lines.count);
  for (let line = 0; line < lines.count; line += 1) {
    starts[line] = lines.starts[line] as number;
    ends[line] = lines.endOf(line);
    const row = rows[line] as number;
    const found = row < 0 ? aside : block.special.get(row);
    if (found !== undefined) special.set(line, found);
  }
  block.values?.release();
  // Without the values of the fast pass: they are numbered by its rows, and are read again one by one.
  const values = block.values && RowValues.of(block.values.columns.length);
  const whole = { ...block, count: lines.count, starts, ends, special, values };
  return { source, lines, block: whole };
}

/** Why a line is no record of the source it was scanned as; null where it is one. */
export function objectionTo({ block }: ScannedLines, line: number): Reason | null {
  return block.special.get(line)?.reason ?? null;
}

function isRowForRow(block: ScannedBlock, lines: InnerLines): boolean {
  if (block.count !== lines.count) return false;
  for (let line = 0; line < lines.count; line += 1) {
    if (block.starts[line] !== lines.starts[line] || block.ends[line] !== lines.endOf(line)) {
      return false;
    }
  }
  for (const special of block.special.values()) if (special.kind === 'envelope') return false;
  return true;
}

/** The row that is exactly a line, for each of them; -1 where there is none. */
function rowsOfLines(block: ScannedBlock, lines: InnerLines): Int32Array {
  const rows = new Int32Array(lines.count).fill(-1);
  const lineAt = new Map<number, number>();
  for (let line = 0; line < lines.count; line += 1) lineAt.set(lines.starts[line] as number, line);
  for (let row = 0; row < block.count; row += 1) {
    const line = lineAt.get(block.starts[row] as number);
    if (line === undefined || block.ends[row] !== lines.endOf(line)) continue;
    if (block.special.get(row)?.kind !== 'envelope') rows[line] = row;
  }
  return rows;
}
