import type { LogFormat, Source } from '../sources/source.ts';
import type { DocumentState } from './cut-document.ts';
import type { StoreKeys } from './keys.ts';
import type { RowValues } from './row-values.ts';

export interface ScanOptions {
  source: Source;
  keys: StoreKeys;
  /** The bytes reach the end of the stream as it is now. */
  atEnd: boolean;
  /** The block owns the records whose first byte lies before this many bytes. */
  blockBytesMax: number;
  /** Default `json`. */
  format?: LogFormat;
  /** Of text lines: only those that are of no other source are records. */
  tellingOnly?: boolean;
  /** A longer record is quarantined in pieces of this size; default 256 MiB. */
  recordBytesMax?: number;
}

/** What became of a block of bytes. Rows are in the order of their positions. */
export interface ScannedBlock {
  count: number;
  /** Byte ranges relative to the block; where `special` gives `bytes`, those count instead. */
  starts: Int32Array;
  ends: Int32Array;
  /** Only the rows that are not plain good lines. */
  special: Map<number, SpecialRecord>;
  /** What the fast pass read of the rows that it passed; null where the source has no columns. */
  values: RowValues | null;
  blankLines: number;
  /** The last record has no line end behind it, or is cut off, and the stream ends there. */
  unterminated: boolean;
  /** Bytes settled; less than the block's length where the last value goes on past it. */
  consumedBytes: number;
  /** A document that goes on in the next block, which starts at the first byte not settled. */
  state: DocumentState | null;
}

export interface SpecialRecord {
  kind: 'record' | 'envelope';
  /** Why the record is quarantined; absent for a good one. */
  reason?: Reason;
  flags: readonly Flag[];
  /** The source bytes where they are not the row's range: those of an envelope. */
  bytes?: Buffer;
  /** Position in the stream where it is not that of the range: the start of the document. */
  position?: number;
  /** The bytes to store where secrets were replaced. */
  stored?: Buffer;
  redactions?: readonly Redaction[];
  /** What SQL parses where it is not what is stored. */
  text?: Buffer;
}

/** A replaced secret: its place in the stored and in the source bytes, and what finds it again. */
export interface Redaction {
  start: number;
  length: number;
  sourceStart: number;
  sourceLength: number;
  fingerprints: readonly string[];
}

/**
 * Marks of a good record: what parsers of JSON disagree about, and what of a wrapped one could not be read.
 */
export type Flag =
  | 'duplicate_key'
  | 'trailing_comma'
  | 'not_a_number'
  | 'lone_surrogate'
  /** Its shipper cut it off, and says so. */
  | 'truncated'
  /** Of several things that it carries, some are no record of a known source. */
  | 'part_not_read';

/** Why a record is quarantined; `not_<source id>` where it is JSON but not of its source. */
export type Reason =
  | 'not_json'
  | 'not_yaml'
  | 'not_an_object'
  | 'truncated'
  | 'text_after_value'
  | 'invalid_utf8'
  | 'control_character'
  | 'line_end_in_text'
  | 'invalid_escape'
  | 'too_long'
  /** Of a wrapped record: what it carries could not be read. */
  | 'too_deep'
  | 'partial_line'
  | 'damaged_encoding'
  | 'unrecognised'
  | 'not_redactable'
  | `not_${string}`;
