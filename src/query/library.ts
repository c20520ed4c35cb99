import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CustodyError } from '../errors.ts';
import { type FrontMatter, parseFrontMatter } from './front-matter.ts';

/** A canned query: its metadata, and the whole file, which DuckDB takes as it is. */
export interface Query extends FrontMatter {
  id: string;
  path: string;
  sql: string;
}

/** Where the library lies: at the root of the package, as seen from src/query and dist/query alike. */
export const libraryFolder = fileURLToPath(new URL('../../queries', import.meta.url));

/**
 * Loads every query of the library, and of a user's own folder, by id.
 *
 * @param userFolder a folder of the same layout, `<area>/<id>.sql`; it may not take an id that exists
 */
export function loadLibrary(userFolder?: string): Map<string, Query> {
  const library = new Map<string, Query>();
  for (const folder of userFolder === undefined ? [libraryFolder] : [libraryFolder, userFolder]) {
    for (const query of loadFolder(folder)) {
      if (library.has(query.id)) {
        throw new CustodyError('BAD_OPTION', `Cannot load query "${query.path}": the id is taken`, {
          hint: 'give the file another name: ids are path without extension',
        });
      }
      library.set(query.id, query);
    }
  }
  return library;
}

/** Finds one query by id, or says which ones there are. */
export function findQuery(library: Map<string, Query>, id: string): Query {
  const query = library.get(id);
  if (query) return query;
  const last = id.split('/').at(-1) ?? id;
  const near = [...library.keys()].filter((known) => last !== '' && known.includes(last));
  throw new CustodyError(
    'NOT_FOUND',
    `Cannot find query "${id}": the library has none of that id`,
    {
      hint:
        near.length > 0 ? `did you mean ${near.join(', ')}` : 'custody query list names them all',
    },
  );
}

function loadFolder(folder: string): Query[] {
  return listFiles(folder)
    .filter((path) => path.endsWith('.sql'))
    .map((path) => {
      const sql = readFileSync(path, 'utf8');
      return { id: idOf(folder, path), path, sql, ...parseFrontMatter(sql, path) };
    });
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new CustodyError('BAD_OPTION', `Cannot read query folder "${folder}": ${code}`, {
      hint: 'give --queries a folder of <area>/<id>.sql files',
      cause: error,
    });
  }
}

function idOf(folder: string, path: string): string {
  return path
    .slice(resolve(folder).length + 1)
    .replace(/\.sql$/, '')
    .split(sep)
    .join('/');
}
