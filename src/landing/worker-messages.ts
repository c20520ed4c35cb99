import type { ErrorCode } from '../errors.ts';
import type { LogFormat } from '../sources/source.ts';
import type { DocumentState } from './cut-document.ts';
import type { WrittenBatch } from './segment.ts';

/** Bytes to scan. Nobody but the worker touches them until it gives them back. */
export interface ScanRequest {
  bytes: SharedArrayBuffer;
  length: number;
  /** Offset of the first byte in the decompressed stream. */
  base: number;
  blockBytesMax: number;
  recordBytesMax: number;
  atEnd: boolean;
  state: DocumentState | null;
  source: string;
  format: LogFormat;
}

/**
 * A batch that a scanned block makes. An unterminated last record is a batch of its own, so a block
 * makes one or two.
 */
export interface BlockPart {
  rowFrom: number;
  rowTo: number;
  from: number;
  to: number;
  digest: string;
  good: number;
  envelopes: number;
  quarantined: number;
  redacted: number;
  blankLines: number;
  unterminated: boolean;
}

/** What became of a block's bytes: enough to decide what of it is landed already. */
export interface ScanReport {
  parts: BlockPart[];
  /** 32 bytes a row. */
  hashes: Uint8Array;
  /** Stream offset of each row's first byte, and whether it is an envelope. */
  positions: Float64Array;
  envelopes: Uint8Array;
  consumedBytes: number;
  state: DocumentState | null;
  /** The bytes behind `consumedBytes`: they belong to the next block. */
  tail: Uint8Array;
}

export interface WriteRequest {
  part: number;
  normaliseSql: string;
  /** Of each source whose records may lie in those of the batch; none but for wrapped ones. */
  innerSql: Readonly<Record<string, string>>;
  observedAt: string | null;
  paths: { segment: string; quarantine: string; inner: string };
}

export type ToWorker = JobMessage | { type: 'stop' };

export type JobMessage =
  | { type: 'scan'; job: number; request: ScanRequest }
  | { type: 'write'; job: number; request: WriteRequest }
  /** A copy of some bytes of the block, offsets within it. */
  | { type: 'peek'; job: number; from: number; to: number }
  | { type: 'release'; job: number };

export type FromWorker =
  | { type: 'scanned'; job: number; report: ScanReport }
  | { type: 'written'; job: number; part: number; written: WrittenBatch }
  | { type: 'peeked'; job: number; bytes: Uint8Array }
  | { type: 'released'; job: number }
  | { type: 'failed'; job: number; failure: WorkerFailure };

/** Errors lose their class on the way between threads. */
export interface WorkerFailure {
  code: ErrorCode | null;
  message: string;
  hint: string | undefined;
  stack: string | undefined;
}
