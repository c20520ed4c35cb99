import type { Source } from '../sources/source.ts';
import type { StoreKeys } from './keys.ts';
import type { Redaction } from './scanned-block.ts';

/** The bytes to store instead of a record's own, and what was replaced in them. */
export interface RedactedRecord {
  stored: Buffer;
  redactions: readonly Redaction[];
}

/** Replaces every secret of a record; null where it holds none. */
export function redactRecord(
  _bytes: Buffer,
  _source: Source,
  _keys: StoreKeys,
): RedactedRecord | null {
  return null;
}
