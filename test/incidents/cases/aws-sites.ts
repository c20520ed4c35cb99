import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import {
  applyClass,
  awsStage,
  innocentPod,
  ops,
  outside,
  podIdentity,
  poll,
  quiet,
  start,
} from '../aws-setting.ts';
import type { Incident } from '../incident.ts';
import { bodylessStatuses } from '../setting.ts';
import { ordinaryTraffic } from '../traffic.ts';

const twoClusters: Incident = {
  name: 'aws-two-clusters',
  tells: 'two clusters with equal names and one role: their issuers tell whose session it was',
  play: (seed) => {
    const stage = awsStage(seed, { name: 'eks-east', policy: bodylessStatuses });
    const { world, cluster: east, aws, nodeA, stripe, ledger, deployer } = stage;
    const west = world.cluster({ name: 'eks-west', driver: '1.5', policy: bodylessStatuses });
    const nodeC = west.addNode('ip-10-9-1-10.eu-west-1.compute.internal');
    world.objects.delete(ledger.reference);
    ordinaryTraffic(west, 3);
    for (const cluster of [east, west]) {
      const place = { ...stage, cluster };
      applyClass(place, { namespace: 'payments', name: 'stripe', object: stripe });
    }
    const api = { namespace: 'payments', account: 'api', classes: ['stripe'], name: 'api-0' };
    const inEast = start(stage, { ...api, node: nodeA });
    quiet(stage, 2);
    const { account: serviceAccount, ...part } = api;
    const inWest = startPod(west, aws, { ...part, serviceAccount, by: deployer, node: nodeC });
    // An account of the west alone, so that its issuer can be told.
    const worker = { ...part, serviceAccount: 'west-worker', name: 'worker-0', node: nodeC };
    const second = startPod(west, aws, { ...worker, by: deployer });
    quiet(stage, 3);
    ordinaryTraffic(west, 2);
    aws.write(stripe, ops);
    quiet(stage, 2);
    poll(stage, [inEast]);
    pollPod(west, aws, inWest);
    const comeBack = aws.steal(west, inWest, stripe, outside);
    quiet(stage, 3);
    ordinaryTraffic(west, 2);
    deletePod(west, second, deployer);
    quiet(stage, 3);
    comeBack();
    poll(stage, [inEast]);
    quiet(stage, 2);
    ordinaryTraffic(west, 2);
    return world;
  },
};

const withoutTags: Incident = {
  name: 'aws-pod-identity-without-tags',
  tells: 'session tags are switched off: neither pod nor account stands behind a session',
  play: (seed) => {
    const stage = awsStage(seed, { policy: bodylessStatuses });
    const { world, cluster, aws, nodeA, nodeB, stripe, ledger, deployer } = stage;
    aws.leaveTagsOut();
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe }, podIdentity);
    applyClass(stage, { namespace: 'payments', name: 'ledger', object: ledger }, podIdentity);
    const api = { namespace: 'payments', account: 'api', node: nodeA };
    const one = start(stage, { ...api, name: 'api-0', classes: ['stripe'] });
    const other = start(stage, { ...api, name: 'ledger-0', classes: ['ledger'] });
    innocentPod(stage, other, 'mounts another secret', [stripe.reference]);
    innocentPod(stage, one, 'mounts another secret', [ledger.reference]);
    quiet(stage, 3);
    poll(stage, [one, other]);
    aws.write(stripe, ops);
    quiet(stage, 2);
    const two = start(stage, { ...api, name: 'api-1', classes: ['stripe'], node: nodeB });
    quiet(stage, 2);
    poll(stage, [one, two, other]);
    const comeBack = aws.steal(cluster, one, stripe, outside);
    quiet(stage, 3);
    deletePod(cluster, one, deployer);
    quiet(stage, 2);
    comeBack();
    quiet(stage, 2);
    return world;
  },
};

export const awsSiteIncidents: Incident[] = [twoClusters, withoutTags];
