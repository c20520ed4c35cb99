import { describe, expect, test } from 'vitest';
import type { Answer } from './incidents/answer.ts';
import { awaited, expectNothing } from './incidents/awaited.ts';
import { incidents } from './incidents/cases/index.ts';
import { damaged, disordered, logsOf, plain, type Variation } from './incidents/log-files.ts';
import { answerFrom, tell, tellWithout } from './incidents/tell.ts';

// Every run of every incident lands logs through the built program, which takes seconds. `npm test`
// tells each incident once, in one variation; `INCIDENT_SEEDS=1,2,3` tells them in all, from several
// seeds, compares what the tables hold after each, and tells each again without any one of its logs.
// `INCIDENT=a,b` picks some.
const seeds = process.env.INCIDENT_SEEDS?.split(',').map(Number) ?? [];
const isThorough = seeds.length > 0;
const picked = process.env.INCIDENT?.split(',');
const variations: Record<string, Variation> = { plain, disordered, damaged };

const chosen = incidents.filter(({ name }) => picked === undefined || picked.includes(name));

describe.skipIf(isThorough)('an incident is told as it happened', () => {
  const names = Object.keys(variations);
  test.concurrent.each(
    chosen.map((incident, index) => ({ ...incident, variation: names[index % 3] ?? 'plain' })),
  )('$name, from $variation logs: $tells', async ({ name, play, variation }) => {
    const told = await tell(play(1), { variation: variations[variation] ?? plain, seed: 1 });
    expectNothing(name, told.found);
  });
});

for (const seed of seeds) {
  describe.each(chosen)(`$name, seed ${seed}: $tells`, ({ name, play }) => {
    test('told from plain logs and, the same, from disordered ones', async () => {
      const world = play(seed);
      const first = await tell(world, { variation: plain, seed, isThorough });
      expectNothing(name, first.found);
      if (name in awaited || world.kubernetesFormat !== 'lines') return;
      const second = await tell(world, { variation: disordered, seed, isThorough });
      expect(second.found).toEqual([]);
      expect(second.dump).toBe(first.dump);
    });

    test('told from damaged logs', async () => {
      const told = await tell(play(seed + 1000), { variation: damaged, seed, isThorough });
      expectNothing(name, told.found);
    });

    let whole: Promise<Answer> | undefined;
    const wholeOnce = () => {
      whole ??= answerFrom(play(seed)).then(
        (answer) => answer ?? Promise.reject(new Error('no logs')),
      );
      return whole;
    };
    test.each(logsOf(play(seed)))('told without its $log log of $cluster', async (missing) => {
      const { log, cluster = '' } = missing;
      const found = await tellWithout(play(seed), missing, wholeOnce);
      expectNothing(`${name} without ${log} ${cluster}`.trim(), found);
    });
  });
}

test('the awaited are incidents or stories that exist', () => {
  const known = incidents.flatMap(({ name, play }) => [
    name,
    ...logsOf(play(1)).map(({ log, cluster = '' }) => `${name} without ${log} ${cluster}`.trim()),
  ]);
  const strangers = Object.keys(awaited).filter(
    (name) => !known.includes(name) && !name.startsWith('story '),
  );
  expect(strangers).toEqual([]);
});
