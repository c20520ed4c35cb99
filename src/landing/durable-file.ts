import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { CustodyError } from '../errors.ts';

const refusedStates: Record<string, { state: string; hint: string }> = {
  ENOSPC: { state: 'the disk is full', hint: 'free some space and run the same command again' },
  EDQUOT: { state: 'the disk quota is used up', hint: 'free some space and run it again' },
  EFBIG: { state: 'a file grew over the limit', hint: 'raise `ulimit -f` and run it again' },
  EACCES: { state: 'permission denied', hint: 'use a folder you may write to (--store)' },
  EPERM: { state: 'operation not permitted', hint: 'use a folder you may write to (--store)' },
  EROFS: { state: 'the file system is read-only', hint: 'use another folder (--store)' },
  ENOENT: { state: 'the folder cannot be made', hint: 'use another folder (--store)' },
  EEXIST: { state: 'a file is in the way', hint: 'use another folder (--store)' },
  ENOTDIR: { state: 'part of the path is a file', hint: 'use another folder (--store)' },
  EIO: { state: 'the disk reports an error', hint: 'check the disk, then run it again' },
};

/**
 * Turns what the file system refuses into one clear error; everything else is returned untouched.
 *
 * What was committed before stays: the manifest names only files that were synced to disk.
 */
function writeRefused(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const known = code === undefined ? undefined : refusedStates[code];
  if (known === undefined) return error;
  return new CustodyError('NOT_WRITABLE', `Cannot write "${path}": ${known.state}`, {
    hint: known.hint,
    cause: error,
  });
}

/** Runs `write`, naming `path` in the error when the file system refuses. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw writeRefused(error, path);
  }
}

/** A name in a folder survives a power loss only once the folder itself is synced. */
export function syncFolder(folder: string): void {
  writing(folder, () => {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Writes a new file and syncs its bytes; the name is synced with its folder by `syncFolder`. */
export function writeSynced(path: string, bytes: Uint8Array, mode = 0o644): void {
  writing(path, () => {
    const descriptor = openSync(path, 'wx', mode);
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

/**
 * Gives a synced temporary file its final name unless that name is taken.
 *
 * `link(2)` fails with EEXIST where `rename(2)` would silently replace: exactly one of several
 * writers gets the name. https://man7.org/linux/man-pages/man2/link.2.html
 */
export function linkInto(temporary: string, path: string): 'linked' | 'taken' {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'taken';
    throw writeRefused(error, path);
  } finally {
    unlinkSync(temporary);
  }
  syncFolder(dirname(path));
  return 'linked';
}
