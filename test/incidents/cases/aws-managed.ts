import { managedPolicy } from '../../../src/simulate/world/api-request.ts';
import type { PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import {
  type AwsStage,
  applyClass,
  awsStage,
  innocentPod,
  named,
  ops,
  outside,
  podIdentity,
  poll,
  quiet,
  start,
} from '../aws-setting.ts';
import type { Incident } from '../incident.ts';
import { bodylessStatuses } from '../setting.ts';
import { takeSnapshot } from '../snapshot.ts';

/** EKS logs no body of the driver's objects: a snapshot tells the classes. */
function playManaged(seed: number, parameters: Record<string, string>): AwsStage {
  const driver = seed % 2 === 0 ? '1.5' : '1.6';
  const name = parameters === podIdentity ? named : {};
  const stage = awsStage(seed, { ...name, policy: managedPolicy, driver });
  const { world, cluster, aws, nodeA, nodeB, deployer, stripe, ledger } = stage;
  const createdAt = world.clock.now;
  for (const account of ['api', 'worker']) aws.giveRole('payments', account, 'payments-reader');
  applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe }, parameters);
  applyClass(stage, { namespace: 'payments', name: 'ledger', object: ledger }, parameters);
  const api = { namespace: 'payments', account: 'api', classes: ['stripe'] };
  const one = start(stage, { ...api, name: 'api-0', node: nodeA });
  const worker = { ...api, account: 'worker', classes: ['ledger'], name: 'worker-0' };
  const ledgerPod = start(stage, { ...worker, node: nodeA });
  innocentPod(stage, ledgerPod, 'shares the role, and mounts another secret', [stripe.reference]);
  innocentPod(stage, one, 'shares the role, and mounts another secret', [ledger.reference]);
  const idle = { ...api, classes: [], name: 'idle', node: nodeB };
  innocentPod(stage, start(stage, idle), 'shares account and role, and mounts nothing');
  quiet(stage, 3);
  aws.write(stripe, ops);
  quiet(stage, 2);
  const two = start(stage, { ...api, name: 'api-1', node: nodeB });
  quiet(stage, 2);
  poll(stage, [one, two, ledgerPod]);
  quiet(stage, 3);
  aws.write(stripe, ops);
  quiet(stage, 2);
  poll(stage, [two]);
  deletePod(cluster, one, deployer);
  quiet(stage, 3);
  poll(stage, [two, ledgerPod]);
  quiet(stage, 3);
  takeSnapshot(world, cluster, createdAt);
  return stage;
}

const managedIrsa: Incident = {
  name: 'aws-irsa-managed',
  tells: 'EKS logs no body of the driver: classes from a snapshot, versions from the trail',
  play: (seed) => playManaged(seed, {}).world,
};

const managedPodIdentity: Incident = {
  name: 'aws-pod-identity-managed',
  tells: 'the same with Pod Identity, whose tags name the pod of each read',
  play: (seed) => playManaged(seed, podIdentity).world,
};

const appAgent = 'Boto3/1.40.18 md/Botocore#1.40.18 ua/2.1 os/linux lang/python#3.13.1';

const ownReads: Incident = {
  name: 'aws-pods-read-themselves',
  tells: 'applications read with sessions of their own: with tags it is the pod, else its role',
  play: (seed) => {
    const stage = awsStage(seed, named);
    const { world, cluster, aws, nodeA, nodeB, stripe, ledger } = stage;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const from = { address: aws.egressOf(cluster), userAgent: appAgent };
    const api = { namespace: 'payments', account: 'api', node: nodeA };
    const mounting = start(stage, { ...api, name: 'api-0', classes: ['stripe'] });
    const tagged = { ...api, account: 'batch', node: nodeB, classes: [] };
    const reader = start(stage, { ...tagged, name: 'batch-0' });
    const sibling = start(stage, { ...tagged, name: 'batch-1' });
    innocentPod(stage, sibling, 'shares account and role with a pod that reads, and reads nothing');
    quiet(stage, 3);
    const own = aws.sessionOfPod(cluster, reader);
    const note = { holder: cluster.holder(reader), why: 'reads by itself' };
    aws.readFor(own, ledger, from, note);
    const sessionName = 'botocore-session-1772438500';
    const login = { address: from.address, userAgent: appAgent };
    const session = aws.tokens.withWebIdentity(cluster, mounting, aws.roleOf(mounting), login, {
      sessionName,
    });
    aws.readAs(session, ledger, from, 'the application of api-0 reads by itself');
    innocentPod(stage, mounting, 'mounts another secret', [ledger.reference]);
    quiet(stage, 3);
    poll(stage, [mounting]);
    aws.readFor(own, ledger, from, note);
    quiet(stage, 3);
    return world;
  },
};

const startedTogether: Incident = {
  name: 'aws-irsa-started-together',
  tells: 'three pods of one account mount at once, and no status says what they got',
  play: (seed) => {
    const stage = awsStage(seed, { policy: bodylessStatuses });
    const { world, aws, nodeA, nodeB, stripe, deployer, cluster } = stage;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const api = { namespace: 'payments', account: 'api', classes: ['stripe'] };
    const pods: PodRecord[] = [];
    const starts = ['api-0', 'api-1', 'api-2'].map((name, index) => () => {
      pods.push(start(stage, { ...api, name, node: index === 1 ? nodeB : nodeA }));
    });
    sideBySide(stage, starts);
    quiet(stage, 4);
    aws.write(stripe, ops);
    quiet(stage, 2);
    sideBySide(
      stage,
      pods.slice(0, 2).map((pod) => () => poll(stage, [pod])),
    );
    const comeBack = aws.steal(cluster, pods[0] as PodRecord, stripe, outside);
    quiet(stage, 3);
    deletePod(cluster, pods[2] as PodRecord, deployer);
    quiet(stage, 2);
    comeBack();
    quiet(stage, 3);
    world.objects.delete(stage.ledger.reference);
    return world;
  },
};

/** Acts that begin a third of a second after one another, whatever each of them takes. */
function sideBySide({ world: { clock } }: AwsStage, acts: readonly (() => void)[]): void {
  const begin = clock.now;
  let end = begin;
  for (const [index, act] of acts.entries()) {
    clock.now = begin + index * 330_000;
    act();
    end = Math.max(end, clock.now);
  }
  clock.now = end;
}

export const managedAwsIncidents: Incident[] = [
  managedIrsa,
  managedPodIdentity,
  ownReads,
  startedTogether,
];
