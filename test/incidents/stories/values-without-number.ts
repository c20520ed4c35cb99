import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { ConjurProvider } from '../../../src/sources/conjur/emit/conjur-provider.ts';
import { World } from '../world.ts';
import { CloudStage } from './cloud-stage.ts';

const thief = { address: '198.51.100.66' };
const olivia = { name: 'olivia', address: '192.0.2.71' };
const mara = { name: 'mara', address: '192.0.2.72' };
const rolf = { name: 'rolf', address: '192.0.2.73' };
const lena = { name: 'lena', address: '192.0.2.74' };

interface Setting {
  stage: CloudStage;
  conjur: ConjurProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** Plays 16 June 2026, 06:00 to 09:00 UTC: values change, and no log says to which version. */
export function valuesWithoutNumber(): World {
  const setting = setStage();
  const { robbed, gone } = deploy(setting);
  readByHand(setting);
  const { stage, conjur, stripe } = setting;
  stage.pass(30);
  const comeBack = conjur.steal(stage.cluster, robbed, stripe, thief);
  stage.pass(20);
  conjur.rotate(stripe, olivia);
  stage.pass(20);
  deletePod(stage.cluster, gone, stage.tove);
  stage.pass(20);
  comeBack();
  stage.pass(40);
  return stage.world;
}

function setStage(): Setting {
  const world = new World(20260616, '2026-06-16T06:00:00Z');
  const cluster = world.cluster({ name: 'onprem-prod', driver: '1.6', servers: 2 });
  const conjur = world.conjur();
  const stage = new CloudStage(world, cluster, conjur);
  const stripe = conjur.declareObject('payments', 'stripe', 2);
  const ledger = conjur.seedObject('payments', 'ledger', 1);
  const twin = conjur.seedObject('payments-staging', 'stripe', 1);
  for (const { reference } of [stripe, ledger, twin]) world.objects.add(reference);
  const nodeA = cluster.addNode('onprem-a');
  const nodeB = cluster.addNode('onprem-b');
  // Payments reads as its accounts, everybody in orders as one host that the classes name.
  conjur.readsAs('payments', 'own');
  conjur.readsAs('orders', 'shared');
  conjur.readsAs('payments-staging', 'own');
  const apply = (namespace: string, name: string, object: SimulatedObject) => {
    const parameters = conjur.parameters(cluster, namespace);
    stage.applyClass(namespace, name, object.classObjects, parameters);
  };
  apply('payments', 'stripe', stripe);
  apply('orders', 'stripe', stripe);
  apply('orders', 'ledger', ledger);
  apply('payments-staging', 'stripe', twin);
  return { stage, conjur, nodeA, nodeB, stripe, ledger };
}

function deploy({ stage, nodeA, nodeB, stripe, ledger }: Setting): {
  robbed: PodRecord;
  gone: PodRecord;
} {
  stage.pass(10);
  const account = { namespace: 'payments', serviceAccount: 'api' };
  stage.start({ ...account, name: 'api-0', classes: ['stripe'] }, nodeA);
  const gone = stage.start({ ...account, name: 'api-1', classes: ['stripe'] }, nodeB);
  const orders = { namespace: 'orders', serviceAccount: 'checkout' };
  const robbed = stage.start({ ...orders, name: 'checkout-0', classes: ['stripe'] }, nodeB);
  const invoice = { namespace: 'orders', serviceAccount: 'invoice', name: 'invoice-0' };
  const other = stage.start({ ...invoice, classes: ['ledger'] }, nodeB);
  stage.innocentPod(other, 'reads as the same host, and mounts another variable', stripe);
  const idle = stage.start({ ...orders, name: 'idle', classes: [] }, nodeA);
  stage.innocentPod(idle, 'shares account and host, and mounts nothing');
  const staging = { namespace: 'payments-staging', serviceAccount: 'api', name: 'api-0' };
  const twin = stage.start({ ...staging, classes: ['stripe'] }, nodeB);
  stage.innocentPod(twin, 'equal names of class, account and variable, of staging', stripe);
  stage.innocentPod(twin, 'mounts nothing of the ledger', ledger);
  stage.innocent('tove@example.com', 'deployed all of it, which shows no value');
  return { robbed, gone };
}

/** People ask: one is answered by number, one is refused, one sees no value. */
function readByHand({ stage, conjur, stripe }: Setting): void {
  stage.pass(20);
  const by = { role: `user:${mara.name}`, address: mara.address };
  conjur.readAs(by, stripe, 'read the first version by its number', '1');
  stage.pass(10);
  conjur.readRefused(stripe, rolf);
  stage.innocent(conjur.identityOf(rolf), 'asked for it, and Conjur refused');
  conjur.readMetadata(stripe, lena);
  stage.innocent(conjur.identityOf(lena), 'asked what she may do, which shows no value');
}
