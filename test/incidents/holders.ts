import { isFullPolicy } from '../../src/simulate/world/api-request.ts';
import { microTime } from '../../src/simulate/world/clock.ts';
import type { PodRecord } from '../../src/simulate/world/kinds.ts';
import type { TrueToken } from '../../src/simulate/world/token-ledger.ts';
import type { TrueExposure } from '../../src/simulate/world/truth.ts';
import type { World } from './world.ts';

export type HolderKind = 'pod' | 'service-account' | 'identity' | 'node' | 'token';
export interface Asked {
  kind: HolderKind;
  id: string;
}

/** What a holder reaches, as the play knows it. */
export interface Reach {
  /** With `observed` as it is for this holder. */
  must: TrueExposure[];
  /** What may be named or not: its log may be lost, or lies between holder and somebody else. */
  may: TrueExposure[];
  /** Ids of all who may stand in the answer. */
  names: Set<string>;
}

interface Way {
  exposure: TrueExposure;
  observed: boolean;
  isSure: boolean;
}

const accountName = (part: { namespace: string; serviceAccount: string }) =>
  `system:serviceaccount:${part.namespace}:${part.serviceAccount}`;

/** The truth about versions, turned around: everything that is lost with this holder. */
export function reachOf(world: World, asked: Asked): Reach {
  const ways = new Turned(world).of(asked);
  const merged = new Map<TrueExposure, Way>();
  for (const way of ways) {
    const before = merged.get(way.exposure);
    merged.set(way.exposure, {
      exposure: way.exposure,
      observed: way.observed || (before?.observed ?? false),
      isSure: way.isSure || (before?.isSure ?? false),
    });
  }
  const all = [...merged.values()];
  return {
    must: all.filter((way) => way.isSure).map(asSeen),
    may: all.filter((way) => !way.isSure).map(asSeen),
    names: new Set(all.map(({ exposure }) => exposure.holder.id ?? '')),
  };
}

function asSeen({ exposure, observed }: Way): TrueExposure {
  return { ...exposure, observed };
}

class Turned {
  readonly #world: World;
  readonly #exposures: TrueExposure[];
  /** Bodies of pods and requests for tokens are all logged, so that nothing has to stay unknown. */
  readonly #isFull: boolean;

  constructor(world: World) {
    this.#world = world;
    this.#exposures = world.truth.exposures();
    this.#isFull =
      world.missing.size === 0 && world.clusters.every((cluster) => isFullPolicy(cluster.policy));
  }

  of({ kind, id }: Asked): Way[] {
    switch (kind) {
      case 'pod':
        return this.#ofPod(id);
      case 'service-account': {
        const [namespace = '', serviceAccount = ''] = id.split('/');
        return this.#ofAccount({ namespace, serviceAccount });
      }
      case 'node':
        return this.#ofNode(id);
      case 'identity':
        return [
          ...this.#self((one) => one.holder.kind === 'identity' && one.holder.id === id),
          ...this.#askedBy(id),
          ...this.#childSessions(id),
        ];
      case 'token':
        return this.#tokens()
          .filter((token) => token.jti === id)
          .flatMap((token) => this.#ofToken(token));
    }
  }

  #ofPod(uid: string): Way[] {
    const pod = this.#pods().find((one) => one.uid === uid);
    if (pod === undefined) throw new Error(`no pod ${uid}`);
    const gone = this.#world.truth.released.get(uid);
    const cluster = this.#clusterOf(pod);
    const account = this.#exposures
      .filter((one) => this.#isOf(one, accountName(pod)))
      // An account of another cluster has the same name and is another.
      .filter(({ holder }) => holder.cluster === undefined || holder.cluster === cluster);
    const inLife = account.filter((one) => isWithin(one, pod.createdAt, gone));
    // A session outlives the pod; whose it was is not in the log.
    const afterwards = account.filter(
      (one) =>
        one.path === 'provider_read' && !inLife.includes(one) && isWithin(one, pod.createdAt),
    );
    const own = this.#tokens().filter((token) => token.podUid === uid);
    return [
      ...this.#self((one) => one.holder.id === uid),
      ...inLife.map((exposure) => this.#beside(exposure)),
      ...afterwards.map((exposure) => ({ exposure, observed: false, isSure: false })),
      ...own.flatMap(({ jti }) => this.#childrenOf(jti)),
    ];
  }

  #ofAccount(account: { namespace: string; serviceAccount: string }): Way[] {
    const pods = this.#pods().filter((pod) => accountName(pod) === accountName(account));
    const held = pods.flatMap((pod) => this.#exposures.filter((one) => one.holder.id === pod.uid));
    return [
      ...this.#self((one) => this.#isOf(one, accountName(account))),
      ...held.map((exposure) => this.#beside(exposure)),
      ...this.#askedBy(accountName(account)),
    ];
  }

  #ofNode(name: string): Way[] {
    const held = this.#exposures.filter(
      ({ holder }) => holder.kind === 'pod' && holder.node === name,
    );
    return [
      ...this.#self(({ holder }) => holder.kind === 'node' && holder.id === name),
      ...this.#self((one) => this.#isOf(one, `system:node:${name}`)),
      ...held.map((exposure) => this.#beside(exposure)),
      ...this.#askedBy(`system:node:${name}`),
    ];
  }

  /** All that its account held from its issue on, and at the provider what its pod mounted. */
  #ofToken(token: TrueToken): Way[] {
    const identity = accountName(token);
    const podUids = this.#pods()
      .filter((pod) => accountName(pod) === identity)
      .map(({ uid }) => uid)
      .filter((uid) => token.podUid === null || uid === token.podUid);
    const isMounted = ({ path, holder }: TrueExposure) =>
      (path === 'csi_mount' || path === 'provider_read') && podUids.includes(holder.id ?? '');
    const own = this.#exposures
      .filter((one) => this.#isOf(one, identity) || isMounted(one))
      .filter((one) => isWithin(one, token.at))
      .map((exposure) => ({
        exposure,
        observed: exposure.observed && this.#isShown(token, exposure),
        isSure: this.#isFull && token.isNeeded,
      }));
    return [...own, ...this.#childrenOf(token.jti)];
  }

  #isShown(token: TrueToken, exposure: TrueExposure): boolean {
    const isOfAccount = exposure.holder.kind === 'identity';
    return isOfAccount && this.#world.truth.tokens.isShown(token.jti, exposure);
  }

  #childrenOf(jti: string): Way[] {
    return this.#world.truth.tokens.childrenOf(jti).flatMap((child) => this.#ofToken(child));
  }

  #askedBy(identity: string): Way[] {
    return this.#tokens()
      .filter(({ by }) => by === identity)
      .flatMap((token) => this.#ofToken(token));
  }

  #childSessions(person: string): Way[] {
    const child = this.#world.truth.childSessions.get(person);
    return child === undefined ? [] : this.#self((one) => one.holder.id === child);
  }

  /** Its own: whatever is answered of the version at all is answered here. */
  #self(isIts: (one: TrueExposure) => boolean): Way[] {
    const own = this.#exposures.filter(isIts);
    return own.map((exposure) => ({ exposure, observed: exposure.observed, isSure: true }));
  }

  /** Of its account or its pods: told only where the log has which these are. */
  #beside(exposure: TrueExposure): Way {
    return { exposure, observed: exposure.observed, isSure: this.#isFull };
  }

  #isOf({ holder }: TrueExposure, identity: string): boolean {
    return holder.kind === 'identity' && holder.id === identity;
  }

  #tokens(): TrueToken[] {
    return this.#world.truth.tokens.issued;
  }

  #clusterOf(pod: PodRecord): string | undefined {
    return this.#world.clusters.find((cluster) => cluster.pods.includes(pod))?.name;
  }

  #pods(): PodRecord[] {
    return this.#world.clusters.flatMap((cluster) => cluster.pods);
  }
}

function isWithin(one: TrueExposure, from: number, until?: number): boolean {
  const isLater = one.last_at === null || one.last_at >= microTime(from);
  return isLater && (until === undefined || one.first_at <= microTime(until));
}
