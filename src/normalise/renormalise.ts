import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ManifestEntry } from '../landing/manifest.ts';
import { incomingPath, type Store } from '../landing/store.ts';
import { storedFlags } from '../landing/stored-lists.ts';
import type { SourceSql } from './source-sql.ts';
import { text } from './sql-text.ts';

/**
 * Reads a batch again with the present normaliser and keeps the columns beside the segment.
 *
 * A segment is evidence and never rewritten. The file of a batch is renamed into place whole, so a
 * later refresh takes it as it is.
 */
export async function renormalise(
  connection: DuckDBConnection,
  store: Store,
  entry: ManifestEntry,
  segment: string,
  source: SourceSql,
  progress: (step: string) => void,
): Promise<string> {
  const folder = join(store.folder, 'derived', `${source.id}-${source.version}`);
  const path = join(folder, `${entry.batch}.parquet`);
  if (existsSync(path)) return path;
  progress(`reading batch ${entry.batch} again`);
  mkdirSync(folder, { recursive: true });
  const observedAt = entry.observed_at ?? modifiedAt(entry);
  const temporary = incomingPath(store, '.parquet');
  await connection.run(`
    create or replace temp view landed as
    select
      row, position, kind, raw,
      case when kind = 'record' then ${parsable} end as text,
      sha256_source, sha256_stored, source_length, flags, redactions,
      cast(${observedAt === null ? 'null' : text(observedAt)} as timestamptz)
        as observed_at
    from read_parquet([${text(segment)}])`);
  await connection.run(`
    copy (${source.normalise}) to ${text(temporary)} (
      format parquet, compression zstd, compression_level 1, row_group_size 8192,
      write_bloom_filter false)`);
  renameSync(temporary, path);
  return path;
}

function modifiedAt(entry: ManifestEntry): string | null {
  const origin: { name: string; modified_at?: string } = entry.origin;
  return origin.modified_at ?? null;
}

// DuckDB parses no escape of a lone surrogate; landing replaces it in the same way before it parses.
const parsable = String.raw`
  case
    when list_contains(${storedFlags}, 'lone_surrogate') then list_aggregate(
      [
        case when regexp_full_match(part, '\\u[dD][89a-fA-F]..') then '\ufffd' else part end
        for part in regexp_extract_all(raw,
          '(?s)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}'
            || '|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.|[^\\]+')
      ],
      'string_agg', '')
    else raw
  end`;
