import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { AkeylessProvider } from '../../../src/sources/akeyless/emit/akeyless-provider.ts';
import { World } from '../world.ts';
import { CloudStage } from './cloud-stage.ts';

const thief = { address: '198.51.100.66', userAgent: 'curl/8.9.1' };
const olivia = { name: 'olivia', address: '192.0.2.71' };
const mara = { name: 'mara', address: '192.0.2.72' };
const rolf = { name: 'rolf', address: '192.0.2.73' };
const lena = { name: 'lena', address: '192.0.2.74' };

interface Setting {
  stage: CloudStage;
  akeyless: AkeylessProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** Plays 23 June 2026, 06:00 to 09:00 UTC: one access id reads for every pod of two namespaces. */
export function readForEverybody(): World {
  const setting = setStage();
  const gone = deploy(setting);
  readByHand(setting);
  const { stage, akeyless, stripe } = setting;
  stage.pass(30);
  const comeBack = akeyless.steal(stage.cluster, gone, stripe, thief);
  stage.pass(20);
  akeyless.rotate(stripe, olivia);
  stage.pass(20);
  deletePod(stage.cluster, gone, stage.tove);
  stage.pass(20);
  comeBack();
  stage.pass(40);
  return stage.world;
}

function setStage(): Setting {
  const world = new World(20260623, '2026-06-23T06:00:00Z');
  const cluster = world.cluster({ name: 'edge-prod', driver: '1.6', servers: 2 });
  const akeyless = world.akeyless();
  const stage = new CloudStage(world, cluster, akeyless);
  const stripe = akeyless.makeObject('payments', 'stripe', 2);
  const ledger = akeyless.makeObject('payments', 'ledger', 1);
  const twin = akeyless.makeObject('payments-staging', 'stripe', 5);
  for (const { reference } of [stripe, ledger, twin]) world.objects.add(reference);
  const nodeA = cluster.addNode('edge-a');
  const nodeB = cluster.addNode('edge-b');
  for (const namespace of ['orders', 'payments-staging']) {
    akeyless.shareAccess(namespace, 'payments');
  }
  const apply = (namespace: string, name: string, object: SimulatedObject) => {
    const parameters = akeyless.parameters(cluster, namespace);
    stage.applyClass(namespace, name, object.classObjects, parameters);
  };
  apply('payments', 'stripe', stripe);
  apply('payments', 'ledger', ledger);
  apply('orders', 'stripe', stripe);
  apply('payments-staging', 'stripe', twin);
  return { stage, akeyless, nodeA, nodeB, stripe, ledger };
}

function deploy({ stage, nodeA, nodeB, stripe, ledger }: Setting): PodRecord {
  stage.pass(10);
  const account = { namespace: 'payments', serviceAccount: 'api' };
  stage.start({ ...account, name: 'api-0', classes: ['stripe'] }, nodeA);
  const gone = stage.start({ ...account, name: 'api-1', classes: ['stripe'] }, nodeB);
  const orders = { namespace: 'orders', serviceAccount: 'checkout' };
  stage.start({ ...orders, name: 'checkout-0', classes: ['stripe'] }, nodeB);
  const sync = stage.start({ ...account, name: 'ledger-sync', classes: ['ledger'] }, nodeA);
  stage.innocentPod(sync, 'shares account and access id, and mounts another item', stripe);
  const idle = stage.start({ ...orders, name: 'idle', classes: [] }, nodeA);
  stage.innocentPod(idle, 'shares account and access id, and mounts nothing');
  const staging = { namespace: 'payments-staging', serviceAccount: 'api', name: 'api-0' };
  const twin = stage.start({ ...staging, classes: ['stripe'] }, nodeB);
  stage.innocentPod(twin, 'equal names of all but the folder of the item', stripe);
  stage.innocentPod(twin, 'mounts nothing of the ledger', ledger);
  stage.innocent('tove@example.com', 'deployed all of it, which shows no value');
  return gone;
}

/** People ask: one is answered by number, one is refused, one sees no value. */
function readByHand({ stage, akeyless, stripe }: Setting): void {
  stage.pass(20);
  const id = akeyless.identityOf(mara);
  const by = { id, type: 'email', uniqueId: 'mara@example.com' } as const;
  const from = { address: mara.address, userAgent: 'akeyless-cli/1.130.0' };
  akeyless.readAs({ ...by, ...from }, stripe, 'read the first version by its number', '1');
  stage.pass(10);
  akeyless.readRefused(stripe, rolf);
  stage.innocent(akeyless.identityOf(rolf), 'asked for it, and Akeyless refused');
  akeyless.readMetadata(stripe, lena);
  stage.innocent(akeyless.identityOf(lena), 'read the details of the item, which show no value');
}
