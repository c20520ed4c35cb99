import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { GcpProvider } from '../../../src/sources/gcp_audit/emit/gcp-provider.ts';
import { World } from '../world.ts';
import { CloudStage } from './cloud-stage.ts';

const thief = { address: '198.51.100.66', userAgent: 'python-requests/2.32.3' };
const olivia = { name: 'olivia@example.com', address: '192.0.2.71' };
const mara = { name: 'mara@example.com', address: '192.0.2.72' };
const rolf = { name: 'rolf@example.com', address: '192.0.2.73' };
const lena = { name: 'lena@example.com', address: '192.0.2.74' };

interface Setting {
  stage: CloudStage;
  gcp: GcpProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** Plays 9 June 2026, 06:00 to 09:30 UTC: everybody asks for the latest, and the log says no more. */
export function whateverWasLatest(): World {
  const setting = setStage();
  const { robbed, gone } = deploy(setting);
  readByHand(setting);
  const { stage, gcp, stripe } = setting;
  stage.pass(30);
  const comeBack = gcp.steal(stage.cluster, robbed, stripe, thief);
  stage.pass(20);
  gcp.rotate(stripe, olivia);
  stage.pass(20);
  const from = { address: olivia.address, userAgent: 'google-cloud-sdk gcloud/548.0.0' };
  gcp.secrets.disable(stripe.path, '2', { email: olivia.name }, from);
  deletePod(stage.cluster, gone, stage.tove);
  stage.pass(30);
  comeBack();
  stage.pass(40);
  return stage.world;
}

function setStage(): Setting {
  const world = new World(20260609, '2026-06-09T06:00:00Z');
  const cluster = world.cluster({ name: 'gke-prod', driver: '1.6', servers: 2 });
  const gcp = world.gcp();
  const stage = new CloudStage(world, cluster, gcp);
  const stripe = gcp.makeObject('payments', 'stripe', 2);
  const ledger = gcp.makeObject('payments', 'ledger', 1);
  const twin = gcp.makeObject('payments-staging', 'stripe', 1);
  for (const { reference } of [stripe, ledger, twin]) world.objects.add(reference);
  const nodeA = cluster.addNode('gke-pool1-0');
  const nodeB = cluster.addNode('gke-pool1-1');
  // Orders reads as the account of Google that payments was given, payments itself by its own name.
  gcp.readsAs('payments', 'principal');
  gcp.readsAs('orders', 'delegated', 'payments');
  gcp.readsAs('legacy-billing', 'legacy');
  const auth = { auth: 'pod-adc' };
  stage.applyClass('payments', 'stripe', stripe.classObjects, auth);
  stage.applyClass('payments', 'ledger', ledger.classObjects, auth);
  stage.applyClass('orders', 'stripe', stripe.classObjects, auth);
  stage.applyClass('legacy-billing', 'stripe', [gcp.entry(stripe.path, '1')], auth);
  stage.applyClass('payments-staging', 'stripe', twin.classObjects, auth);
  return { stage, gcp, nodeA, nodeB, stripe, ledger };
}

function deploy({ stage, nodeA, nodeB, stripe, ledger }: Setting): {
  robbed: PodRecord;
  gone: PodRecord;
} {
  stage.pass(10);
  const account = { namespace: 'payments', serviceAccount: 'api' };
  stage.start({ ...account, name: 'api-0', classes: ['stripe'] }, nodeA);
  const gone = stage.start({ ...account, name: 'api-1', classes: ['stripe'] }, nodeB);
  const orders = { namespace: 'orders', serviceAccount: 'checkout', name: 'checkout-0' };
  const robbed = stage.start({ ...orders, classes: ['stripe'] }, nodeB);
  const billing = { namespace: 'legacy-billing', serviceAccount: 'billing', name: 'billing-0' };
  stage.start({ ...billing, classes: ['stripe'] }, nodeA);
  const sync = stage.start({ ...account, name: 'ledger-sync', classes: ['ledger'] }, nodeA);
  stage.innocentPod(sync, 'shares the account, and mounts another secret', stripe);
  const idle = stage.start({ ...orders, name: 'idle', classes: [] }, nodeA);
  stage.innocentPod(idle, 'shares account and identity, and mounts nothing');
  const staging = { namespace: 'payments-staging', serviceAccount: 'api', name: 'api-0' };
  const twin = stage.start({ ...staging, classes: ['stripe'] }, nodeB);
  stage.innocentPod(twin, 'equal names of class, account and secret, of staging', stripe);
  stage.innocentPod(twin, 'mounts nothing of the ledger', ledger);
  stage.innocent('tove@example.com', 'deployed all of it, which shows no value');
  return { robbed, gone };
}

/** People ask: one is answered, one is refused, one sees no value. */
function readByHand({ stage, gcp, stripe }: Setting): void {
  stage.pass(30);
  gcp.read(stripe, mara, 'read it with the command line');
  stage.pass(10);
  gcp.readRefused(stripe, rolf);
  stage.innocent(rolf.name, 'asked for it, and IAM refused');
  gcp.readMetadata(stripe, lena);
  stage.innocent(lena.name, 'read the list of versions, which shows no value');
}
