import type { Bystander, TrueExposure, TrueVersion } from './truth.ts';

/** The parts of an answered exposure that the truth speaks of. */
export interface AnsweredExposure {
  object: string;
  version: string | null;
  holder: {
    kind: string;
    id: string;
    namespace: string | null;
    name: string | null;
    cluster: string | null;
  };
  path: string;
  first_at: string;
  last_at: string | null;
  end_state: string;
  alternatives: string[] | null;
  links: { kind: string; evidence: string[] }[];
}

/** Clocks of the API server and of Vault are the same here; a write takes some milliseconds. */
const toleranceMilliseconds = 2000;

/** Every difference between the truth about one object and what was answered, in words. */
export function differences(
  expected: TrueExposure[],
  answered: AnsweredExposure[],
  truth: { bystanders: readonly Bystander[] },
): string[] {
  const found: string[] = [];
  const rest = [...answered];
  for (const exposure of expected) {
    const index = rest.findIndex((one) => isSame(exposure, one));
    if (index < 0) {
      found.push(`missing: ${describe(exposure)}`);
      continue;
    }
    const [one] = rest.splice(index, 1);
    if (one !== undefined) found.push(...details(exposure, one));
  }
  for (const one of rest) {
    const innocent = truth.bystanders.find((bystander) => isNamed(bystander, one));
    const word = innocent === undefined ? 'extra' : `bystander named (${innocent.why})`;
    found.push(`${word}: ${describe(one)}`);
  }
  return found;
}

export interface AnsweredVersion {
  object: string;
  version: string;
  created_at: string | null;
  created_by: string | null;
  superseded_at: string | null;
}

/** Versions that were written while the log ran: when, by whom, and that they replaced the last. */
export function versionDifferences(expected: TrueVersion[], answered: AnsweredVersion[]): string[] {
  return expected.flatMap((version) => {
    const { object, version: name } = version;
    const one = answered.find((row) => row.object === object && row.version === name);
    if (one === undefined) return [`missing version: ${object} ${name}`];
    const before = answered.find((row) => row.version === String(Number(name) - 1));
    const found: string[] = [];
    if (!isNear(one.created_at, version.created_at)) found.push(`created_at is ${one.created_at}`);
    if (one.created_by !== version.created_by) found.push(`created_by is ${one.created_by}`);
    if (before !== undefined && !isNear(before.superseded_at, version.created_at)) {
      found.push(`the version before it is superseded at ${before.superseded_at}`);
    }
    return found.map((text) => `${object} ${name}: ${text}`);
  });
}

function isSame(exposure: TrueExposure, one: AnsweredExposure): boolean {
  return (
    one.object === exposure.object &&
    one.version === exposure.version &&
    one.path === exposure.path &&
    one.holder.kind === exposure.holder.kind &&
    one.holder.id === exposure.holder.id &&
    isNear(one.first_at, exposure.first_at)
  );
}

function details(exposure: TrueExposure, one: AnsweredExposure): string[] {
  const found: string[] = [];
  const label = describe(exposure);
  if (!isNear(one.last_at, exposure.last_at)) {
    found.push(`${label}: last_at is ${one.last_at}, was ${exposure.last_at}`);
  }
  if (one.end_state !== exposure.end_state) {
    found.push(`${label}: end_state is ${one.end_state}, was ${exposure.end_state}`);
  }
  const { namespace, name, cluster } = exposure.holder;
  if (namespace !== undefined && one.holder.namespace !== namespace) {
    found.push(`${label}: namespace is ${one.holder.namespace}`);
  }
  if (name !== undefined && one.holder.name !== name) {
    found.push(`${label}: name is ${one.holder.name}`);
  }
  if (cluster !== undefined && one.holder.cluster !== cluster) {
    found.push(`${label}: cluster is ${one.holder.cluster}`);
  }
  if (one.links.length === 0) found.push(`${label}: no links`);
  if (one.links.some((link) => link.evidence.length === 0)) {
    found.push(`${label}: a link without evidence`);
  }
  return found;
}

function isNamed(bystander: { id: string; name?: string }, one: AnsweredExposure): boolean {
  return one.holder.id === bystander.id || one.holder.name === bystander.name;
}

function isNear(left: string | null, right: string | null): boolean {
  if (left === null || right === null) return left === right;
  return Math.abs(Date.parse(left) - Date.parse(right)) <= toleranceMilliseconds;
}

function describe(one: TrueExposure | AnsweredExposure): string {
  const { object, version, holder, path, first_at, last_at } = one;
  const who = `${holder.kind} ${holder.name ?? ''} ${holder.id}`;
  return `${object} version ${version} by ${who} through ${path} from ${first_at} until ${last_at}`;
}
