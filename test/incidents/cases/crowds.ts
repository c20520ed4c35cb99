import { humanActor, impersonating } from '../../../src/simulate/world/actors.ts';
import type { Cluster } from '../../../src/simulate/world/cluster.ts';
import { restartContainer } from '../../../src/simulate/world/consumers.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import { debugPod, execInto, forwardPort } from '../../../src/simulate/world/entries.ts';
import type { PodRecord } from '../../../src/simulate/world/kinds.ts';
import { applyWorkload, deletePod } from '../../../src/simulate/world/pods.ts';
import { getSecret, watchSecrets } from '../../../src/simulate/world/secret-readers.ts';
import type { Incident } from '../incident.ts';
import { quietMinutes, type Setting, stripe, stripeKey } from '../setting.ts';
import {
  envShape,
  gitopsActor,
  people,
  sidecarShape,
  syncedName,
  syncedSetting,
  volumeShape,
  writeNext,
} from '../synced-setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const { nora, piet, quinn, mallory } = people;

/** The same names in both: a feeder, a worker with the Secret in its environment, its people. */
function furnish(setting: Setting, cluster: Cluster): { feeder: PodRecord; worker: PodRecord } {
  const { vault, deployer } = setting;
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('the cluster has no node');
  const part = { ...payments, by: deployer, node };
  const feeder = startPod(cluster, vault, { ...part, name: 'api-0' });
  setting.world.clock.passMinutes(1);
  const bare = { ...part, classes: [], serviceAccount: 'worker' };
  const worker = startPod(cluster, vault, { ...bare, name: 'worker-0', shape: envShape });
  return { feeder, worker };
}

const equalNames: Incident = {
  name: 'two-clusters-equal-names',
  tells: 'east and west have equal names everywhere and one Vault: each row names its cluster',
  play: (seed) => {
    const setting = syncedSetting(seed, { name: 'east', authMount: 'kubernetes-east' });
    const { world, cluster: east, deployer, vault } = setting;
    const options = { name: 'west', authMount: 'kubernetes-west', driver: '1.6' as const };
    const west = world.cluster(options);
    west.addNode('node-a');
    west.addNode('node-b');
    const data = [{ objectName: 'stripe-key', key: 'api_key' }];
    const secretObjects = [{ secretName: syncedName, labels: { app: 'api' }, data }];
    const spec = { namespace: 'payments', name: 'stripe', objects: [stripeKey()], secretObjects };
    west.applyClass(deployer, spec);
    const inEast = furnish(setting, east);
    quietMinutes(setting, 2);
    const inWest = furnish(setting, west);
    quietMinutes(setting, 2);
    getSecret(west, nora, 'payments', syncedName);
    execInto(east, piet, inEast.worker, { container: 'app', command: ['env'] });
    execInto(west, quinn, inWest.feeder, { container: 'app' });
    writeNext(setting, seed);
    world.clock.passMinutes(2);
    pollPod(west, vault, inWest.feeder);
    quietMinutes(setting, 2);
    restartContainer(west, inWest.worker, 'app');
    quietMinutes(setting, 4);
    world.objects.add(vault.reference(stripe));
    return world;
  },
};

const everything: Incident = {
  name: 'everything-at-once',
  tells: 'reborn pods, copies, readers, entries and a rotation in one afternoon',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: '1.6' });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const spec = { ...payments, kind: 'StatefulSet' as const, name: 'api', shape: sidecarShape };
    const workload = applyWorkload(cluster, deployer, spec);
    const first = startPod(cluster, vault, { ...payments, name: 'api-0', node: nodeA, workload });
    const bare = { ...payments, classes: [], serviceAccount: 'worker', by: deployer, node: nodeB };
    startPod(cluster, vault, { ...bare, name: 'by-env', shape: envShape });
    startPod(cluster, vault, { ...bare, name: 'by-volume', shape: volumeShape });
    watchSecrets(cluster, gitopsActor(cluster, cluster.podAddress(nodeB)), {});
    quietMinutes(setting, 3);
    pollPod(cluster, vault, first);
    getSecret(cluster, impersonating(mallory, 'helper'), 'payments', syncedName);
    debugPod(cluster, nora, first, { name: 'debugger-q8z', target: 'app' });
    forwardPort(cluster, piet, first, { seconds: 120 });
    quietMinutes(setting, 2);
    deletePod(cluster, first, cluster.controller('statefulset-controller'));
    world.clock.pass(3);
    const second = startPod(cluster, vault, { ...payments, name: 'api-0', node: nodeB, workload });
    quietMinutes(setting, 2);
    writeNext(setting, seed);
    world.clock.passMinutes(2);
    pollPod(cluster, vault, second);
    execInto(cluster, quinn, second, { container: 'proxy' });
    const helper = humanActor('hanna', '192.0.2.82');
    getSecret(cluster, helper, 'payments', syncedName);
    quietMinutes(setting, 4);
    return world;
  },
};

export const crowdedIncidents: Incident[] = [equalNames, everything];
