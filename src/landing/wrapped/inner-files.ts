import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { syncFolder, writeSynced, writing } from '../durable-file.ts';
import { incomingPath, type Store } from '../store.ts';

/** A file of the columns of records that lie in a batch; several may be of one source. */
export interface InnerFile {
  source: string;
  /** Absolute while it is in incoming/, then relative to the store's folder. */
  path: string;
}

/**
 * Keeps the files of what lies in a batch, under names in derived/. They follow from the segment, so that
 * nothing is lost where they are missing; the list is written last and says that all of them are there.
 */
export function keepInnerFiles(
  store: Store,
  version: string,
  batch: string,
  files: readonly InnerFile[],
): void {
  const list = join(store.folder, innerListPath(version, batch));
  const folder = dirname(list);
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  const kept = files.map(({ source, path }, index) => {
    const named = join(folder, `${batch}-${index}-${source}.parquet`);
    writing(named, () => renameSync(path, named));
    return { source, path: relative(store.folder, named) };
  });
  const temporary = incomingPath(store, '.json');
  writeSynced(temporary, Buffer.from(`${JSON.stringify(kept)}\n`));
  writing(list, () => renameSync(temporary, list));
  syncFolder(folder);
}

/** The files of what lies in a batch, by their list; null where it or one of them is not there. */
export function readInnerList(store: Store, list: string): InnerFile[] | null {
  const path = join(store.folder, list);
  if (!existsSync(path)) return null;
  const files = JSON.parse(readFileSync(path, 'utf8')) as InnerFile[];
  return files.every((file) => existsSync(join(store.folder, file.path))) ? files : null;
}

/** Where the list of a batch stands, relative to the store's folder. */
export function innerListPath(version: string, batch: string): string {
  return join('derived', `wrapped-${version}`, `${batch}.json`);
}
