import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LogSet } from './log-files.ts';

/** The built program; another build can be put under test by `CUSTODY_DIST`. */
const program = join(resolve(process.env.CUSTODY_DIST ?? 'dist'), 'cli', 'main.js');

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

function runCustody(parameters: string[]): Promise<Finished> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [program, ...parameters], {
      env: { PATH: process.env.PATH ?? '', TZ: 'UTC', NO_COLOR: '1' },
    });
    const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    child.stdout.on('data', (bytes: Buffer) => output.stdout.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => output.stderr.push(bytes));
    child.on('error', fail);
    child.on('close', (code) => {
      const stdout = Buffer.concat(output.stdout).toString();
      settle({ code, stdout, stderr: Buffer.concat(output.stderr).toString() });
    });
  });
}

/** A command that must succeed; gives what it printed. */
async function custody(parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCustody(parameters);
  if (code !== 0) throw new Error(`custody ${parameters.join(' ')} exited ${code}: ${stderr}`);
  return stdout;
}

async function custodyJson<T>(parameters: string[]): Promise<T> {
  return JSON.parse(await custody([...parameters, '--format', 'json'])) as T;
}

/** A store of its own in a temporary folder, with the log sets landed. */
export class TestStore {
  readonly root = mkdtempSync(join(tmpdir(), 'custody-incident-'));
  readonly store = join(this.root, 'store');

  /** One `custody ingest` for all sets that need the same options. */
  async ingest(sets: LogSet[]): Promise<void> {
    const calls = new Map<string, { options: string[]; folders: string[] }>();
    for (const { folder, options, files } of sets) {
      const path = join(this.root, folder);
      await mkdir(path, { recursive: true });
      await Promise.all(files.map((file) => writeFile(join(path, file.name), file.bytes)));
      const key = options.join(' ');
      const call = calls.get(key) ?? { options, folders: [] };
      calls.set(key, { options, folders: [...call.folders, path] });
    }
    for (const { options, folders } of calls.values()) await this.land(folders, options);
  }

  async land(paths: string[], options: string[]): Promise<void> {
    await custody(['ingest', ...paths, '--store', this.store, '--quiet', ...options]);
  }

  custody(parameters: string[]): Promise<string> {
    return custody([...parameters, '--store', this.store]);
  }

  json<T>(parameters: string[]): Promise<T> {
    return custodyJson<T>([...parameters, '--store', this.store]);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
