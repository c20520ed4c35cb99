import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { Actor } from '../../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { AzureProvider } from '../../../src/sources/azure_key_vault/emit/azure-provider.ts';
import type { Incident } from '../incident.ts';
import { bodylessStatuses } from '../setting.ts';
import { ordinaryTraffic } from '../traffic.ts';
import { World } from '../world.ts';

const ops = { name: 'olivia@example.com', address: '192.0.2.71' };

interface AzureStage {
  world: World;
  cluster: Cluster;
  azure: AzureProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  deployer: Actor;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** An AKS cluster and a vault with two secrets of `payments`, each with two versions. */
function azureStage(
  seed: number,
  options: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> = {},
): AzureStage {
  const world = new World(seed);
  // Without a name: nothing that Azure logs would tell of one that is missing.
  const cluster = world.cluster({ driver: '1.6', ...options });
  const azure = world.azure();
  const nodeA = cluster.addNode('aks-pool-0');
  const nodeB = cluster.addNode('aks-pool-1');
  const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
  const stripe = azure.makeObject('payments', 'stripe', 2);
  const ledger = azure.makeObject('payments', 'ledger', 2);
  world.objects.add(stripe.reference);
  world.objects.add(ledger.reference);
  ordinaryTraffic(cluster, 3);
  return { world, cluster, azure, nodeA, nodeB, deployer, stripe, ledger };
}

/** A class that mounts the object as the identity of some namespace. */
function applyClass(
  stage: AzureStage,
  part: { namespace: string; name: string; object: SimulatedObject; identity?: string },
  azure = stage.azure,
): void {
  const { namespace, name, object, identity = namespace } = part;
  stage.cluster.applyClass(stage.deployer, {
    namespace,
    name,
    provider: azure.id,
    parameters: azure.parameters(stage.cluster, identity),
    objects: object.classObjects,
  });
}

function start(
  stage: AzureStage,
  part: { namespace: string; account: string; name: string; classes: string[]; node: ClusterNode },
  azure = stage.azure,
): PodRecord {
  const { account: serviceAccount, ...rest } = part;
  return startPod(stage.cluster, azure, { ...rest, serviceAccount, by: stage.deployer });
}

function quiet(stage: AzureStage, minutes: number): void {
  stage.world.clock.passMinutes(minutes);
  for (const cluster of stage.world.clusters) ordinaryTraffic(cluster, 2);
}

const sharedIdentity: Incident = {
  name: 'azure-shared-identity',
  tells:
    'one managed identity serves several accounts and namespaces; a thief uses it from outside',
  play: (seed) => {
    const stage = azureStage(seed);
    const { world, cluster, azure, nodeA, nodeB, deployer, stripe, ledger } = stage;
    const { truth } = world;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    applyClass(stage, { namespace: 'payments', name: 'ledger', object: ledger });
    applyClass(stage, {
      namespace: 'orders',
      name: 'stripe',
      object: stripe,
      identity: 'payments',
    });
    const payments = { namespace: 'payments', account: 'api' };
    const api = start(stage, { ...payments, name: 'api-0', classes: ['stripe'], node: nodeA });
    const worker = { ...payments, account: 'worker', name: 'worker-0', classes: ['ledger'] };
    const ledgerPod = start(stage, { ...worker, node: nodeA });
    const orders = { namespace: 'orders', account: 'api', name: 'api-0', classes: ['stripe'] };
    const orderPod = start(stage, { ...orders, node: nodeB });
    const idle = start(stage, { ...payments, name: 'idle-0', classes: [], node: nodeA });
    const ofPod = (pod: PodRecord, why: string, objects?: string[]) => {
      const { uid: id, name, namespace } = pod;
      const part = objects === undefined ? {} : { objects };
      truth.innocent({ kind: 'pod', id, namespace, why, ...part });
      return name;
    };
    ofPod(idle, 'shares account and identity, and mounts nothing');
    ofPod(ledgerPod, 'shares the identity, and mounts another secret', [stripe.reference]);
    // The same name in another vault, which another namespace mounts.
    const other = world.azure({ name: 'staging-vault' });
    const twin = other.makeObject('payments', 'stripe', 1);
    applyClass(stage, { namespace: 'staging', name: 'stripe', object: twin }, other);
    const staging = { namespace: 'staging', account: 'api', name: 'api-0', classes: ['stripe'] };
    const twinPod = start(stage, { ...staging, node: nodeB }, other);
    ofPod(twinPod, 'equal names, in another vault', [stripe.reference, ledger.reference]);
    quiet(stage, 3);
    for (const pod of [api, orderPod]) pollPod(cluster, azure, pod);
    readersOf(stage);
    azure.rotate(stripe, ops);
    world.clock.passMinutes(2);
    for (const pod of [api, ledgerPod, orderPod]) pollPod(cluster, azure, pod);
    const comeBack = azure.steal(cluster, api, stripe, { address: '198.51.100.66' });
    quiet(stage, 4);
    deletePod(cluster, orderPod, deployer);
    quiet(stage, 3);
    comeBack();
    pollPod(cluster, azure, api);
    quiet(stage, 3);
    return world;
  },
};

/** Whoever asks the vault by hand: one is answered, one refused, one sees no value. */
function readersOf({ azure, world, stripe }: AzureStage): void {
  azure.read(stripe, { name: 'mara@example.com', address: '192.0.2.72' }, 'read it by hand');
  const refused = { name: 'rolf@example.com', address: '192.0.2.73' };
  azure.readRefused(stripe, refused);
  const why = 'the vault refused the read';
  world.truth.innocent({ kind: 'identity', id: refused.name, why });
  const lister = { name: 'lena@example.com', address: '192.0.2.74' };
  azure.readMetadata(stripe, lister);
  const shown = 'read the list of versions, which shows no value';
  world.truth.innocent({ kind: 'identity', id: lister.name, why: shown });
}

/** Two pods, a rotation, an end. */
function playTwoPods(stage: AzureStage, betweenMinutes: number): void {
  const { world, cluster, azure, nodeA, nodeB, deployer, stripe, ledger } = stage;
  world.objects.delete(ledger.reference);
  applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
  const pod = { namespace: 'payments', account: 'api', classes: ['stripe'] };
  const one = start(stage, { ...pod, name: 'one', node: nodeA });
  quiet(stage, 3);
  const two = start(stage, { ...pod, name: 'two', node: nodeB });
  quiet(stage, 3);
  azure.rotate(stripe, ops);
  world.clock.passMinutes(betweenMinutes);
  pollPod(cluster, azure, one);
  quiet(stage, 3);
  deletePod(cluster, two, deployer);
  quiet(stage, 4);
}

const noVaultLog: Incident = {
  name: 'azure-no-vault-log',
  tells: 'no diagnostic setting on the vault: the mount statuses state versions all the same',
  play: (seed) => {
    const stage = azureStage(seed);
    playTwoPods(stage, 2);
    stage.world.missing.add('key_vault');
    stage.world.truth.versions.length = 0;
    return stage.world;
  },
};

const bodyless: Incident = {
  name: 'azure-status-metadata',
  tells:
    'mount statuses are logged by name only: versions come from the reads of the shared identity',
  play: (seed) => {
    const stage = azureStage(seed, { policy: bodylessStatuses, driver: '1.5' });
    playTwoPods(stage, 2);
    return stage.world;
  },
};

const neither: Incident = {
  name: 'azure-status-metadata-no-vault-log',
  tells:
    'neither the statuses nor the vault tell versions: the mounts are certain, their versions unknown',
  play: (seed) => {
    const stage = azureStage(seed, { policy: bodylessStatuses, driver: '1.5' });
    const { world, cluster, nodeA, deployer, stripe, ledger } = stage;
    world.objects.delete(ledger.reference);
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const pod = { namespace: 'payments', account: 'api', classes: ['stripe'] };
    const one = start(stage, { ...pod, name: 'one', node: nodeA });
    quiet(stage, 5);
    deletePod(cluster, one, deployer);
    quiet(stage, 5);
    world.missing.add('key_vault');
    world.truth.forgetVersions();
    return world;
  },
};

export const azureIncidents: Incident[] = [sharedIdentity, noVaultLog, bodyless, neither];
