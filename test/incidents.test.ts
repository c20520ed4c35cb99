import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { incidents, openIncidents } from './incidents/cases/index.ts';
import {
  type AnsweredExposure,
  type AnsweredVersion,
  differences,
  versionDifferences,
} from './incidents/compare.ts';
import {
  collectLogs,
  damaged,
  disordered,
  type LogSet,
  plain,
  type Variation,
} from './incidents/log-files.ts';
import { Random } from './incidents/random.ts';
import { TestStore } from './incidents/run-custody.ts';
import { sourceHolds } from './incidents/source-bytes.ts';
import type { World } from './incidents/world.ts';

// Every run of every incident lands logs through the built program, which takes seconds. `npm test`
// tells each incident once, in one variation; `INCIDENT_SEEDS=1,2,3` tells them in all, from several
// seeds, and compares what the tables hold after each. `INCIDENT=a,b` picks some.
const seeds = process.env.INCIDENT_SEEDS?.split(',').map(Number) ?? [];
const isThorough = seeds.length > 0;
const picked = process.env.INCIDENT?.split(',');
const variations: Record<string, Variation> = { plain, disordered, damaged };

interface Answer {
  exposures: AnsweredExposure[];
  versions: AnsweredVersion[];
}

interface Told {
  differences: string[];
  lostEvidence: string[];
  dump: string;
}

/** All that derived tables say, apart from the record ids that differ with the files. */
const dump = `
  select 'event' as of, to_json(event) as row from event
  union all
  select 'exposure', to_json(exposure) from (select * exclude (links) from exposure) as exposure
  order by all`;

/** One question for all objects: each start of the program costs. */
function ask(store: TestStore): Promise<Answer> {
  return store.json<Answer>(['blast-radius', '--object', 'vault:', '--all-matches']);
}

function compare(world: World, { exposures, versions }: Answer): string[] {
  const expected = world.truth.exposures();
  return [...world.objects].flatMap((object) => {
    const isOf = (one: { object: string }) => one.object === object;
    return [
      ...differences(expected.filter(isOf), exposures.filter(isOf), world.truth),
      ...versionDifferences(world.truth.versions.filter(isOf), versions.filter(isOf)),
    ];
  });
}

function sourceTexts(sets: LogSet[]): string[] {
  return sets.flatMap((set) =>
    set.files.map(({ name, bytes }) =>
      (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
    ),
  );
}

/** Evidence ids that do not lead back to bytes of the source. */
async function findLostEvidence(
  store: TestStore,
  sets: LogSet[],
  { exposures }: Answer,
): Promise<string[]> {
  const links = exposures.flatMap((exposure) => exposure.links);
  const ids = [...new Set(links.flatMap((link) => link.evidence))];
  const texts = sourceTexts(sets);
  const lost: string[] = [];
  for (const id of ids.slice(0, isThorough ? 5 : 1)) {
    if (!sourceHolds(texts, await store.custody(['show', id, '--raw']))) lost.push(id);
  }
  return lost;
}

async function tell(world: World, variation: Variation, seed: number): Promise<Told> {
  const store = new TestStore();
  try {
    const sets = collectLogs(world, variation, new Random(seed * 31));
    await store.ingest(sets);
    const found = await ask(store);
    return {
      differences: compare(world, found),
      lostEvidence: await findLostEvidence(store, sets, found),
      dump: isThorough ? await store.custody(['sql', dump, '--format', 'json']) : '',
    };
  } finally {
    store.remove();
  }
}

function expectTrue(told: Told): void {
  expect(told.differences).toEqual([]);
  expect(told.lostEvidence).toEqual([]);
}

const chosen =
  picked === undefined
    ? incidents
    : [...incidents, ...openIncidents].filter(({ name }) => picked.includes(name));

describe.skipIf(isThorough)('an incident is told as it happened', () => {
  const names = Object.keys(variations);
  test.concurrent.each(
    chosen.map((incident, index) => ({ ...incident, variation: names[index % 3] ?? 'plain' })),
  )('$name, from $variation logs: $tells', async ({ play, variation }) => {
    expectTrue(await tell(play(1), variations[variation] ?? plain, 1));
  });
});

for (const seed of seeds) {
  describe.each(chosen)(`$name, seed ${seed}: $tells`, ({ play }) => {
    test('told from plain logs and, the same, from disordered ones', async () => {
      const world = play(seed);
      const first = await tell(world, plain, seed);
      expectTrue(first);
      if (world.kubernetesFormat !== 'lines') return;
      const second = await tell(world, disordered, seed);
      expectTrue(second);
      expect(second.dump).toBe(first.dump);
    });

    test('told from damaged logs', async () => {
      expectTrue(await tell(play(seed + 1000), damaged, seed));
    });
  });
}
