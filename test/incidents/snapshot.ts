import { stringify } from 'yaml';
import { classBody } from '../../src/simulate/world/bodies.ts';
import { secondTime } from '../../src/simulate/world/clock.ts';
import type { Cluster } from '../../src/simulate/world/cluster.ts';
import type { World } from './world.ts';

/** What `kubectl get secretproviderclasses -A -o yaml` gives at this moment. */
export function takeSnapshot(world: World, cluster: Cluster, createdAt: number): void {
  const items = cluster.classes.map((spec) => classBody(spec, createdAt));
  world.snapshots.push({
    name: 'secretproviderclasses.yaml',
    text: stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }),
    takenAt: secondTime(world.clock.now),
    cluster: cluster.name,
  });
}
