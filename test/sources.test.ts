import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rebuildDatabase } from '../src/database.ts';
import { sourceSql } from '../src/normalise/source-sql.ts';
import { outcomeOf } from './helpers/sample-outcome.ts';
import {
  dumpOf,
  landFiles,
  reversedCopy,
  storeOfKnownKey,
  withDatabase,
} from './helpers/sample-store.ts';

const samples = fileURLToPath(new URL('../samples/', import.meta.url));
/** Sources that state what is, not what was asked: nothing in them is denied, and the time is given. */
const stating = ['k8s_objects', 'custody_yaml', 'provider_objects'];
/** Lines that tell no year: it follows from when the log was taken. */
const undated = ['csi_log'];
const sampleEndings = ['.jsonl', '.json', '.yaml', '.log'];

function filesOf(source: string): { cases: string[]; goldens: string[] } {
  const names = readdirSync(join(samples, source)).sort();
  return {
    goldens: names.filter((name) => name.endsWith('.golden.json')),
    cases: names.filter(
      (name) => !name.endsWith('.golden.json') && sampleEndings.includes(parse(name).ext),
    ),
  };
}

function observedAtOf(source: string): { observedAt?: string } {
  return [...stating, ...undated].includes(source) ? { observedAt: '2026-03-02T12:00:00Z' } : {};
}

describe.each(sourceSql().map((source) => source.id))('samples of %s', (source) => {
  const { cases, goldens } = filesOf(source);

  it('include the ordinary, the denied, the malformed and what is not of the source', () => {
    const stems = cases.map((name) => parse(name).name);
    const expected = ['ordinary', 'malformed', 'foreign'];
    if (!stating.includes(source)) expected.push('denied');
    expect(stems).toEqual(expect.arrayContaining(expected));
  });

  it('have a golden each, and no golden is left over', () => {
    expect(goldens).toEqual(cases.map((name) => `${parse(name).name}.golden.json`));
  });

  it.each(cases)('%s gives the events and facts of its golden', async (name) => {
    const { store, remove } = storeOfKnownKey();
    try {
      await landFiles(store, [join(samples, source, name)], { source, ...observedAtOf(source) });
      const outcome = await withDatabase(store, outcomeOf);
      const golden = join(samples, source, `${parse(name).name}.golden.json`);
      await expect(`${JSON.stringify(outcome, null, 2)}\n`).toMatchFileSnapshot(golden);
    } finally {
      remove();
    }
  });
});

describe('the order in which batches arrive', () => {
  it('changes nothing, and neither does a rebuild', async () => {
    const { store, remove } = storeOfKnownKey();
    let reversed: ReturnType<typeof reversedCopy> | undefined;
    try {
      for (const { id } of sourceSql()) {
        const paths = filesOf(id).cases.map((name) => join(samples, id, name));
        await landFiles(store, paths, { source: id, observedAt: '2026-03-02T12:00:00Z' });
        // Refreshed halfway too: what a database held before must not show in what it becomes.
        await withDatabase(store, async () => {});
      }
      const dump = await dumpOf(store);
      reversed = reversedCopy(store);
      expect(await dumpOf(reversed.store)).toBe(dump);
      await rebuildDatabase(store);
      expect(await dumpOf(store)).toBe(dump);
    } finally {
      reversed?.remove();
      remove();
    }
  });

  it('does not matter either where one request is spread over several files', async () => {
    const lines = readFileSync(join(samples, 'k8s_audit', 'stages.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const dumps: string[] = [];
    for (const order of [lines, [...lines].reverse()]) {
      const { store, remove } = storeOfKnownKey();
      try {
        for (const [index, line] of order.entries()) {
          const path = join(store.folder, '..', `${order === lines ? 'a' : 'b'}${index}.log`);
          writeFileSync(path, `${line}\n`);
          await landFiles(store, [path], { source: 'k8s_audit' });
        }
        dumps.push(await dumpOf(store));
      } finally {
        remove();
      }
    }
    expect(dumps[1]).toBe(dumps[0]);
  });
});
