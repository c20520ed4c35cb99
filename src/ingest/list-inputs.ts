import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** A thing to read, or why it is not read. */
export type Input =
  | { path: string; kind: 'file'; bytes: number; modified_at: string }
  | { path: string; kind: 'pipe' }
  | { path: string; kind: 'stdin' }
  /** What a program asked for itself; `path` says where. */
  | { path: string; kind: 'stream'; stream: Readable }
  | { path: string; kind: 'skipped'; reason: string }
  | { path: string; kind: 'failed'; reason: string };

/**
 * Lists what the paths stand for: `-` is stdin, a folder is everything below it, in the order of
 * names. A symbolic link is followed unless it leads to a folder that is being read already.
 */
export function listInputs(paths: readonly string[]): Input[] {
  return paths.flatMap((path) => {
    if (path === '-') return [{ path, kind: 'stdin' } satisfies Input];
    return [...listPath(path, [], true)];
  });
}

function* listPath(path: string, inside: readonly string[], named: boolean): Generator<Input> {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    yield { path, kind: named ? 'failed' : 'skipped', reason: whyNot(error, path) };
    return;
  }
  if (stats.isDirectory()) yield* listFolder(path, inside);
  else if (stats.isFile()) {
    yield { path, kind: 'file', bytes: stats.size, modified_at: stats.mtime.toISOString() };
  } else if (named) {
    // `<(command)` of a shell is a pipe that somebody named on purpose.
    yield { path, kind: 'pipe' };
  } else yield { path, kind: 'skipped', reason: `not a file but ${kindOf(stats)}` };
}

function* listFolder(path: string, inside: readonly string[]): Generator<Input> {
  let names: string[];
  let real: string;
  try {
    real = realpathSync(path);
    names = readdirSync(path).sort();
  } catch (error) {
    yield { path, kind: 'failed', reason: whyNot(error, path) };
    return;
  }
  if (inside.includes(real)) {
    yield { path, kind: 'skipped', reason: 'leads back to a folder that holds it' };
    return;
  }
  for (const name of names) yield* listPath(join(path, name), [...inside, real], false);
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** What the file system says of a path, in words. */
export function whyNot(error: unknown, path?: string): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  if (code === 'ENOENT' && path !== undefined && isLink(path)) return 'a link that leads nowhere';
  const known: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'a link that leads to itself',
    EIO: 'the disk reports an error',
  };
  return known[code] ?? `not readable (${code})`;
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
