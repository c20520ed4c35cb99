import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '../duckdb.ts';
import { CustodyError } from '../errors.ts';
import type { ManifestEntry } from './manifest.ts';
import type { Store } from './store.ts';

/** A row of a landed batch, as far as comparing needs it. */
export interface LandedRow {
  row: number;
  position: number;
  source_length: number;
  hash: string;
  quarantined: boolean;
}

/** Reads batches back from their files; DuckDB starts with the first question. */
export class LandedReader {
  readonly #folder: string;
  #last: { number: number; rows: LandedRow[] } | undefined;
  #connection: Promise<DuckDBConnection> | undefined;

  constructor(store: Pick<Store, 'folder'>) {
    this.#folder = store.folder;
  }

  /** All rows of a batch, in row order; those of the last batch asked for are kept. */
  async rows(entry: ManifestEntry): Promise<LandedRow[]> {
    if (this.#last?.number === entry.number) return this.#last.rows;
    const rows = await this.#readRows(entry);
    this.#last = { number: entry.number, rows };
    return rows;
  }

  async #readRows(entry: ManifestEntry): Promise<LandedRow[]> {
    const selects: string[] = [];
    if (entry.segment !== null) {
      selects.push(`select row, position, source_length, hex(sha256_source) as hash,
        false as quarantined from ${this.#file(entry.segment.file)}`);
    }
    if (entry.quarantine !== null) {
      selects.push(`select row, position, length as source_length,
        hex(sha256_source) as hash, true as quarantined from ${this.#file(entry.quarantine.file)}`);
    }
    if (selects.length === 0) return [];
    const found = await this.query(`${selects.join(' union all ')} order by row`);
    return found.map((row) => ({
      row: Number(row.row),
      position: Number(row.position),
      source_length: Number(row.source_length),
      hash: String(row.hash).toLowerCase(),
      quarantined: row.quarantined === true,
    }));
  }

  /** The columns asked for of one row of a stored file; null where it is not there. */
  async row(file: string, columns: string[], row: number): Promise<Record<string, unknown> | null> {
    const found = await this.query(
      `select ${columns.join(', ')} from ${this.#file(file)} where row = ${Math.trunc(row)}`,
    );
    return found[0] ?? null;
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    this.#connection ??= connect();
    const connection = await this.#connection;
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    } catch (error) {
      const file = /'([^']+\.parquet)'/.exec(sql)?.[1] ?? this.#folder;
      throw new CustodyError('STORE_DAMAGED', `Cannot read "${file}": missing or not Parquet`, {
        hint: 'the manifest names it; restore it from a backup',
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    if (this.#connection !== undefined) (await this.#connection).closeSync();
  }

  #file(file: string): string {
    return `read_parquet('${join(this.#folder, file).replaceAll("'", "''")}')`;
  }
}

async function connect(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(`set timezone = 'UTC'`);
  return connection;
}
