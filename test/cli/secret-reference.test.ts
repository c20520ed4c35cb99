import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';

const logs = fileURLToPath(
  new URL('../../samples/stories/agent-tool-runner/logs', import.meta.url),
);
const root = mkdtempSync(join(tmpdir(), 'custody-secret-'));
const store = join(root, 'store');

beforeAll(async () => {
  const landed = await custody(['ingest', logs, '--cluster', 'agents-eu', '--store', store]);
  expect(landed.status).toBe(0);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function ask(reference: string, ...more: string[]) {
  return await custody([
    ...['blast-radius', '--object', reference, ...more],
    ...['--store', store, '--format', 'json'],
  ]);
}

describe('k8s:<namespace>/<secret>', () => {
  it('is the object that the driver synced into the Secret', async () => {
    const secret = await ask('k8s:agents/search-api');
    const object = await ask('vault:secret/agents/search-api');
    expect(secret.status).toBe(0);
    expect(JSON.parse(secret.stdout)).toEqual(JSON.parse(object.stdout));
  });

  it('is the Secret of the cluster that is named', async () => {
    const named = await ask('k8s:agents/search-api', '--cluster', 'agents-eu');
    const other = await ask('k8s:agents/search-api', '--cluster', 'agents-us');
    expect(named.status).toBe(0);
    expect(other).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('Cannot find object "k8s:agents/search-api"'),
    });
  });

  it('of a Secret that no provider feeds is not found, and says what else to ask', async () => {
    const { status, stderr } = await ask('k8s:agents/unheard-of');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'Cannot find object "k8s:agents/unheard-of": no landed log shows a provider\'s object in that Secret\n' +
        'hint: custody query run privilege/secret_readers --param namespace=agents --param secret=unheard-of tells who may read it\n',
    );
  });
});
