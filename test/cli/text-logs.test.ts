import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { custody } from '../helpers/exec.ts';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'custody-text-'));
const store = join(root, 'store');
const conjur = readFileSync(`${samples}conjur/ordinary.log`, 'utf8').split('\n');
const wrapped = join(root, 'shipped.log');
const prose = join(root, 'prose.txt');

beforeAll(async () => {
  writeFileSync(wrapped, `${JSON.stringify({ log: `${conjur[4]}\n` })}\n`);
  writeFileSync(prose, 'nothing\nthat any source says\n');
  const files = [`${samples}conjur/ordinary.log`, `${samples}akeyless/ordinary.jsonl`];
  const more = [`${samples}akeyless/text.log`, `${samples}csi_log/ordinary.log`, wrapped, prose];
  const landed = await custody(['ingest', ...files, ...more, '--store', store, '--format', 'json']);
  expect(landed.status).toBe(0);
  const taken = JSON.parse(landed.stdout).files.map(
    ({ taken_for, state }: { taken_for: string | null; state: string }) => `${state} ${taken_for}`,
  );
  expect(taken).toEqual([
    'landed conjur',
    'landed akeyless',
    'landed akeyless',
    'landed csi_log',
    'landed wrapped',
    'skipped null',
  ]);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function rows(query: string): Promise<Record<string, string>[]> {
  const asked = await custody(['sql', query, '--store', store, '--format', 'json']);
  return JSON.parse(asked.stdout) as Record<string, string>[];
}

describe('a log of text lines', () => {
  it.each([
    ['conjur:payments/stripe', 'conjur:payments/stripe'],
    ['akeyless:/payments/stripe', 'akeyless:/payments/stripe'],
    ['akeyless:payments/stripe', 'akeyless:/payments/stripe'],
  ])('tells of the object %s', async (reference, object) => {
    const asked = ['blast-radius', '--object', reference, '--store', store, '--format', 'json'];
    const { status, stdout } = await custody(asked);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).question.object).toBe(object);
  });

  it('gives its lines back byte for byte, also out of what wrapped them', async () => {
    const [plain] = await rows(
      "select record_id from record where source = 'conjur' and position = 0",
    );
    const shown = await custody(['show', plain?.record_id ?? '', '--store', store]);
    expect(shown.stdout).toContain(conjur[0]);
    const [inner] = await rows(
      "select record_id || '#' || pointer as id from event_record where pointer = '/log'",
    );
    const whole = await custody(['show', inner?.id ?? '', '--store', store]);
    expect(whole.status).toBe(0);
    expect(whole.stdout).toContain('shop:user:ana fetched version 2');
  });

  it('is the same when it is derived anew', async () => {
    const before = await rows('select * from event order by all');
    expect((await custody(['rebuild', '--store', store])).status).toBe(0);
    expect(await rows('select * from event order by all')).toEqual(before);
  });
});
