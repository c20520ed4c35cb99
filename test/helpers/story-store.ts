import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { custody, type ExecOptions, type ExecResult } from './exec.ts';

/** The logs of the sample incident. */
export const storyLogs = fileURLToPath(
  new URL('../../samples/stories/leaked-payments-key/logs', import.meta.url),
);

/** A store in a folder of its own, with the sample incident landed. */
export class StoryStore {
  readonly root = mkdtempSync(join(tmpdir(), 'custody-cli-'));
  readonly store = join(this.root, 'store');

  /** Lands the logs of the sample incident. */
  async land(): Promise<ExecResult> {
    return await custody(['ingest', storyLogs, '--cluster', 'prod', '--store', this.store]);
  }

  /** Runs a command on the store. */
  async run(parameters: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return await custody([...parameters, '--store', this.store], { cwd: this.root, ...options });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
