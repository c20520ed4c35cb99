import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { Actor } from '../../../src/simulate/world/api-request.ts';
import type { Cluster } from '../../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { AzureProvider } from '../../../src/sources/azure_key_vault/emit/azure-provider.ts';
import { ordinaryTraffic } from '../traffic.ts';
import { World } from '../world.ts';

const thief = { address: '198.51.100.66', userAgent: 'python-requests/2.32.3' };
const olivia = { name: 'olivia@example.com', address: '192.0.2.71' };
const mara = { name: 'mara@example.com', address: '192.0.2.72' };
const rolf = { name: 'rolf@example.com', address: '192.0.2.73' };
const lena = { name: 'lena@example.com', address: '192.0.2.74' };

interface Stage {
  world: World;
  cluster: Cluster;
  azure: AzureProvider;
  staging: AzureProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  tove: Actor;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
  /** Pods by the name the story has for them, with the vault they mount from. */
  cast: Map<string, { pod: PodRecord; from: AzureProvider }>;
}

/** Plays 14 April 2026, 06:00 to 09:40 UTC: an identity that two namespaces share is used from outside. */
export function borrowedIdentity(): World {
  const stage = setStage();
  deploy(stage);
  readByHand(stage);
  const comeBack = theft(stage);
  rotation(stage);
  afterwards(stage, comeBack);
  return stage.world;
}

function setStage(): Stage {
  const world = new World(20260414, '2026-04-14T06:00:00Z');
  const cluster = world.cluster({ name: 'aks-prod', driver: '1.6', servers: 2 });
  const azure = world.azure();
  const staging = world.azure({ name: 'staging-vault' });
  const stripe = azure.makeObject('payments', 'stripe', 2);
  const ledger = azure.makeObject('payments', 'ledger', 1);
  const twin = staging.makeObject('payments', 'stripe', 1);
  for (const object of [stripe, ledger, twin]) world.objects.add(object.reference);
  const nodeA = cluster.addNode('aks-pool1-0');
  const nodeB = cluster.addNode('aks-pool1-1');
  const tove = humanActor('tove@example.com', '192.0.2.10', ['platform']);
  const apply = (namespace: string, name: string, object: SimulatedObject, from = azure) =>
    cluster.applyClass(tove, {
      namespace,
      name,
      provider: from.id,
      // Orders was given the identity of payments, to be quick.
      parameters: from.parameters(cluster, namespace === 'orders' ? 'payments' : namespace),
      objects: object.classObjects,
    });
  apply('payments', 'stripe', stripe);
  apply('payments', 'ledger', ledger);
  apply('orders', 'stripe', stripe);
  apply('payments-staging', 'stripe', twin, staging);
  return { world, cluster, azure, staging, nodeA, nodeB, tove, stripe, ledger, cast: new Map() };
}

/** Time passes; every ten minutes the driver polls the volumes of all pods. */
function pass({ world, cluster, cast }: Stage, minutes: number): void {
  for (let passed = 0; passed < minutes; passed += 10) {
    world.clock.passMinutes(Math.min(10, minutes - passed));
    ordinaryTraffic(cluster, 3);
    for (const { pod, from } of cast.values()) if (!pod.deleted) pollPod(cluster, from, pod);
  }
}

function start(
  stage: Stage,
  part: { namespace: string; serviceAccount: string; name: string; classes: string[] },
  node: ClusterNode,
  from = stage.azure,
): PodRecord {
  const pod = startPod(stage.cluster, from, { ...part, node, by: stage.tove });
  stage.cast.set(`${part.namespace}/${part.name}`, { pod, from });
  return pod;
}

function deploy(stage: Stage): void {
  const { nodeA, nodeB, staging, stripe, ledger, world } = stage;
  pass(stage, 10);
  const account = { namespace: 'payments', serviceAccount: 'api' };
  start(stage, { ...account, name: 'api-0', classes: ['stripe'] }, nodeA);
  start(stage, { ...account, name: 'api-1', classes: ['stripe'] }, nodeB);
  const orders = { namespace: 'orders', serviceAccount: 'checkout', name: 'checkout-0' };
  start(stage, { ...orders, classes: ['stripe'] }, nodeB);
  const sync = start(stage, { ...account, name: 'ledger-sync', classes: ['ledger'] }, nodeA);
  innocentPod(stage, sync, 'shares account and identity, and mounts another secret', stripe);
  const idle = start(stage, { ...account, name: 'idle', classes: [] }, nodeA);
  innocentPod(stage, idle, 'shares account and identity, and mounts nothing');
  const part = { namespace: 'payments-staging', serviceAccount: 'api', name: 'api-0' };
  const twin = start(stage, { ...part, classes: ['stripe'] }, nodeB, staging);
  innocentPod(stage, twin, 'equal names of class, account and secret, in another vault', stripe);
  innocentPod(stage, twin, 'mounts nothing of the ledger', ledger);
  const why = 'deployed all of it, which shows no value';
  world.truth.innocent({ kind: 'identity', id: 'tove@example.com', why });
}

function innocentPod({ world }: Stage, pod: PodRecord, why: string, of?: SimulatedObject): void {
  const { uid: id, namespace } = pod;
  const objects = of === undefined ? {} : { objects: [of.reference] };
  world.truth.innocent({ kind: 'pod', id, namespace, why, ...objects });
}

/** People ask the vault: one is answered, one is refused, one sees no value. */
function readByHand(stage: Stage): void {
  const { azure, stripe, world } = stage;
  pass(stage, 30);
  azure.read(stripe, mara, 'read it with the command line');
  pass(stage, 10);
  azure.readRefused(stripe, rolf);
  const refused = 'asked for it, and the vault refused';
  world.truth.innocent({ kind: 'identity', id: rolf.name, why: refused });
  azure.readMetadata(stripe, lena);
  const listed = 'read the list of versions, which shows no value';
  world.truth.innocent({ kind: 'identity', id: lena.name, why: listed });
}

/** Somebody with the token of a pod's account gets one of the shared identity, elsewhere. */
function theft(stage: Stage): () => void {
  const { cluster, azure, stripe, cast } = stage;
  pass(stage, 30);
  const robbed = cast.get('payments/api-0');
  if (robbed === undefined) throw new Error('nobody to rob');
  return azure.steal(cluster, robbed.pod, stripe, thief);
}

function rotation(stage: Stage): void {
  const { azure, stripe } = stage;
  pass(stage, 20);
  azure.rotate(stripe, olivia);
  pass(stage, 20);
}

function afterwards(stage: Stage, comeBack: () => void): void {
  const { cluster, tove, cast } = stage;
  const gone = cast.get('payments/api-1');
  if (gone !== undefined) deletePod(cluster, gone.pod, tove);
  pass(stage, 30);
  comeBack();
  pass(stage, 40);
}
