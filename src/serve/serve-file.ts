import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CustodyError } from '../errors.ts';
import type { Store } from '../landing/store.ts';

const schema = z.object({ pid: z.int(), address: z.string(), token: z.string() });

/** Where the process that serves a store answers other commands, and the token that it asks of them. */
export type ServeFile = z.infer<typeof schema>;

/** A new token for the commands on this machine. */
export function newControlToken(): string {
  return randomBytes(32).toString('hex');
}

/** Says to other commands where to ask; only this user can read it. */
export function writeServeFile(store: Store, content: ServeFile): void {
  const path = pathOf(store);
  rmSync(path, { force: true });
  writeFileSync(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
}

/** Nobody is asked any more. */
export function removeServeFile(store: Store): void {
  rmSync(pathOf(store), { force: true });
}

/** The file of a process that runs; null where none does, be it that one was killed and left it. */
export function readServeFile(store: Store): ServeFile | null {
  let text: string;
  try {
    text = readFileSync(pathOf(store), 'utf8');
  } catch {
    return null;
  }
  const parsed = schema.safeParse(jsonOf(text));
  return parsed.success && isRunning(parsed.data.pid) ? parsed.data : null;
}

/**
 * Asks the process that serves the store to bring the database up to date.
 *
 * @returns the number of the last manifest entry that it includes; null where no process serves the store
 * @throws CustodyError STORE_LOCKED where it does not answer
 */
export async function askForRefresh(store: Store, waitSeconds: number): Promise<number | null> {
  const serving = readServeFile(store);
  if (serving === null) return null;
  try {
    const response = await fetch(`http://${serving.address}/refresh`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serving.token}` },
      signal: AbortSignal.timeout(waitSeconds * 1000),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return z.object({ as_of: z.int() }).parse(await response.json()).as_of;
  } catch (error) {
    // It may have ended just now; then nobody holds the database.
    if (readServeFile(store) === null) return null;
    throw new CustodyError(
      'STORE_LOCKED',
      `Cannot ask process ${serving.pid}, which serves the store: no answer`,
      { hint: 'its log says why; end it, and commands open the store themselves', cause: error },
    );
  }
}

function pathOf(store: Pick<Store, 'folder'>): string {
  return join(store.folder, 'serve.json');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
