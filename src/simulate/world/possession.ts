import type { Path, TrueHolder } from './truth.ts';

/** One holder's hold of one version, as the play keeps it; times are microseconds. */
export interface Possession {
  object: string;
  version: string | null;
  holder: TrueHolder;
  path: Path;
  observed: boolean;
  first: number;
  last: number | null;
  /** The place it lies in, where one holder has several: a container's environment, a volume. */
  slot?: string;
  /** When a watch or connection last brought it, and until when that was open; null: still is. */
  shownFrom?: number;
  shownUntil?: number | null;
  why: string;
}

/** A mount's own possession: the driver's ledger knows one per pod and object. */
export function isOfLedger(one: Possession, podUid: string | null): boolean {
  return one.path === 'csi_mount' && one.holder.id === podUid;
}

/** Two containers that show the same version are one exposure of their pod, without a break. */
export function mergeTouching(possessions: readonly Possession[]): Possession[] {
  const merged: Possession[] = [];
  for (const one of [...possessions].sort((left, right) => left.first - right.first)) {
    const before = merged.find((other) => isSameHold(other, one) && touches(other, one));
    if (one.slot === undefined || before === undefined) {
      merged.push({ ...one });
      continue;
    }
    before.last =
      before.last === null || one.last === null ? null : Math.max(before.last, one.last);
  }
  return merged;
}

function isSameHold(left: Possession, right: Possession): boolean {
  return (
    left.slot !== undefined &&
    left.object === right.object &&
    left.version === right.version &&
    left.path === right.path &&
    left.observed === right.observed &&
    left.holder.id === right.holder.id &&
    left.holder.cluster === right.holder.cluster
  );
}

/** A break of less than a second is none: a container that restarts has read the same again. */
function touches(left: Possession, right: Possession): boolean {
  return left.last === null || right.first <= left.last + 1_000_000;
}
