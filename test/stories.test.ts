import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Bystander, TrueExposure, TrueVersion } from '../src/simulate/world/truth.ts';
import type { Account } from './incidents/allowed.ts';
import type { Answer } from './incidents/answer.ts';
import { expectNothing } from './incidents/awaited.ts';
import { differences } from './incidents/compare.ts';
import { TestStore } from './incidents/run-custody.ts';
import { sourceHolds } from './incidents/source-bytes.ts';
import {
  type HolderAnswer,
  type HolderTruth,
  holderWords,
} from './incidents/stories/holder-words.ts';
import { stories } from './incidents/stories/index.ts';
import { storyFiles } from './incidents/stories/story-files.ts';
import { accountOf, askAll, lessThanTrue } from './incidents/tell.ts';

interface StoryTruth {
  cluster: string;
  objects: string[];
  exposures: TrueExposure[];
  versions: TrueVersion[];
  bystanders: Bystander[];
  platform: string[];
  beside: string[];
}

/** What is to be answered of holders, written by hand; not every story has some. */
function holdersOf(name: string): HolderTruth[] {
  const path = join('test/incidents/stories', `${name}.holders.yaml`);
  return existsSync(path) ? parse(readFileSync(path, 'utf8'), { merge: true }) : [];
}

const unpacked = (name: string, bytes: Buffer): string =>
  (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();

test('every story has its play, and every play its story', () => {
  const names = stories.map(({ name }) => name);
  expect(readdirSync('samples/stories').sort()).toEqual([...names].sort());
});

describe.each(stories)('story $name', (story) => {
  const folder = join('samples/stories', story.name);
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as StoryTruth;
  const account: Account = {
    ...truth,
    platform: new Set(truth.platform),
    beside: new Set(truth.beside),
  };
  const world = story.play();
  const files = storyFiles(story, world);
  const logs = join(folder, 'logs');
  const store = new TestStore();
  const landed = store.land([logs], ['--cluster', truth.cluster]);
  const ask = async (object: string) => {
    await landed;
    return store.json<Answer>(['blast-radius', '--object', object]);
  };
  afterAll(() => store.remove());

  test('is committed as its generator writes it', () => {
    for (const { name, bytes } of files) {
      const committed = readFileSync(join(folder, name));
      expect(unpacked(name, committed) === unpacked(name, bytes), name).toBe(true);
    }
  });

  test('tells who held each object, whole and nobody else', async () => {
    const found: string[] = [];
    for (const object of truth.objects) {
      const { exposures } = await ask(object);
      const expected = truth.exposures.filter((exposure) => exposure.object === object);
      found.push(...differences(expected, exposures, account));
    }
    expectNothing(`story ${story.name}`, found);
  });

  test.each(holdersOf(story.name))('tells what leaks with $holder, whole', async (told) => {
    await landed;
    const answer = await store.json<HolderAnswer>(['blast-radius', '--holder', told.holder]);
    expect(holderWords(answer, told.holder)).toEqual(told);
  });

  // Each `show` starts the program: one id of each kind of link, all of them on demand.
  test('leads its links back to bytes of its logs', async () => {
    const { exposures } = await ask(truth.objects[0] ?? '');
    const links = exposures.flatMap((exposure) => exposure.links);
    const texts = readdirSync(logs).map((name) => unpacked(name, readFileSync(join(logs, name))));
    const byKind = new Map(links.map((link) => [link.kind, link.evidence.slice(0, 1)]));
    const all = process.env.INCIDENT_SEEDS !== undefined;
    const ids = all ? links.flatMap((link) => link.evidence) : [...byKind.values()].flat();
    for (const id of new Set(ids)) {
      const shown = await store.custody(['show', id, '--raw']);
      expect(sourceHolds(texts, shown), id).toBe(true);
    }
  });

  const collected = new Set(files.flatMap(({ log }) => (log === undefined ? [] : [log])));
  test.each([...collected])('invents nobody without its %s log, and names the gap', async (log) => {
    const thinner = new TestStore();
    try {
      const kept = files.filter((file) => file.log !== undefined && file.log !== log);
      const paths = kept.map(({ name }) => join(folder, name));
      await thinner.land(paths, ['--cluster', truth.cluster]);
      await landed;
      const missing = { log, cluster: truth.cluster };
      const [answer, whole] = [await askAll(thinner), await askAll(store)];
      const found = lessThanTrue(accountOf(world), answer, whole, missing);
      expectNothing(`story ${story.name} without ${log}`, found);
    } finally {
      thinner.remove();
    }
  });
});
