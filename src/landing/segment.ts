import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance, VARCHAR } from '../duckdb.ts';
import { CustodyError } from '../errors.ts';
import { registerYamlToJson } from '../normalise/yaml-to-json.ts';
import { type BatchRows, partRows } from './batch-rows.ts';
import { writing } from './durable-file.ts';
import { fillRecords } from './fill-records.ts';
import {
  fillQuarantine,
  quarantineColumns,
  recordColumns,
  registerStagedRows,
  type StagedRows,
} from './staged-rows.ts';
import type { InnerFile } from './wrapped/inner-files.ts';
import type { InnerRows } from './wrapped/inner-rows.ts';

// Measured on 1 M audit events: level 1 stores as small as level 3 and writes faster, row groups of
// 8192 keep memory low at no cost in time, bloom filters cost time and no query here uses them. A
// dictionary of whole records only costs; the columns that gain from one stay far below 64 KiB.
const parquetOptions = `(
  format parquet, compression zstd, compression_level 1, row_group_size 8192,
  string_dictionary_page_size_limit 65536, parquet_version v1, write_bloom_filter false)`;

/** What the SQL of a source reads: the rows of a batch, and the values that landing read of them. */
const landedView = `
  create or replace temp view landed as
  select
    row,
    position,
    coalesce(kind_other, 'record') as kind,
    raw,
    case when kind_other is null then coalesce(text_other, raw) end as text,
    sha256_source,
    sha256_stored,
    source_length,
    flags,
    redactions,
    cast(getvariable('observed_at') as timestamptz) as observed_at,
    * exclude (row, position, kind_other, raw, text_other, sha256_source, sha256_stored, source_length,
      flags, redactions)
  from staged_rows()`;

/** A file written for a batch that is not committed yet. */
export interface WrittenFile {
  /** Absolute path in incoming/. */
  path: string;
  sha256: string;
  bytes: number;
}

export interface WrittenBatch {
  segment: WrittenFile | null;
  quarantine: WrittenFile | null;
  /** Columns of the records that lie in those of the batch: of wrapped ones alone. */
  inner?: InnerFile[];
}

/** Writes the Parquet files of batches; one for each worker, with a DuckDB of its own. */
export class BatchWriter {
  readonly #connection: DuckDBConnection;
  readonly #records: StagedRows;
  readonly #quarantine: StagedRows;
  #columns: readonly string[] = [];

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
    this.#records = registerStagedRows(connection, 'staged_rows', recordColumns);
    this.#quarantine = registerStagedRows(connection, 'quarantined_rows', quarantineColumns);
  }

  static async create(): Promise<BatchWriter> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    registerYamlToJson(connection);
    const writer = new BatchWriter(connection);
    await connection.run(`set timezone = 'UTC'`);
    // One thread keeps the order by itself; asked to keep it, COPY holds the rows a second time.
    await connection.run('set preserve_insertion_order = false');
    await connection.run(`set variable observed_at = null::varchar`);
    await connection.run(landedView);
    return writer;
  }

  close(): void {
    this.#connection.closeSync();
  }

  /** Writes and syncs the files of a batch; the names are given to them at the commit. */
  async write(
    rows: BatchRows,
    options: { normaliseSql: string; observedAt: string | null; quarantineKey: Buffer },
    paths: { segment: string; quarantine: string },
  ): Promise<WrittenBatch> {
    const { kept, quarantined } = partRows(rows);
    let segment: WrittenFile | null = null;
    let quarantine: WrittenFile | null = null;
    if (kept.length > 0) {
      await this.#connection.run('set variable observed_at = $at', { at: options.observedAt });
      await this.#takeColumns(rows.rules.columns.map(({ name }) => name));
      this.#records.count = kept.length;
      this.#records.fill = fillRecords(rows, kept);
      await this.#copy(this.#records, options.normaliseSql, paths.segment);
      segment = settleFile(paths.segment);
    }
    if (quarantined.length > 0) {
      this.#quarantine.count = quarantined.length;
      this.#quarantine.fill = fillQuarantine(rows, quarantined, options.quarantineKey);
      await this.#copy(this.#quarantine, 'from quarantined_rows()', paths.quarantine);
      quarantine = settleFile(paths.quarantine);
    }
    return { segment, quarantine };
  }

  /**
   * Writes the columns of records that lie in others, without their text: that stands in the segment.
   *
   * @param normaliseSql by the id of the source
   * @param path what the names of the files begin with
   */
  async writeInner(
    inner: readonly InnerRows[],
    options: { normaliseSql: Readonly<Record<string, string>>; observedAt: string | null },
    path: string,
  ): Promise<InnerFile[]> {
    const files: InnerFile[] = [];
    await this.#connection.run('set variable observed_at = $at', { at: options.observedAt });
    for (const { source, rows, kept } of inner) {
      await this.#takeColumns(['pointer', ...rows.rules.columns.map(({ name }) => name)]);
      this.#records.count = kept.length;
      this.#records.fill = fillRecords(rows, kept);
      const file = `${path}.${files.length}`;
      const columns = `select * exclude (raw) from (${options.normaliseSql[source]})`;
      await this.#copy(this.#records, columns, file);
      settleFile(file);
      files.push({ source, path: file });
    }
    return files;
  }

  /** Makes `landed` have the columns of a source; batches of one follow each other. */
  async #takeColumns(names: readonly string[]): Promise<void> {
    if (names.join() === this.#columns.join()) return;
    this.#records.columns = {
      ...recordColumns,
      ...Object.fromEntries(names.map((name) => [name, VARCHAR])),
    };
    await this.#connection.run(landedView);
    this.#columns = names;
  }

  async #copy(staged: StagedRows, select: string, path: string): Promise<void> {
    staged.failure = undefined;
    const target = path.replaceAll("'", "''");
    try {
      const result = await this.#connection.run(
        `copy (${select}) to '${target}' ${parquetOptions}`,
      );
      if (Number(result.rowsChanged) !== staged.count) {
        throw new Error(`wrote ${result.rowsChanged} rows of ${staged.count} to a segment`);
      }
    } catch (error) {
      throw staged.failure ?? copyFailure(error, path);
    } finally {
      staged.fill = () => {};
    }
  }
}

/** DuckDB's messages may quote a value of a record: only what it says of files is passed on. */
function copyFailure(error: unknown, path: string): unknown {
  const message = error instanceof Error ? error.message : '';
  const refused = /No space left|File too large|quota|Permission denied|Read-only|Input\/output/i;
  const state = refused.exec(message)?.[0];
  if (state !== undefined) {
    return new CustodyError('NOT_WRITABLE', `Cannot write "${path}": ${state.toLowerCase()}`, {
      hint: 'free some space or use another folder (--store), then run the same command again',
    });
  }
  const kind = /^[A-Z][A-Za-z ]+ Error/.exec(message)?.[0] ?? 'an error';
  return new Error(`normalising a batch failed with ${kind}; the text is withheld`);
}

/** Syncs a finished file and takes its hash, reading it back from the page cache. */
function settleFile(path: string): WrittenFile {
  return writing(path, () => {
    const descriptor = openSync(path, 'r+');
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(1 << 20);
      let bytes = 0;
      for (;;) {
        const count = readSync(descriptor, buffer, 0, buffer.length, bytes);
        if (count === 0) break;
        hash.update(buffer.subarray(0, count));
        bytes += count;
      }
      fsyncSync(descriptor);
      return { path, sha256: hash.digest('hex'), bytes };
    } finally {
      closeSync(descriptor);
    }
  });
}
