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

/** Two containers that show the same version are one exposure of their pod, without a break. */
export function mergeTouching(possessions: readonly Possession[]): Possession[] {
  const merged: Possession[] = [];
  const ofSlots = new Map<string, Possession[]>();
  for (const one of [...possessions].sort((left, right) => left.first - right.first)) {
    if (one.slot === undefined) {
      merged.push({ ...one });
      continue;
    }
    const { object, version, path, observed, holder } = one;
    const key = JSON.stringify([object, version, path, observed, holder.id, holder.cluster]);
    const same = ofSlots.get(key) ?? [];
    const before = same.find((other) => touches(other, one));
    if (before !== undefined) {
      before.last =
        before.last === null || one.last === null ? null : Math.max(before.last, one.last);
      continue;
    }
    const made = { ...one };
    merged.push(made);
    ofSlots.set(key, [...same, made]);
  }
  return merged;
}

/** A break of less than a second is none: a container that restarts has read the same again. */
function touches(left: Possession, right: Possession): boolean {
  return left.last === null || right.first <= left.last + 1_000_000;
}
