import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built program, as `npm test` has made it before. */
const mainPath = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface ExecResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  stdin?: string | Buffer;
  cwd?: string;
  env?: Record<string, string>;
}

/** Starts the built program with a bare environment: no colours, no store of the developer's own. */
export function startCustody(
  parameters: readonly string[],
  options: ExecOptions = {},
): ChildProcess {
  return spawn(process.execPath, [mainPath, ...parameters], {
    cwd: options.cwd,
    env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', ...options.env },
  });
}

/** Runs the built program to its end. */
export async function custody(
  parameters: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const child = startCustody(parameters, options);
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin ?? '');
  return await collectResult(child);
}

/** Waits for a started program and gives what it wrote. */
export async function collectResult(child: ChildProcess): Promise<ExecResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, stdout: text(stdout), stderr: text(stderr) };
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
