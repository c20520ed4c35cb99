import { gunzipSync } from 'node:zlib';
import type { OneLog } from '../../src/simulate/world/log-line.ts';
import { Random } from '../../src/simulate/world/random.ts';
import type { Account } from './allowed.ts';
import type { Answer } from './answer.ts';
import { askHolders } from './ask-holders.ts';
import { differences, versionDifferences } from './compare.ts';
import { collectLogs, type LogSet, plain, type Variation } from './log-files.ts';
import { TestStore } from './run-custody.ts';
import { sourceHolds } from './source-bytes.ts';
import { inventions, namesGap, type WholeAccount } from './thinner.ts';
import type { World } from './world.ts';

interface Told {
  /** Everything that is wrong with the answer. */
  found: string[];
  dump: string;
}

/** All that derived tables say, apart from the record ids that differ with the files. */
const dump = `
  select 'event' as of, to_json(event) as row from event
  union all
  select 'exposure', to_json(exposure) from (select * exclude (links) from exposure) as exposure
  order by all`;

/** Lands the logs of an incident, asks about all its objects and holds the answer to the truth. */
export async function tell(
  world: World,
  part: { variation: Variation; seed: number; isThorough?: boolean },
): Promise<Told> {
  const { variation, seed, isThorough = false } = part;
  const store = new TestStore();
  try {
    const sets = collectLogs(world, variation, new Random(seed * 31));
    await store.ingest(sets);
    const answer = await askAll(store);
    const lost = await findLostEvidence(store, sets, answer, isThorough ? 5 : 1);
    return {
      found: [
        ...compare(world, answer),
        ...lost.map((id) => `no bytes behind ${id}`),
        ...(await askHolders(store, world, { isThorough, seed })),
      ],
      dump: isThorough ? await store.custody(['sql', dump, '--format', 'json']) : '',
    };
  } finally {
    store.remove();
  }
}

/** The same with one log less: what the answer invents, and whether it knows of the gap. */
export async function tellWithout(
  world: World,
  missing: OneLog,
  whole: () => Promise<Answer>,
): Promise<string[]> {
  const answer = await answerFrom(world, missing);
  if (answer === null) return [];
  return lessThanTrue(accountOf(world), answer, await whole(), missing);
}

/** What is answered from plain logs, of which one may be left out; null where none are left. */
export async function answerFrom(world: World, without?: OneLog): Promise<Answer | null> {
  const sets = collectLogs(world, plain, new Random(1), without);
  if (sets.length === 0) return null;
  const store = new TestStore();
  try {
    await store.ingest(sets);
    return await askAll(store);
  } finally {
    store.remove();
  }
}

/** What is wrong with an answer from fewer logs than the whole one had. */
export function lessThanTrue(
  account: WholeAccount,
  answer: Answer,
  whole: Answer,
  missing: OneLog,
): string[] {
  const { log, cluster = '' } = missing;
  return [
    ...inventions(account, answer.exposures),
    ...(namesGap(answer, whole, missing)
      ? []
      : [`no unknown names the missing ${log} log ${cluster}`]),
  ];
}

/** What a played world knows, as `inventions` wants it. */
export function accountOf({ truth }: World): WholeAccount {
  const { bystanders, versions, platform, beside, reads } = truth;
  return { bystanders, versions, platform, beside, reads, exposures: truth.exposures() };
}

/** One question for all objects, whose names all hold a slash: each start of the program costs. */
export function askAll(store: TestStore): Promise<Answer> {
  return store.json<Answer>(['blast-radius', '--object', '/', '--all-matches']);
}

function compare(world: World, { exposures, versions }: Answer): string[] {
  const account: Account = world.truth;
  const expected = world.truth.exposures();
  return [...world.objects].flatMap((object) => {
    const isOf = (one: { object: string }) => one.object === object;
    return [
      ...differences(expected.filter(isOf), exposures.filter(isOf), account),
      ...versionDifferences(world.truth.versions.filter(isOf), versions.filter(isOf)),
    ];
  });
}

/** Evidence ids that do not lead back to bytes of the source. */
async function findLostEvidence(
  store: TestStore,
  sets: LogSet[],
  { exposures }: Answer,
  idsMax: number,
): Promise<string[]> {
  const links = exposures.flatMap((exposure) => exposure.links);
  const ids = [...new Set(links.flatMap((link) => link.evidence))];
  const texts = sets.flatMap((set) =>
    set.files.map(({ name, bytes }) =>
      (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(),
    ),
  );
  const lost: string[] = [];
  for (const id of ids.slice(0, idsMax)) {
    if (!sourceHolds(texts, await store.custody(['show', id, '--raw']))) lost.push(id);
  }
  return lost;
}
