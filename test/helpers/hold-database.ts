import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = `
  import { DuckDBInstance } from '@duckdb/node-api';
  const instance = await DuckDBInstance.create(process.argv[1]);
  await instance.connect();
  process.stdout.write('held');
  setInterval(() => {}, 1000);
`;

/** Holds a database open for writing in another process; gives what lets it go. */
export async function holdDatabase(path: string): Promise<() => void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the database could not be held')));
  });
  return () => void child.kill('SIGKILL');
}
