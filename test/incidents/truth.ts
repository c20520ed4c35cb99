import { microTime } from './clock.ts';

export interface TrueHolder {
  kind: 'pod' | 'identity';
  /** Pod uid, or the identity as its log calls it. */
  id: string;
  cluster?: string;
  namespace?: string;
  name?: string;
}

export interface TrueExposure {
  object: string;
  /** null where no log can tell it. */
  version: string | null;
  holder: TrueHolder;
  path: 'csi_mount' | 'provider_read';
  first_at: string;
  last_at: string | null;
  end_state: 'ended' | 'open' | 'unknown';
  why: string;
}

export interface Bystander {
  kind: 'pod' | 'identity';
  id: string;
  name?: string;
  namespace?: string;
  why: string;
}

export interface TrueVersion {
  object: string;
  version: string;
  created_at: string;
  created_by: string;
}

interface Possession {
  object: string;
  version: string | null;
  holder: TrueHolder;
  path: 'csi_mount' | 'provider_read';
  first: number;
  last: number | null;
  why: string;
}

/** What really happened, kept by the play itself: never computed from the logs it writes. */
export class Truth {
  readonly bystanders: Bystander[] = [];
  readonly versions: TrueVersion[] = [];
  readonly #possessions: Possession[] = [];

  /** A pod's mount brought a version; the one it had of the same object ends here. */
  hold(holder: TrueHolder, object: string, version: string | null, at: number, why: string): void {
    const current = this.#live(holder.id, object);
    if (current?.version === version && current !== undefined) return;
    if (current !== undefined) current.last = at;
    this.#possessions.push({
      object,
      version,
      holder,
      path: 'csi_mount',
      first: at,
      last: null,
      why,
    });
  }

  /** The mount lost this object to another; the pod lives on. */
  drop(podUid: string, object: string, at: number): void {
    const current = this.#live(podUid, object);
    if (current !== undefined) current.last = at;
  }

  /** The pod is gone for good: everything it held ends. */
  release(podUid: string, at: number): void {
    for (const possession of this.#possessions) {
      if (possession.holder.id === podUid && possession.last === null) possession.last = at;
    }
  }

  /** Somebody read a version with no mount behind it; an identity's interval is that of its reads. */
  read(holder: TrueHolder, object: string, version: string | null, at: number, why: string): void {
    const before = this.#possessions.find(
      (possession) =>
        possession.path === 'provider_read' &&
        possession.holder.id === holder.id &&
        possession.object === object &&
        possession.version === version,
    );
    if (before !== undefined) {
      before.last = at;
      return;
    }
    const path = 'provider_read';
    this.#possessions.push({ object, version, holder, path, first: at, last: at, why });
  }

  /** Nobody can tell versions from the logs that are left. */
  forgetVersions(): void {
    for (const possession of this.#possessions) possession.version = null;
    this.versions.length = 0;
  }

  /** The logs begin only now: what was held before can be told from what is seen next. */
  forgetAll(): void {
    this.#possessions.length = 0;
    this.versions.length = 0;
  }

  created(object: string, version: string, at: number, by: string): void {
    this.versions.push({ object, version, created_at: microTime(at), created_by: by });
  }

  innocent(bystander: Bystander): void {
    this.bystanders.push(bystander);
  }

  exposures(): TrueExposure[] {
    return this.#possessions.map((possession) => ({
      object: possession.object,
      version: possession.version,
      holder: possession.holder,
      path: possession.path,
      first_at: microTime(possession.first),
      last_at: possession.last === null ? null : microTime(possession.last),
      end_state: possession.last === null ? 'open' : 'ended',
      why: possession.why,
    }));
  }

  #live(podUid: string, object: string): Possession | undefined {
    return this.#possessions.find(
      (possession) =>
        possession.path === 'csi_mount' &&
        possession.holder.id === podUid &&
        possession.object === object &&
        possession.last === null,
    );
  }
}
