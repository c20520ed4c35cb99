import type { Bystander, Path, TrueExposure, TrueVersion } from '../../src/simulate/world/truth.ts';
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

/** Truth and answer about one object, row beside row. */
export interface Matched {
  pairs: { exposure: TrueExposure; one: AnsweredExposure }[];
  missing: TrueExposure[];
  /** Neither true nor allowed beside the truth; `innocent` where an innocent one is named. */
  extra: { one: AnsweredExposure; innocent: Bystander | undefined }[];
}

/** Finds for each true row the one that answers it; a row answers once. */
export function matchRows(
  expected: readonly TrueExposure[],
  answered: readonly AnsweredExposure[],
  account: Account,
): Matched {
  const rest = uniteActs(answered);
  const matched: Matched = { pairs: [], missing: [], extra: [] };
  for (const exposure of expected) {
    const index = rest.findIndex((one) => isSame(exposure, one));
    const [one] = index < 0 ? [] : rest.splice(index, 1);
    if (one === undefined) matched.missing.push(exposure);
    else matched.pairs.push({ exposure, one });
  }
  for (const one of rest) {
    const innocent = bystanderIn(account, one);
    if (innocent === undefined && mayStand(account, expected, one)) continue;
    matched.extra.push({ one, innocent });
  }
  return matched;
}

/** Every difference between the truth about one object and what was answered, in words. */
export function differences(
  expected: readonly TrueExposure[],
  answered: readonly AnsweredExposure[],
  account: Account,
): string[] {
  const { pairs, missing, extra } = matchRows(expected, answered, account);
  return [
    ...missing.map((exposure) => `missing: ${describe(exposure)}`),
    ...pairs.flatMap(({ exposure, one }) => details(exposure, one)),
    ...extra.map(({ one, innocent }) => {
      const word = innocent === undefined ? 'extra' : `bystander named (${innocent.why})`;
      return `${word}: ${describe(one)}`;
    }),
  ];
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

/** Whether a row tells of this holder, version, path and beginning. */
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

/** What is wrong with a row that names the right holder, version, path and beginning. */
export function details(exposure: TrueExposure, one: AnsweredExposure): string[] {
  const found: string[] = [];
  const label = describe(exposure);
  if (exposure.holder.kind !== 'stream' && !untimed.has(exposure.path)) {
    found.push(...endDetails(exposure, one));
  }
  const absent = exposure.candidates?.filter((version) => !one.alternatives?.includes(version));
  if (absent?.length) found.push(`versions ${absent} are no alternatives`);
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
