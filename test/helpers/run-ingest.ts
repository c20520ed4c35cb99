import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const driver = fileURLToPath(new URL('./ingest-driver.ts', import.meta.url));

/** Starts an ingest as a process of its own, from source. */
export function startIngest(options: object, shellPrefix?: string): ChildProcess {
  const args = ['--import', 'tsx', driver, JSON.stringify(options)];
  if (shellPrefix === undefined) return spawn(process.execPath, args);
  const quoted = [process.execPath, ...args].map((each) => `'${each.replaceAll("'", "'\\''")}'`);
  return spawn('bash', ['-c', `${shellPrefix}; exec ${quoted.join(' ')}`]);
}

/** Waits for a started ingest; its summary or error, and the exit code (null when killed). */
export async function finishIngest(
  child: ChildProcess,
): Promise<{ code: number | null; result: Record<string, unknown>; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, result: stdout === '' ? {} : JSON.parse(stdout), stderr };
}
