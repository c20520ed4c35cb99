import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeAuditLog } from './audit-log.ts';

const smallFiles = 10_000;

/** Makes the log, and its other forms where a path asks for them, unless they are there from before. */
export async function makeInputs(
  folder: string,
  lines: number,
  paths: readonly string[],
): Promise<{ log: string; bytes: number }> {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, `audit-${lines}.ndjson`);
  await unlessThere(log, (path) => writeAuditLog(path, lines));
  if (paths.includes('land-gzip') || paths.includes('gunzip')) {
    await unlessThere(`${log}.gz`, async (path) => {
      execFileSync('sh', ['-c', 'gzip -c "$1" > "$2"', 'sh', log, path]);
    });
  }
  if (paths.includes('land-small-files')) {
    await unlessThere(`${log}.files`, (path) => splitLog(log, path, lines));
  }
  // All paths find the file in the page cache.
  let bytes = 0;
  for await (const chunk of createReadStream(log)) bytes += (chunk as Buffer).length;
  return { log, bytes };
}

/** An input that a broken-off run left half made would be taken for a whole one. */
async function unlessThere(path: string, make: (path: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  process.stderr.write(`writing ${path}\n`);
  rmSync(`${path}.tmp`, { recursive: true, force: true });
  await make(`${path}.tmp`);
  renameSync(`${path}.tmp`, path);
}

async function splitLog(log: string, folder: string, lines: number): Promise<void> {
  mkdirSync(folder);
  const linesOfFile = Math.max(1, Math.ceil(lines / smallFiles));
  let batch: string[] = [];
  let files = 0;
  const flush = (): void => {
    if (batch.length === 0) return;
    writeFileSync(join(folder, `audit-${files}.ndjson`), `${batch.join('\n')}\n`);
    files += 1;
    batch = [];
  };
  for await (const line of createInterface({ input: createReadStream(log) })) {
    batch.push(line);
    if (batch.length === linesOfFile) flush();
  }
  flush();
}
