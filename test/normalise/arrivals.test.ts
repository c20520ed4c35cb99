import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { rebuildDatabase, refreshDatabase } from '../../src/database.ts';
import type { Store } from '../../src/landing/store.ts';
import { dumpOf, landFiles, storeOfKnownKey } from '../helpers/sample-store.ts';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const story = join(samples, 'stories', 'leaked-payments-key', 'logs');

/** Every line of a source's samples and of the story, those of one request next to each other or apart. */
function linesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

async function refresh(store: Store): Promise<string[]> {
  const steps: string[] = [];
  await refreshDatabase(store, (step) => steps.push(step));
  return steps;
}

const anew = 'events of k8s_audit';
const arrived = 'events of k8s_audit, new batches: 1';

describe('a refresh after each batch', () => {
  it('gives what a rebuild gives, where records of one request came one by one', async () => {
    const { store, remove } = storeOfKnownKey();
    try {
      const lines = [...linesOf(join(samples, 'k8s_audit')), ...linesOf(story)];
      const files = [0, 1, 2].map((file) => {
        const path = join(store.folder, '..', `part-${file}.jsonl`);
        // Each third line, and some of those that another file has too.
        const own = lines.filter((_, index) => index % 3 === file || index % 7 === file);
        writeFileSync(path, `${own.join('\n')}\n`);
        return path;
      });
      const steps: string[][] = [];
      for (const path of files) {
        await landFiles(store, [path], { source: 'k8s_audit' });
        steps.push((await refresh(store)).filter((step) => step.startsWith(anew)));
      }
      expect(steps).toEqual([[anew], [arrived], [arrived]]);
      const dump = await dumpOf(store);
      await rebuildDatabase(store);
      expect(await dumpOf(store)).toBe(dump);
    } finally {
      remove();
    }
  });

  it('makes a source anew where a batch gave way to another', async () => {
    const { store, remove } = storeOfKnownKey();
    try {
      const lines = linesOf(story);
      const path = join(store.folder, '..', 'growing.jsonl');
      const other = join(store.folder, '..', 'other.jsonl');
      // Without the end of its last line, which then goes on.
      writeFileSync(path, lines.slice(0, 40).join('\n'));
      writeFileSync(other, `${lines.slice(100, 120).join('\n')}\n`);
      await landFiles(store, [path, other], { source: 'k8s_audit' });
      await refresh(store);
      writeFileSync(path, `${lines.slice(0, 60).join('\n')}\n`);
      await landFiles(store, [path], { source: 'k8s_audit' });
      expect(await refresh(store)).toContain(anew);
      const dump = await dumpOf(store);
      await rebuildDatabase(store);
      expect(await dumpOf(store)).toBe(dump);
    } finally {
      remove();
    }
  });

  it('reads nothing of a source to which nothing came', async () => {
    const { store, remove } = storeOfKnownKey();
    try {
      await landFiles(store, [join(samples, 'k8s_audit', 'ordinary.jsonl')]);
      await refresh(store);
      await landFiles(store, [join(samples, 'vault_audit', 'ordinary.jsonl')]);
      const steps = await refresh(store);
      expect(steps).toContain('events of vault_audit');
      expect(steps.filter((step) => step.startsWith(anew))).toEqual([]);
      const dump = await dumpOf(store);
      await rebuildDatabase(store);
      expect(await dumpOf(store)).toBe(dump);
    } finally {
      remove();
    }
  });
});
