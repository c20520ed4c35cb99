import { microTime } from './clock.ts';
import type { Held } from './kinds.ts';
import { mergeTouching, type Possession } from './possession.ts';
import { TokenLedger } from './token-ledger.ts';

export interface TrueHolder {
  kind: 'pod' | 'identity' | 'kubernetes_secret' | 'node' | 'stream';
  /** Pod uid, `namespace/name` of a Secret, or the identity as its log calls it; null: not asked. */
  id: string | null;
  cluster?: string;
  namespace?: string;
  name?: string;
  /** Where the pod runs. */
  node?: string;
}

export type Path =
  | 'csi_mount'
  | 'synced_secret'
  | 'external_copy'
  | 'secret_env'
  | 'secret_volume'
  | 'secret_read'
  | 'provider_read'
  | 'pod_entry'
  | 'pod_logs'
  | 'pod_proxy'
  | 'port_forward'
  | 'node_access'
  | 'rbac'
  | 'log_copy';

export interface TrueExposure {
  object: string;
  /** null where no log can tell it. */
  version: string | null;
  /** Where no log tells the version, and one tells which there can have been: those it really had. */
  candidates?: string[];
  holder: TrueHolder;
  path: Path;
  observed: boolean;
  first_at: string;
  last_at: string | null;
  end_state: 'ended' | 'open' | 'unknown';
  /** An open watch or connection shows the version for as long as it lasts: any end in here is true. */
  last_between?: { from: string; until: string | null };
  why: string;
}

export interface Bystander {
  kind: 'pod' | 'identity' | 'kubernetes_secret';
  id: string;
  name?: string;
  namespace?: string;
  /** Only by these is it innocent; by all where none is named. */
  paths?: Path[];
  /** Of these objects alone; of all where none is named. */
  objects?: string[];
  why: string;
}

export interface TrueVersion {
  object: string;
  version: string;
  created_at: string;
  created_by: string;
}

/** A read of values that Vault answered, whoever was behind it. */
export interface ProviderRead {
  identity: string;
  object: string;
  version: string | null;
  at: string;
}

/** What really happened, kept by the play itself: never computed from the logs it writes. */
export class Truth {
  readonly bystanders: Bystander[] = [];
  readonly versions: TrueVersion[] = [];
  /** Every answered read of values, where details are kept: a long play has a great many. */
  readonly reads: ProviderRead[] = [];
  /** Who belongs to what, where details are kept, as `kind from to` in the words of entities. */
  readonly links = new Set<string>();
  /** Driver, operators, kubelets: they may be named, and need not be (DESIGN section 5). */
  readonly platform = new Set<string>();
  /** Names that somebody put on by impersonation, as `path name`: they may stand beside her. */
  readonly beside = new Set<string>();
  readonly keepsDetails: boolean;
  readonly tokens = new TokenLedger();
  /** When each pod that is gone was gone for good. */
  readonly released = new Map<string, number>();
  /** Whose Vault token another one was made of: the person to the name it reads under. */
  readonly childSessions = new Map<string, string>();
  readonly #possessions: Possession[] = [];
  /** What is still held: by pod, by the place it lies in; and the acts of a person that go on. */
  readonly #heldByPod = new Map<string, Possession[]>();
  readonly #heldInSlot = new Map<string, Possession[]>();
  readonly #acts = new Map<string, Possession>();
  /** Versions that pods really mounted of objects whose versions no log names, by both. */
  readonly #carried = new Map<string, Set<string>>();

  constructor(keepsDetails = true) {
    this.keepsDetails = keepsDetails;
  }

  /** Two things belong together, whoever tells it. */
  linked(kind: string, from: string, to: string): void {
    if (this.keepsDetails) this.links.add(`${kind} ${from} ${to}`);
  }

  /** A pod's mount brought a version; the one it had of the same object ends here. */
  hold(holder: TrueHolder, object: string, version: string | null, at: number, why: string): void {
    const current = this.#mounted(holder.id, object);
    if (current?.version === version && current !== undefined) return;
    if (current !== undefined) current.last = at;
    const path = 'csi_mount';
    const times = { first: at, last: null };
    this.#keep({ object, version, holder, path, observed: true, ...times, why });
  }

  /** A mount brought this version, which no log names but one counts: it must be a candidate. */
  carried(podUid: string, object: string, version: string): void {
    const key = `${podUid} ${object}`;
    this.#carried.set(key, (this.#carried.get(key) ?? new Set()).add(version));
  }

  /** The mount lost this object to another; the pod lives on. */
  drop(podUid: string, object: string, at: number): void {
    const current = this.#mounted(podUid, object);
    if (current !== undefined) current.last = at;
  }

  /** The pod is gone for good: everything it held ends. */
  release(podUid: string, at: number): void {
    if (this.keepsDetails) this.released.set(podUid, at);
    for (const possession of this.#heldByPod.get(podUid) ?? []) {
      if (possession.last !== null) continue;
      possession.last = at;
      if (possession.slot !== undefined) this.#heldInSlot.delete(possession.slot);
    }
    this.#heldByPod.delete(podUid);
  }

  /** From now on this place (a Secret, a container's environment) holds just these versions. */
  occupy(
    slot: string,
    part: { holder: TrueHolder; path: Path; held: readonly Held[]; at: number; why: string },
  ): void {
    const { holder, path, held, at, why } = part;
    const live = (this.#heldInSlot.get(slot) ?? []).filter((one) => one.last === null);
    const isStill = (one: Possession) =>
      one.path === path &&
      held.some(({ object, version }) => one.object === object && one.version === version);
    for (const one of live) if (!isStill(one)) one.last = at;
    const kept = live.filter((one) => one.last === null);
    for (const { object, version } of held) {
      if (kept.some((one) => one.object === object && one.version === version)) continue;
      const times = { first: at, last: null };
      const made = { object, version, holder, path, observed: true, slot, ...times, why };
      kept.push(this.#keep(made));
    }
    this.#heldInSlot.set(slot, kept);
  }

  /** Somebody read a version with no mount behind it; an identity's interval is that of its reads. */
  read(holder: TrueHolder, object: string, version: string | null, at: number, why: string): void {
    this.act(holder, { path: 'provider_read', observed: true, object, version, at, why });
  }

  /** One act of somebody; all acts of one person, version and path are one interval. */
  act(
    holder: TrueHolder,
    part: Held & {
      path: Path;
      observed: boolean;
      at: number;
      /** When it was over, where it lasted. */
      last?: number;
      why: string;
    },
  ): Possession {
    const { at, last = at, ...rest } = part;
    const { path, observed, object, version } = part;
    const key = JSON.stringify([path, observed, holder.id, holder.cluster, object, version]);
    const before = this.#acts.get(key);
    if (before !== undefined) {
      before.last = Math.max(before.last ?? last, last);
      return before;
    }
    const made: Possession = { holder, ...rest, first: at, last };
    this.#possessions.push(made);
    this.#acts.set(key, made);
    return made;
  }

  /** A log carries the value itself; which streams it is cut into is not the play's to know. */
  logged(held: Held, at: number, why: string): void {
    this.act({ kind: 'stream', id: null }, { ...held, path: 'log_copy', observed: true, at, why });
  }

  /** Nobody can tell versions from the logs that are left. */
  forgetVersions(): void {
    for (const possession of this.#possessions) possession.version = null;
    this.versions.length = 0;
  }

  /** Nobody can tell the object's whole name from the logs that are left. */
  rename(object: string, to: string): void {
    for (const possession of this.#possessions) {
      if (possession.object === object) possession.object = to;
    }
  }

  /** The logs begin only now: what was held before can be told from what is seen next. */
  forgetAll(): void {
    this.#possessions.length = 0;
    for (const held of [this.#heldByPod, this.#heldInSlot, this.#acts]) held.clear();
    this.versions.length = 0;
  }

  created(object: string, version: string, at: number, by: string): void {
    this.versions.push({ object, version, created_at: microTime(at), created_by: by });
  }

  innocent(bystander: Bystander): void {
    this.bystanders.push(bystander);
  }

  exposures(): TrueExposure[] {
    return mergeTouching(this.#possessions).map((possession) => {
      const { object, version, holder, path, observed, first, last, why } = possession;
      return {
        object,
        version,
        ...this.#candidatesOf(possession),
        holder,
        path,
        observed,
        first_at: microTime(first),
        last_at: last === null ? null : microTime(last),
        end_state: last === null ? 'open' : 'ended',
        ...betweenOf(possession),
        why,
      };
    });
  }

  #candidatesOf({ object, version, holder, path }: Possession): { candidates?: string[] } {
    const carried = this.#carried.get(`${holder.id} ${object}`);
    if (carried === undefined || version !== null || path !== 'csi_mount') return {};
    return { candidates: [...carried] };
  }

  #keep(made: Possession): Possession {
    this.#possessions.push(made);
    const { id, kind } = made.holder;
    if (id === null || kind !== 'pod') return made;
    const known = this.#heldByPod.get(id);
    if (known === undefined) this.#heldByPod.set(id, [made]);
    else known.push(made);
    return made;
  }

  #mounted(podUid: string | null, object: string): Possession | undefined {
    return this.#heldByPod
      .get(podUid ?? '')
      ?.find((one) => one.path === 'csi_mount' && one.object === object && one.last === null);
  }
}

function betweenOf({
  last,
  shownFrom,
  shownUntil,
}: Possession): Pick<TrueExposure, 'last_between'> {
  if (shownFrom === undefined) return {};
  const from = microTime(Math.max(shownFrom, last ?? shownFrom));
  if (shownUntil == null) return { last_between: { from, until: null } };
  return { last_between: { from, until: microTime(Math.max(shownUntil, last ?? shownUntil)) } };
}
