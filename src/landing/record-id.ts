import { createHash } from 'node:crypto';

/** What decides which stream a file belongs to, besides its first record. */
export interface StreamNaming {
  source: string;
  /** For vault_audit the Vault instance stands here. */
  cluster: string;
  /** Only the time given by --observed-at; null where the log itself tells the time. */
  observed_at: string | null;
}

function sha256Hex(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The stream of a file: independent of its name, its compression and what follows the start. */
export function streamOf(naming: StreamNaming, firstRecordHash: Uint8Array): string {
  const first = Buffer.from(firstRecordHash).toString('hex');
  return sha256Hex([naming.source, naming.cluster, naming.observed_at ?? '', first].join('\n'));
}

/** The stream of a file that starts like `stream` but holds another record at `position`. */
export function forkOf(stream: string, position: number, recordHash: Uint8Array): string {
  return sha256Hex(`${stream}\n${position}\n${Buffer.from(recordHash).toString('hex')}`);
}

/** The digest of a batch: SHA-256 over its records' 32-byte hashes, in row order. */
export function digestOf(recordHashes: Uint8Array): string {
  return sha256Hex(recordHashes);
}

/** 16 hex digits that name a batch wherever and however its bytes are stored. */
export function batchIdOf(stream: string, from: number, digest: string): string {
  return sha256Hex(`${stream}\n${from}\n${digest}`).slice(0, 16);
}

/** Splits a record id in batch and row; null where the text is no record id. */
export function parseRecordId(recordId: string): { batch: string; row: number } | null {
  const match = /^([0-9a-f]{16})-(\d{1,10})$/.exec(recordId);
  return match === null ? null : { batch: match[1] ?? '', row: Number(match[2]) };
}
