import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { incidents } from './incidents/cases/index.ts';
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

/** More seeds and every evidence id: `INCIDENT_SEEDS=1,2,3 INCIDENT_EVIDENCE=all npx vitest …`. */
const seeds = (process.env.INCIDENT_SEEDS ?? '1').split(',').map(Number);
const evidenceMax = process.env.INCIDENT_EVIDENCE === 'all' ? Number.POSITIVE_INFINITY : 3;
const only = process.env.INCIDENT;

interface Answer {
  exposures: AnsweredExposure[];
  versions: AnsweredVersion[];
}

const dumps = [
  'select * from event order by all',
  `select object, version, version_grade, fields, holder, path, observed, grade, alternatives,
     first_at, last_at, end_state, exposure_id
   from exposure order by all`,
];

async function answers(store: TestStore, world: World): Promise<Map<string, Answer>> {
  const found = new Map<string, Answer>();
  for (const object of world.objects) {
    const answer = await store.json<Answer>(['blast-radius', '--object', object]);
    found.set(object, answer);
  }
  return found;
}

function allDifferences(world: World, found: Map<string, Answer>): string[] {
  const expected = world.truth.exposures();
  return [...found].flatMap(([object, { exposures, versions }]) => [
    ...differences(
      expected.filter((exposure) => exposure.object === object),
      exposures,
      world.truth,
    ),
    ...versionDifferences(
      world.truth.versions.filter((version) => version.object === object),
      versions,
    ),
  ]);
}

function sourceTexts(sets: LogSet[]): string[] {
  return sets.flatMap((set) =>
    set.files.map(({ name, bytes }) =>
      (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
    ),
  );
}

/** Evidence ids that do not lead back to bytes of the source. */
async function lostEvidence(
  store: TestStore,
  sets: LogSet[],
  found: Map<string, Answer>,
): Promise<string[]> {
  const ids = [...found.values()]
    .flatMap(({ exposures }) => exposures)
    .flatMap((exposure) => exposure.links.flatMap((link) => link.evidence));
  const lost: string[] = [];
  const texts = sourceTexts(sets);
  for (const id of [...new Set(ids)].slice(0, evidenceMax)) {
    const shown = await store.custody(['show', id, '--raw']);
    if (!sourceHolds(texts, shown)) lost.push(id);
  }
  return lost;
}

async function tell(world: World, variation: Variation, seed: number) {
  const store = new TestStore();
  try {
    const sets = collectLogs(world, variation, new Random(seed * 31));
    await store.ingest(sets);
    const found = await answers(store, world);
    const lost = await lostEvidence(store, sets, found);
    const dumped = await Promise.all([store.custody(['sql', dumps[0] ?? '', '--format', 'json'])]);
    dumped.push(await store.custody(['sql', dumps[1] ?? '', '--format', 'json']));
    return { differences: allDifferences(world, found), lost, dumped };
  } finally {
    store.remove();
  }
}

for (const incident of incidents.filter(({ name }) => only === undefined || name === only)) {
  describe(`incident ${incident.name}: ${incident.tells}`, () => {
    for (const seed of seeds) {
      test(`seed ${seed}: told from plain logs and, the same, from disordered ones`, async () => {
        const world = incident.play(seed);
        const first = await tell(world, plain, seed);
        expect(first.differences).toEqual([]);
        expect(first.lost).toEqual([]);
        if (world.kubernetesFormat !== 'lines') return;
        const second = await tell(world, disordered, seed);
        expect(second.differences).toEqual([]);
        expect(second.lost).toEqual([]);
        expect(second.dumped).toEqual(first.dumped);
      });

      test(`seed ${seed}: told from damaged logs`, async () => {
        const world = incident.play(seed + 1000);
        const told = await tell(world, damaged, seed);
        expect(told.differences).toEqual([]);
        expect(told.lost).toEqual([]);
      });
    }
  });
}
