import { isPlatform } from '../../src/simulate/world/platform.ts';
import type { Bystander, TrueExposure, TrueVersion } from '../../src/simulate/world/truth.ts';
import type { AnsweredExposure } from './answer.ts';

/** What an answer is held against; a `Truth`, or what a story's `truth.json` keeps of one. */
export interface Account {
  bystanders: readonly Bystander[];
  versions: readonly TrueVersion[];
  platform: ReadonlySet<string>;
  beside: ReadonlySet<string>;
}

/** The innocent one that an answer names. */
export function bystanderIn(account: Account, one: AnsweredExposure): Bystander | undefined {
  return account.bystanders.find(
    ({ kind, id, name, paths, objects }) =>
      kind === one.holder.kind &&
      (one.holder.id === id || (name !== undefined && one.holder.name === name)) &&
      (paths === undefined || (paths as string[]).includes(one.path)) &&
      (objects === undefined || objects.includes(one.object)),
  );
}

/**
 * Whether a row that the play did not plant may stand in an answer. Observed ones may only where
 * DESIGN section 5 says so: platform identities, whoever wrote a version, a name put on beside the
 * person. Potential ones may where it draws no line: `rbac` and `provider_policy` reach whoever has
 * the permission, and a node can see what its pods hold. All other paths are held to what was played.
 */
export function mayStand(
  account: Account,
  expected: readonly TrueExposure[],
  one: AnsweredExposure,
): boolean {
  const { kind, id, name, cluster } = one.holder;
  const isWriter = account.versions.some((version) => version.created_by === id);
  if (isWriter || isPlatform(account, id)) return true;
  if (account.beside.has(`${one.path} ${id}`)) return true;
  if (one.path === 'log_copy') {
    // A log that was split is several streams, and each of them carries the value.
    return expected.some((row) => row.path === 'log_copy' && row.version === one.version);
  }
  if (one.observed) return false;
  if (one.path === 'rbac' || one.path === 'provider_policy') return true;
  if (one.path !== 'node_access' || kind !== 'node') return false;
  return expected.some(
    (row) =>
      row.version === one.version &&
      (row.holder.node === name || row.holder.node === id) &&
      (cluster === null || row.holder.cluster === cluster),
  );
}
