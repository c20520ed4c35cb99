import type { Path, TrueExposure, TrueVersion } from '../../src/simulate/world/truth.ts';
import { type Account, bystanderIn, mayStand } from './allowed.ts';
import {
  type AnsweredExposure,
  type AnsweredVersion,
  isNear,
  isNotAfter,
  uniteActs,
} from './answer.ts';

/** DESIGN section 5 leaves from and until of these open: any time since they could is true. */
const untimed = new Set<Path>(['node_access', 'rbac']);

/** Every difference between the truth about one object and what was answered, in words. */
export function differences(
  expected: TrueExposure[],
  answered: AnsweredExposure[],
  account: Account,
): string[] {
  const found: string[] = [];
  const rest = uniteActs(answered);
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
    const innocent = bystanderIn(account, one);
    if (innocent === undefined && mayStand(account, expected, one)) continue;
    const word = innocent === undefined ? 'extra' : `bystander named (${innocent.why})`;
    found.push(`${word}: ${describe(one)}`);
  }
  return found;
}

/** Versions that were written while the log ran: when, by whom, and that they replaced the last. */
export function versionDifferences(expected: TrueVersion[], answered: AnsweredVersion[]): string[] {
  return expected.flatMap((version) => {
    const { object, version: name } = version;
    const one = answered.find((row) => row.object === object && row.version === name);
    if (one === undefined) return [`missing version: ${object} ${name}`];
    const before = answered.find(
      (row) => row.object === object && row.version === String(Number(name) - 1),
    );
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
  const { kind, id, cluster } = exposure.holder;
  return (
    one.object === exposure.object &&
    one.version === exposure.version &&
    one.path === exposure.path &&
    one.observed === exposure.observed &&
    one.holder.kind === kind &&
    (id === null || one.holder.id === id) &&
    // An identity is the same person in two clusters; where she is told to be in one, it is that.
    (cluster === undefined || one.holder.cluster === null || one.holder.cluster === cluster) &&
    (untimed.has(exposure.path)
      ? isNotAfter(exposure.first_at, one.first_at)
      : isNear(one.first_at, exposure.first_at))
  );
}

function details(exposure: TrueExposure, one: AnsweredExposure): string[] {
  const found: string[] = [];
  const label = describe(exposure);
  if (exposure.holder.kind !== 'stream' && !untimed.has(exposure.path)) {
    found.push(...endDetails(exposure, one));
  }
  const { namespace, name, cluster, kind } = exposure.holder;
  if (namespace !== undefined && one.holder.namespace !== namespace) {
    found.push(`namespace is ${one.holder.namespace}`);
  }
  if (name !== undefined && one.holder.name !== name) found.push(`name is ${one.holder.name}`);
  if (cluster !== undefined && kind !== 'identity' && one.holder.cluster !== cluster) {
    found.push(`cluster is ${one.holder.cluster}`);
  }
  if (one.links.length === 0) found.push('no links');
  if (one.links.some((link) => link.evidence.length === 0)) found.push('a link without evidence');
  return found.map((text) => `${label}: ${text}`);
}

function endDetails(exposure: TrueExposure, one: AnsweredExposure): string[] {
  const between = exposure.last_between;
  if (between !== undefined) {
    const isTrue = isNotAfter(between.from, one.last_at) && isNotAfter(one.last_at, between.until);
    if (isTrue) return [];
    return [`last_at is ${one.last_at}, was between ${between.from} and ${between.until}`];
  }
  const found: string[] = [];
  if (!isNear(one.last_at, exposure.last_at)) {
    found.push(`last_at is ${one.last_at}, was ${exposure.last_at}`);
  }
  if (one.end_state !== exposure.end_state) {
    found.push(`end_state is ${one.end_state}, was ${exposure.end_state}`);
  }
  return found;
}

/** An exposure in words. */
export function describe(one: TrueExposure | AnsweredExposure): string {
  const { object, version, holder, path, observed, first_at, last_at } = one;
  const who = `${holder.kind} ${holder.name ?? ''} ${holder.id}`;
  const word = observed ? 'through' : 'possibly through';
  return `${object} version ${version} by ${who} ${word} ${path} from ${first_at} until ${last_at}`;
}
