import { readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Input, listInputs } from './list-inputs.ts';

interface Seen {
  /** Device and inode: a file keeps them when it is renamed. */
  identity: string;
  size: number;
  modifiedAt: number;
}

/**
 * Tells which files of some paths changed since it looked last: new ones, grown ones, and ones that
 * were emptied and written anew. A file that only got another name, as rotation gives it, is no other
 * file; one that was named itself is followed under its new name once more, for what was written to it
 * in between.
 */
export class Follower {
  readonly #paths: readonly string[];
  readonly #seen = new Map<string, Seen>();

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** The paths that have something new, in the order of names; a path that is not there yet has nothing. */
  look(): string[] {
    const changed: string[] = [];
    for (const path of this.#candidates()) {
      const stats = statOf(path);
      if (stats === null || !stats.isFile()) continue;
      const seen: Seen = {
        identity: `${stats.dev}/${stats.ino}`,
        size: stats.size,
        modifiedAt: stats.mtimeMs,
      };
      const before = this.#seen.get(seen.identity);
      this.#seen.set(seen.identity, seen);
      const isSame =
        before !== undefined && before.size === seen.size && before.modifiedAt === seen.modifiedAt;
      if (!isSame && stats.size > 0) changed.push(path);
    }
    return changed;
  }

  #candidates(): Set<string> {
    const files = listInputs(this.#paths).filter(isFile);
    const paths = new Set(files.map(({ path }) => path));
    for (const named of this.#paths) {
      // Of a folder everything is listed anyway.
      if (statOf(named)?.isDirectory() === true) continue;
      for (const path of this.#renamed(named)) paths.add(path);
    }
    return paths;
  }

  /** Files beside a named one that were seen as it, before they were given another name. */
  #renamed(named: string): string[] {
    const folder = dirname(named);
    let names: string[];
    try {
      names = readdirSync(folder).sort();
    } catch {
      return [];
    }
    return names
      .map((name) => join(folder, name))
      .filter((path) => {
        const stats = statOf(path);
        return stats !== null && this.#seen.has(`${stats.dev}/${stats.ino}`);
      });
  }
}

function isFile(input: Input): boolean {
  return input.kind === 'file';
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
