import { isPlatform } from '../../src/simulate/world/platform.ts';
import type { TrueExposure } from '../../src/simulate/world/truth.ts';
import type { Answer, AnsweredExposure } from './answer.ts';
import { differences } from './compare.ts';
import { type Asked, reachOf } from './holders.ts';
import type { TestStore } from './run-custody.ts';
import type { World } from './world.ts';

interface HolderAnswer extends Answer {
  rotation: { object: string; version: string | null }[];
}

/** Asks for holders of the play and holds each answer to the truth turned around. */
export async function askHolders(
  store: TestStore,
  world: World,
  part: { isThorough: boolean; seed: number },
): Promise<string[]> {
  const found: string[] = [];
  for (const asked of holdersOf(world, part)) {
    const reference = `${asked.kind}:${asked.id}`;
    const given = ['blast-radius', '--holder', reference, '--all-matches'];
    const answer = await store.json<HolderAnswer>(given);
    found.push(...holderDifferences(world, asked, answer).map((text) => `${reference}: ${text}`));
  }
  return found;
}

/** One pod and one of another kind, another in each telling; all of them where there is time. */
function holdersOf(world: World, part: { isThorough: boolean; seed: number }): Asked[] {
  if (world.holders.length > 0) return world.holders;
  const holders = world.truth.exposures().map(({ holder }) => holder);
  const idsOf = (kind: string) =>
    holders.filter((holder) => holder.kind === kind).flatMap(({ id }) => (id === null ? [] : [id]));
  const nodes = holders.flatMap(({ node }) => (node === undefined ? [] : [node]));
  const all = {
    pod: [...new Set(idsOf('pod'))],
    identity: [...new Set(idsOf('identity'))].filter((id) => !isPlatform(world.truth, id)),
    node: [...new Set(nodes)],
    'service-account': accountsOf(world, idsOf('pod')),
  };
  const named = (kind: keyof typeof all) => all[kind].map((id): Asked => ({ kind, id }));
  const [pods, others] = [
    named('pod'),
    [...named('identity'), ...named('service-account'), ...named('node')],
  ];
  if (part.isThorough) return [...pods, ...others];
  const pick = (list: Asked[]) => list.slice(0).splice((part.seed * 7) % (list.length || 1), 1);
  return [...pick(pods), ...pick(others)];
}

function accountsOf(world: World, uids: string[]): string[] {
  const pods = world.clusters.flatMap((cluster) => cluster.pods);
  const held = pods.filter((pod) => uids.includes(pod.uid));
  return [...new Set(held.map((pod) => `${pod.namespace}/${pod.serviceAccount}`))];
}

function holderDifferences(world: World, asked: Asked, answer: HolderAnswer): string[] {
  const { must, may, names } = reachOf(world, asked);
  const isOf = (row: AnsweredExposure) => (one: TrueExposure) =>
    one.holder.id === row.holder.id &&
    one.path === row.path &&
    one.object === row.object &&
    one.version === row.version;
  const told = answer.exposures.filter((row) => !may.some(isOf(row)) || must.some(isOf(row)));
  const found = differences(must, told, world.truth);
  // Rights and the view from a node are not all planted; whose they are is known all the same.
  const strangers = answer.exposures.filter(
    ({ holder }) => !names.has(holder.id) && holder.id !== asked.id && !isItsOwn(asked, holder.id),
  );
  found.push(...strangers.map(({ holder }) => `stranger: ${holder.kind} ${holder.id}`));
  if (versionsOf(answer.rotation) !== versionsOf(answer.exposures)) {
    found.push('the versions to rotate are not those that are exposed');
  }
  return found;
}

function versionsOf(rows: readonly { object: string; version: string | null }[]): string {
  return [...new Set(rows.map(({ object, version }) => `${object} ${version}`))].sort().join('\n');
}

/** Accounts and kubelets by their own names, with nothing planted for them. */
function isItsOwn(asked: Asked, id: string): boolean {
  if (asked.kind === 'node') return id === `system:node:${asked.id}`;
  return (
    asked.kind === 'service-account' && id === `system:serviceaccount:${asked.id.replace('/', ':')}`
  );
}
