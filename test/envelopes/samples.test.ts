import { readdirSync, rmSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rebuildDatabase } from '../../src/database.ts';
import { outcomeOf } from '../helpers/sample-outcome.ts';
import {
  dumpOf,
  landFiles,
  statedRows,
  storeOfKnownKey,
  withDatabase,
} from '../helpers/sample-store.ts';

const folder = fileURLToPath(new URL('../../samples/envelopes/', import.meta.url));
const names = readdirSync(folder).sort();
const cases = names.filter((name) => !name.endsWith('.golden.json'));

describe('samples of envelopes', () => {
  it('have a golden each, and no golden is left over', () => {
    const goldens = names.filter((name) => name.endsWith('.golden.json'));
    expect(goldens).toEqual(cases.map((name) => `${parse(name).name}.golden.json`));
  });

  it.each(cases)('%s gives what its golden says, and again from the segments', async (name) => {
    const { store, remove } = storeOfKnownKey();
    onTestFinished(remove);
    await landFiles(store, [join(folder, name)], { observedAt: '2026-03-02T12:00:00Z' });
    const outcome = await withDatabase(store, async (connection) => ({
      ...(await outcomeOf(connection)),
      records: await statedRows(
        connection,
        'select source, kind, position, flags, redacted from record order by position, kind',
      ),
    }));
    const golden = join(folder, `${parse(name).name}.golden.json`);
    await expect(`${JSON.stringify(outcome, null, 2)}\n`).toMatchFileSnapshot(golden);
    const dump = await dumpOf(store);
    rmSync(join(store.folder, 'derived'), { recursive: true });
    await rebuildDatabase(store);
    expect(await dumpOf(store)).toBe(dump);
  });
});
