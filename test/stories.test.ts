import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type AnsweredExposure, differences } from './incidents/compare.ts';
import { TestStore } from './incidents/run-custody.ts';
import { sourceHolds } from './incidents/source-bytes.ts';
import { storyFiles } from './incidents/stories/story-files.ts';
import type { Bystander, TrueExposure } from './incidents/truth.ts';

const stories = 'samples/stories';

interface StoryTruth {
  cluster: string;
  objects: string[];
  exposures: TrueExposure[];
  bystanders: Bystander[];
}

interface Answer {
  exposures: AnsweredExposure[];
  versions: { version: string; created_at: string | null; superseded_at: string | null }[];
  unknowns: unknown[];
  coverage: unknown[];
}

const unpacked = (name: string, bytes: Buffer): string =>
  (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();

test('the committed story is what its generator writes', () => {
  for (const { name, bytes } of storyFiles()) {
    const committed = readFileSync(join(stories, 'leaked-payments-key', name));
    expect(unpacked(name, committed) === unpacked(name, bytes), name).toBe(true);
  }
});

for (const story of readdirSync(stories)) {
  const folder = join(stories, story);
  if (!existsSync(join(folder, 'truth.json'))) continue;
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as StoryTruth;

  describe(`story ${story}`, () => {
    const store = new TestStore();
    const landed = store.land([join(folder, 'logs')], ['--cluster', truth.cluster]);
    const ask = async (object: string) => {
      await landed;
      return store.json<Answer>(['blast-radius', '--object', object]);
    };
    afterAll(() => store.remove());

    test.each(truth.objects)('tells who held %s, whole and nobody else', async (object) => {
      const { exposures } = await ask(object);
      const expected = truth.exposures.filter((exposure) => exposure.object === object);
      expect(differences(expected, exposures, truth)).toEqual([]);
    });

    // Each `show` starts the program: one id of each kind of link, all of them on demand.
    test('leads its links back to bytes of its logs', async () => {
      const { exposures } = await ask(truth.objects[0] ?? '');
      const links = exposures.flatMap((exposure) => exposure.links);
      const texts = readdirSync(join(folder, 'logs')).map((name) =>
        unpacked(name, readFileSync(join(folder, 'logs', name))),
      );
      const byKind = new Map(links.map((link) => [link.kind, link.evidence.slice(0, 1)]));
      const all = process.env.INCIDENT_SEEDS !== undefined;
      const ids = all ? links.flatMap((link) => link.evidence) : [...byKind.values()].flat();
      for (const id of new Set(ids)) {
        const shown = await store.custody(['show', id, '--raw']);
        expect(sourceHolds(texts, shown), id).toBe(true);
      }
    });
  });
}
