import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import { Manifest } from '../../src/landing/manifest.ts';
import { batchIdOf, digestOf, streamOf } from '../../src/landing/record-id.ts';
import { incomingPath, type Store } from '../../src/landing/store.ts';
import { normaliserOf } from '../../src/normalise/source-sql.ts';
import { registerYamlToJson } from '../../src/normalise/yaml-to-json.ts';

DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;

/** Records to put into a store as one batch, without the scanner and the workers. */
export interface StagedBatch {
  source: string;
  cluster?: string;
  observedAt?: string | null;
  lines: readonly string[];
  flags?: Record<number, string[]>;
  normaliser?: string;
}

/** Writes a batch's segment and manifest entry as landing would, of records that are all good. */
export async function stageBatch(store: Store, batch: StagedBatch): Promise<string> {
  const { source, cluster = 'default', observedAt = null, lines } = batch;
  const hashes = lines.map((line) => createHash('sha256').update(line).digest());
  const stream = streamOf(
    { source, cluster, observed_at: observedAt },
    hashes[0] ?? Buffer.alloc(32),
  );
  const digest = digestOf(Buffer.concat(hashes));
  const id = batchIdOf(stream, 0, digest);
  const file = `segments/${id}-${digest.slice(0, 6)}.parquet`;
  const rows = join(store.folder, 'incoming', `${id}.ndjson`);
  let position = 0;
  const staged = lines.map((line, row) => {
    const start = position;
    position += Buffer.byteLength(line) + 1;
    return JSON.stringify({
      row,
      position: start,
      raw: line,
      hash: hashes[row]?.toString('hex'),
      length: Buffer.byteLength(line),
      flags: batch.flags?.[row] ?? null,
    });
  });
  writeFileSync(rows, staged.join('\n'));
  const temporary = incomingPath(store, '.parquet');
  await writeSegment(source, observedAt, rows, temporary);
  mkdirSync(join(store.folder, 'segments'), { recursive: true });
  renameSync(temporary, join(store.folder, file));
  const bytes = readFileSync(join(store.folder, file));
  new Manifest(store).append(store, {
    source,
    cluster,
    observed_at: observedAt,
    stream,
    origin: { kind: 'file', name: 'staged' },
    batch: id,
    from: 0,
    to: position,
    records: lines.length,
    good: lines.length,
    envelopes: 0,
    quarantined: 0,
    blank_lines: 0,
    redacted: 0,
    digest,
    unterminated: false,
    replaces: null,
    segment: {
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: statSync(join(store.folder, file)).size,
      normaliser: batch.normaliser ?? normaliserOf(source).version,
    },
    quarantine: null,
  });
  return id;
}

async function writeSegment(
  source: string,
  observedAt: string | null,
  rows: string,
  path: string,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  registerYamlToJson(connection);
  await connection.run(`set timezone = 'UTC'`);
  await connection.run(
    `create temp table staged as
    select
      "row", position, 'record' as kind, raw, raw as text, unhex(hash) as sha256_source,
      null::blob as sha256_stored, length as source_length, flags,
      null::struct("start" integer, length integer, source_start integer, source_length integer,
        fingerprints varchar[])[] as redactions,
      $observed_at::timestamptz as observed_at
    from read_json('${rows}', format = 'newline_delimited', maximum_object_size = 67108864, columns = {
      "row": 'integer', position: 'bigint', raw: 'varchar', hash: 'varchar', length: 'integer',
      flags: 'varchar[]' })`,
    { observed_at: observedAt },
  );
  await connection.run(`copy (${normaliserOf(source).sql}) to '${path}' (format parquet,
    compression zstd, compression_level 1, row_group_size 8192, write_bloom_filter false)`);
  connection.closeSync();
  instance.closeSync();
}
