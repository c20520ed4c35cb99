import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { Cluster } from '../../../src/simulate/world/cluster.ts';
import type { CsiProvider } from '../../../src/simulate/world/csi-provider.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type { ClassObject, ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { ordinaryTraffic } from '../traffic.ts';
import type { World } from '../world.ts';

/** A pod of a story: where it lies, what it mounts. */
export interface Part {
  namespace: string;
  serviceAccount: string;
  name: string;
  classes: string[];
}

/** The cluster of a story, in which tove deploys and the driver polls all that runs. */
export class CloudStage {
  readonly world: World;
  readonly cluster: Cluster;
  readonly tove = humanActor('tove@example.com', '192.0.2.10', ['platform']);
  readonly #provider: CsiProvider;
  readonly #cast = new Map<string, PodRecord>();

  constructor(world: World, cluster: Cluster, provider: CsiProvider) {
    this.world = world;
    this.cluster = cluster;
    this.#provider = provider;
  }

  applyClass(
    namespace: string,
    name: string,
    objects: ClassObject[],
    parameters: Record<string, string>,
  ): void {
    const provider = this.#provider.id;
    this.cluster.applyClass(this.tove, { namespace, name, provider, parameters, objects });
  }

  /** Time passes; every ten minutes the driver polls the volumes of all pods. */
  pass(minutes: number): void {
    for (let passed = 0; passed < minutes; passed += 10) {
      this.world.clock.passMinutes(Math.min(10, minutes - passed));
      ordinaryTraffic(this.cluster, 3);
      for (const pod of this.#cast.values()) {
        if (!pod.deleted) pollPod(this.cluster, this.#provider, pod);
      }
    }
  }

  start(part: Part, node: ClusterNode): PodRecord {
    const pod = startPod(this.cluster, this.#provider, { ...part, node, by: this.tove });
    this.#cast.set(`${part.namespace}/${part.name}`, pod);
    return pod;
  }

  /** That pod did not hold the object, or any where none is given. */
  innocentPod({ uid: id, namespace }: PodRecord, why: string, of?: SimulatedObject): void {
    const objects = of === undefined ? {} : { objects: [of.reference] };
    this.world.truth.innocent({ kind: 'pod', id, namespace, why, ...objects });
  }

  innocent(id: string, why: string): void {
    this.world.truth.innocent({ kind: 'identity', id, why });
  }
}
