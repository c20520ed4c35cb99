import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { deriveKeys } from '../../src/landing/keys.ts';
import { activeBatches, type ManifestEntry } from '../../src/landing/manifest.ts';
import { openSealed } from '../../src/landing/quarantine.ts';
import { openStore, type Store } from '../../src/landing/store.ts';
import { type IngestOptions, type IngestSummary, ingest } from '../../src/pipeline.ts';

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'custody-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new store in a folder of its own. */
export function temporaryStore(): Store {
  return openStore(join(temporaryFolder(), 'store'), { create: true });
}

/** Lands files with blocks small enough that a test has many, and one worker to start fast. */
export async function land(
  store: Store,
  paths: string[],
  options: Partial<IngestOptions> = {},
): Promise<IngestSummary> {
  return await ingest({ store, paths, blockBytes: 4096, workers: 1, ...options });
}

export interface LandedRecord {
  id: string;
  stream: string;
  position: number;
  kind: string;
  hash: string;
  /** Stored bytes; of quarantined records the opened ones. */
  bytes: Buffer;
  reason: string | null;
  flags: string[] | null;
}

/** Every record of the active batches, opened, by stream and position. */
export async function landedRecords(store: Store): Promise<LandedRecord[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const records: LandedRecord[] = [];
  for (const entry of activeBatches(store)) {
    const select = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
    if (entry.segment !== null) {
      const file = join(store.folder, entry.segment.file);
      for (const row of await select(`select row, position, kind, encode(raw) as bytes,
          sha256_source, flags from read_parquet('${file}')`)) {
        records.push(landedRecord(entry, row, row.bytes as Uint8Array, null));
      }
    }
    if (entry.quarantine !== null) {
      const file = join(store.folder, entry.quarantine.file);
      for (const row of await select(`from read_parquet('${file}')`)) {
        const place = {
          position: Number(row.position),
          sha256_source: row.sha256_source as Uint8Array,
        };
        const key = deriveKeys(store.key).quarantine;
        const bytes = openSealed(row.sealed as Uint8Array, key, place);
        records.push(landedRecord(entry, row, bytes, String(row.reason)));
      }
    }
  }
  connection.closeSync();
  return records.sort((a, b) => a.stream.localeCompare(b.stream) || a.position - b.position);
}

function landedRecord(
  entry: ManifestEntry,
  row: Record<string, unknown>,
  bytes: Uint8Array,
  reason: string | null,
): LandedRecord {
  return {
    id: `${entry.batch}-${row.row}`,
    stream: entry.stream,
    position: Number(row.position),
    kind: reason === null ? String(row.kind) : 'quarantined',
    hash: Buffer.from(row.sha256_source as Uint8Array).toString('hex'),
    bytes: Buffer.from(bytes),
    reason,
    flags: (row.flags as string[] | undefined) ?? null,
  };
}

/** What a file of lines holds, computed without any of the code under test. */
export function linesOf(bytes: Buffer): { position: number; hash: string; bytes: Buffer }[] {
  const lines: { position: number; hash: string; bytes: Buffer }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(at, end);
    if (line.toString('latin1').trim() !== '') {
      const hash = createHash('sha256').update(line).digest('hex');
      lines.push({ position: at, hash, bytes: Buffer.from(line) });
    }
    at = end + 1;
  }
  return lines;
}

/** The parts of landed records that a file of lines fixes. */
export function positionsAndHashes(
  records: readonly { position: number; hash: string }[],
): { position: number; hash: string }[] {
  return records.map(({ position, hash }) => ({ position, hash }));
}

/** Audit events without secrets, one a line, different by number. */
export function auditLines(count: number, first = 0): string {
  return Array.from({ length: count }, (_, index) => `${auditLine(first + index)}\n`).join('');
}

export function auditLine(number: number): string {
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/team-${number % 7}/pods/pod-${number}`,
    verb: 'get',
    user: { username: `user-${number % 11}`, groups: ['system:authenticated'] },
    sourceIPs: ['192.0.2.1'],
    objectRef: { resource: 'pods', namespace: `team-${number % 7}`, name: `pod-${number}` },
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: '2026-03-01T10:00:00.000000Z',
    stageTimestamp: '2026-03-01T10:00:00.100000Z',
  });
}
