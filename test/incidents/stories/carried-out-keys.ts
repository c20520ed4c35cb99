import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { AwsProvider } from '../../../src/sources/aws_cloudtrail/emit/aws-provider.ts';
import { World } from '../world.ts';
import { CloudStage } from './cloud-stage.ts';

const thief = { address: '198.51.100.66', userAgent: 'aws-cli/2.27.0 md/awscrt#0.26.1' };
const mara = { name: 'mara', address: '192.0.2.72' };
const rolf = { name: 'rolf', address: '192.0.2.73' };
const lena = { name: 'lena', address: '192.0.2.74' };
const appAgent = 'Boto3/1.40.18 md/Botocore#1.40.18 ua/2.1 os/linux lang/python#3.13.1';

interface Setting {
  stage: CloudStage;
  aws: AwsProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** Plays 12 May 2026, 06:00 to 09:10 UTC: keys of a pod leave the cluster, and outlive a rotation. */
export function carriedOutKeys(): World {
  const setting = setStage();
  const { api, gone } = deploy(setting);
  readByHand(setting);
  const comeBack = theft(setting, api);
  rotation(setting);
  const { stage } = setting;
  stage.pass(10);
  deletePod(stage.cluster, gone, stage.tove);
  stage.pass(30);
  comeBack();
  stage.pass(30);
  return stage.world;
}

function setStage(): Setting {
  const world = new World(20260512, '2026-05-12T06:00:00Z');
  const cluster = world.cluster({ name: 'eks-prod', driver: '1.6', servers: 2 });
  const aws = world.aws();
  const stage = new CloudStage(world, cluster, aws);
  const stripe = aws.makeObject('payments', 'stripe', 2);
  const ledger = aws.makeObject('payments', 'ledger', 1);
  const twin = aws.makeObject('payments-staging', 'stripe', 1);
  for (const { reference } of [stripe, ledger, twin]) world.objects.add(reference);
  const nodeA = cluster.addNode('ip-10-0-1-10.eu-west-1.compute.internal');
  const nodeB = cluster.addNode('ip-10-0-2-20.eu-west-1.compute.internal');
  // Orders was given the role of payments, to be quick.
  for (const account of ['payments/api', 'orders/checkout']) {
    const [namespace = '', name = ''] = account.split('/');
    aws.giveRole(namespace, name, 'payments-reader');
  }
  const podIdentity = { usePodIdentity: 'true' };
  stage.applyClass('payments', 'stripe', stripe.classObjects, podIdentity);
  stage.applyClass('payments', 'ledger', ledger.classObjects, podIdentity);
  stage.applyClass('orders', 'stripe', stripe.classObjects, {});
  stage.applyClass('payments-staging', 'stripe', twin.classObjects, {});
  return { stage, aws, nodeA, nodeB, stripe, ledger };
}

function deploy({ stage, aws, nodeA, nodeB, stripe, ledger }: Setting): {
  api: PodRecord;
  gone: PodRecord;
} {
  stage.pass(10);
  const account = { namespace: 'payments', serviceAccount: 'api' };
  const api = stage.start({ ...account, name: 'api-0', classes: ['stripe'] }, nodeA);
  const gone = stage.start({ ...account, name: 'api-1', classes: ['stripe'] }, nodeB);
  const orders = { namespace: 'orders', serviceAccount: 'checkout', name: 'checkout-0' };
  stage.start({ ...orders, classes: ['stripe'] }, nodeB);
  const sync = stage.start({ ...account, name: 'ledger-sync', classes: ['ledger'] }, nodeA);
  stage.innocentPod(sync, 'shares account and role, and mounts another secret', stripe);
  const idle = stage.start({ ...account, name: 'idle', classes: [] }, nodeA);
  stage.innocentPod(idle, 'shares account and role, and mounts nothing');
  const staging = { namespace: 'payments-staging', serviceAccount: 'api', name: 'api-0' };
  const twin = stage.start({ ...staging, classes: ['stripe'] }, nodeB);
  stage.innocentPod(twin, 'equal names of class, account and secret, of staging', stripe);
  stage.innocentPod(twin, 'mounts nothing of the ledger', ledger);
  const report = stage.start({ ...account, name: 'report-0', classes: [] }, nodeB);
  stage.pass(20);
  // An application that mounts nothing asks with keys that the agent gives its pod.
  const from = { address: aws.egressOf(stage.cluster), userAgent: appAgent };
  const holder = stage.cluster.holder(report);
  const keys = aws.sessionOfPod(stage.cluster, report);
  aws.readFor(keys, ledger, from, { holder, why: 'reads the ledger by itself' });
  stage.innocentPod(report, 'shares account and role, and reads another secret', stripe);
  stage.innocent('tove@example.com', 'deployed all of it, which shows no value');
  return { api, gone };
}

/** People ask: one is answered, one is refused, one sees no value. */
function readByHand({ stage, aws, stripe }: Setting): void {
  stage.pass(10);
  aws.read(stripe, mara, 'read it with the command line');
  stage.pass(10);
  aws.readRefused(stripe, rolf);
  stage.innocent(aws.identityOf(rolf), 'asked for it, and IAM refused');
  aws.readMetadata(stripe, lena);
  stage.innocent(aws.identityOf(lena), 'read description and versions, which show no value');
}

/** Somebody in the pod asks the agent for its keys, and carries them out. */
function theft({ stage, aws, stripe }: Setting, robbed: PodRecord): () => void {
  stage.pass(30);
  return aws.steal(stage.cluster, robbed, stripe, thief);
}

/** The rotation function makes a version, tries it and puts it in place; a pod starts meanwhile. */
function rotation({ stage, aws, nodeA, stripe }: Setting): void {
  stage.pass(20);
  let isFirst = true;
  aws.rotateInSteps(stripe, () => {
    stage.world.clock.passMinutes(1);
    if (isFirst) {
      const canary = { namespace: 'payments', serviceAccount: 'api', name: 'canary' };
      stage.start({ ...canary, classes: ['stripe'] }, nodeA);
    }
    isFirst = false;
  });
  stage.pass(10);
}
