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
  observed: boolean;
  grade: string;
  first_at: string;
  last_at: string | null;
  end_state: string;
  alternatives: string[] | null;
  links: { kind: string; evidence: string[] }[];
}

export interface AnsweredVersion {
  object: string;
  version: string;
  created_at: string | null;
  created_by: string | null;
  superseded_at: string | null;
}

interface Unknown {
  question: string;
  why: string;
  collect: string;
}

/** What `custody blast-radius --format json` says. */
export interface Answer {
  exposures: AnsweredExposure[];
  versions: AnsweredVersion[];
  unknowns: Unknown[];
}

/** Clocks of the API server and of Vault are the same here; a write takes some milliseconds. */
const toleranceMilliseconds = 2000;

/** Whether two stamps are the same time, or both none. */
export function isNear(left: string | null, right: string | null): boolean {
  if (left === null || right === null) return left === right;
  return Math.abs(Date.parse(left) - Date.parse(right)) <= toleranceMilliseconds;
}

/** Whether the left one is not later than the right one; null is the end of time. */
export function isNotAfter(left: string | null, right: string | null): boolean {
  if (right === null) return true;
  if (left === null) return false;
  return Date.parse(left) <= Date.parse(right) + toleranceMilliseconds;
}

/**
 * A person's interval is that of her acts (DESIGN section 5): an answer may give several acts of one
 * person, version, path and kind as one row or as one each, so they are compared united.
 */
export function uniteActs(answered: readonly AnsweredExposure[]): AnsweredExposure[] {
  const united: AnsweredExposure[] = [];
  for (const one of answered) {
    const before = united.find(
      (other) =>
        one.holder.kind === 'identity' &&
        other.holder.kind === 'identity' &&
        other.holder.id === one.holder.id &&
        other.holder.cluster === one.holder.cluster &&
        other.object === one.object &&
        other.version === one.version &&
        other.path === one.path &&
        other.observed === one.observed,
    );
    if (before === undefined) {
      united.push({ ...one });
      continue;
    }
    if (one.first_at < before.first_at) before.first_at = one.first_at;
    if (before.last_at === null || one.last_at === null) before.last_at = null;
    else if (one.last_at > before.last_at) before.last_at = one.last_at;
    if (before.last_at === null && one.last_at === null) before.end_state = one.end_state;
    before.links = [...before.links, ...one.links];
  }
  return united;
}
