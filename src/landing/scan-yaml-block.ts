import { isUtf8 } from 'node:buffer';
import type { RecordPromise } from '../sources/source.ts';
import { BlockRows } from './block-rows.ts';
import type { PositionedNode } from './positioned-tree.ts';
import { parsePositionedYaml } from './positioned-yaml.ts';
import { redactTree } from './redact.ts';
import type { Flag, Reason, ScannedBlock, ScanOptions, SpecialRecord } from './scanned-block.ts';

/** The parser holds the whole document as a tree of some 50 times its size. */
const documentBytesMax = 16 * 1024 * 1024;

/**
 * Splits a YAML stream into its documents. One is a record from its `---`, where it has one, to the
 * last byte that is not blank before the next; a document of comments alone is an `envelope`.
 */
export function scanYamlBlock(bytes: Buffer, base: number, options: ScanOptions): ScannedBlock {
  const rows = new BlockRows();
  let at = 0;
  if (base === 0 && bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf) {
    rows.push(0, 3, { kind: 'envelope', flags: [] });
    at = 3;
  }
  while (at < bytes.length && at < options.blockBytesMax) {
    const next = nextMarker(bytes, at);
    if (next < 0 && !options.atEnd) break;
    const end = next < 0 ? bytes.length : next;
    addDocument(rows, bytes, at, end, options);
    at = end;
  }
  const isOpen = options.atEnd && at === bytes.length && at > 0 && bytes[at - 1] !== 10;
  rows.unterminated = isOpen && rows.count > 0;
  return rows.finish(at, null);
}

/** The next line after the one at `from` that begins a document; -1 where there is none. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf('\n---', from); at >= 0; at = bytes.indexOf('\n---', at + 1)) {
    const behind = bytes[at + 4];
    if (behind === undefined || behind === 10 || behind === 13 || behind === 32 || behind === 9) {
      return at + 1;
    }
  }
  return -1;
}

function addDocument(
  rows: BlockRows,
  bytes: Buffer,
  from: number,
  to: number,
  options: ScanOptions,
): void {
  let end = to;
  while (end > from && isBlank(bytes[end - 1] as number)) end -= 1;
  if (end === from) {
    for (let at = from; at < to; at += 1) if (bytes[at] === 10) rows.blankLines += 1;
    return;
  }
  rows.push(from, end, scanDocument(bytes.subarray(from, end), options));
}

function scanDocument(bytes: Buffer, { source, keys }: ScanOptions): SpecialRecord | null {
  const quarantined = (reason: Reason): SpecialRecord => ({ kind: 'record', reason, flags: [] });
  if (bytes.length > documentBytesMax) return quarantined('too_long');
  if (!isUtf8(bytes)) return quarantined('invalid_utf8');
  if (bytes.some(isControl)) return quarantined('control_character');
  const parsed = parsePositionedYaml(bytes);
  if (parsed === null) return quarantined('not_yaml');
  const { root } = parsed;
  if (root !== null && root.kind !== 'object') return quarantined('not_an_object');
  if (root !== null && !keepsPromise(root, source.promise)) return quarantined(`not_${source.id}`);
  const redacted = redactTree(bytes, root, source, keys, { withComments: true });
  const flags: Flag[] = parsed.hasDuplicateKey ? ['duplicate_key'] : [];
  if (root === null) return { kind: 'envelope', flags, ...redacted };
  return redacted === null && flags.length === 0 ? null : { kind: 'record', flags, ...redacted };
}

function keepsPromise(root: PositionedNode, promise: RecordPromise): boolean {
  const keys = new Set(root.members.map((member) => member.key));
  const texts = Object.entries(promise.text ?? {});
  return (
    promise.all.every((key) => keys.has(key)) &&
    promise.any.every((some) => some.some((key) => keys.has(key))) &&
    !promise.none.some((key) => keys.has(key)) &&
    root.members.every(({ key, value }) =>
      texts.every(([name, allowed]) => name !== key || allowed.includes(value.text)),
    )
  );
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function isControl(byte: number): boolean {
  return byte < 32 && !isBlank(byte);
}
