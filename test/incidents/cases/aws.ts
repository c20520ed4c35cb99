import { retryMount } from '../../../src/simulate/world/driver.ts';
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

/** Whoever asks by hand: one is answered, one refused, one sees no value. */
function readersOf({ aws, world, stripe }: AwsStage): void {
  aws.read(stripe, { name: 'mara', address: '192.0.2.72' }, 'read it by hand');
  const refused = { name: 'rolf', address: '192.0.2.73' };
  aws.readRefused(stripe, refused);
  const why = 'IAM refused the read';
  world.truth.innocent({ kind: 'identity', id: aws.identityOf(refused), why });
  const lister = { name: 'lena', address: '192.0.2.74' };
  aws.readMetadata(stripe, lister);
  const shown = 'read the description and the list of versions, which show no value';
  world.truth.innocent({ kind: 'identity', id: aws.identityOf(lister), why: shown });
}

const sharedRole: Incident = {
  name: 'aws-irsa-shared-role',
  tells: 'two accounts have one role; a thief takes it with the token of a pod, outside',
  play: (seed) => {
    const stage = awsStage(seed);
    const { world, cluster, aws, nodeA, nodeB, deployer, stripe, ledger } = stage;
    for (const account of ['api', 'worker']) aws.giveRole('payments', account, 'payments-reader');
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    applyClass(stage, { namespace: 'payments', name: 'ledger', object: ledger });
    const part = { namespace: 'payments', node: nodeA };
    const api = start(stage, { ...part, account: 'api', name: 'api-0', classes: ['stripe'] });
    const twin = start(stage, { ...part, account: 'api', name: 'api-1', classes: ['stripe'] });
    const worker = { ...part, account: 'worker', name: 'worker-0', classes: ['ledger'] };
    const ledgerPod = start(stage, worker);
    innocentPod(stage, ledgerPod, 'shares the role, and mounts another secret', [stripe.reference]);
    const idle = { ...part, account: 'api', name: 'idle-0', classes: [], node: nodeB };
    innocentPod(stage, start(stage, idle), 'shares account and role, and mounts nothing');
    quiet(stage, 3);
    poll(stage, [api, twin, ledgerPod]);
    readersOf(stage);
    aws.write(stripe, ops);
    world.clock.passMinutes(2);
    poll(stage, [api, ledgerPod]);
    const comeBack = aws.steal(cluster, api, stripe, outside);
    quiet(stage, 4);
    deletePod(cluster, twin, deployer);
    quiet(stage, 3);
    comeBack();
    poll(stage, [api, ledgerPod]);
    quiet(stage, 3);
    return world;
  },
};

/** Two pods of one account, a rotation that only one of them polls after, an end. */
function playTwoPods(stage: AwsStage, parameters: Record<string, string>): PodRecord {
  const { world, cluster, nodeA, nodeB, deployer, stripe, aws } = stage;
  applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe }, parameters);
  const pod = { namespace: 'payments', account: 'api', classes: ['stripe'] };
  const idle = { ...pod, name: 'idle', classes: [], node: nodeA };
  innocentPod(stage, start(stage, idle), 'shares account and role, and mounts nothing');
  const one = start(stage, { ...pod, name: 'one', node: nodeA });
  quiet(stage, 3);
  const two = start(stage, { ...pod, name: 'two', node: nodeB });
  quiet(stage, 3);
  aws.write(stripe, ops);
  world.clock.passMinutes(2);
  poll(stage, [one]);
  quiet(stage, 3);
  deletePod(cluster, two, deployer);
  quiet(stage, 4);
  return one;
}

const bodylessIrsa: Incident = {
  name: 'aws-irsa-status-metadata',
  tells: 'mount statuses are logged by name only: versions come of what KMS opened for the role',
  play: (seed) => {
    const stage = awsStage(seed, { policy: bodylessStatuses, driver: '1.5' });
    playTwoPods(stage, {});
    return stage.world;
  },
};

const bodylessPodIdentity: Incident = {
  name: 'aws-pod-identity-status-metadata',
  tells: 'Pod Identity names the pod of each read; its keys are carried outside',
  play: (seed) => {
    const stage = awsStage(seed, { ...named, policy: bodylessStatuses, driver: '1.6' });
    const one = playTwoPods(stage, podIdentity);
    const comeBack = stage.aws.steal(stage.cluster, one, stage.stripe, outside);
    quiet(stage, 4);
    poll(stage, [one]);
    comeBack();
    quiet(stage, 3);
    return stage.world;
  },
};

const stolenSession: Incident = {
  name: 'aws-stolen-session',
  tells: 'keys of a mount are used outside while the pod goes on with others of its role',
  play: (seed) => {
    const stage = awsStage(seed);
    const { world, cluster, aws, nodeA, stripe } = stage;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const pod = { namespace: 'payments', account: 'api', classes: ['stripe'], node: nodeA };
    const api = start(stage, { ...pod, name: 'api-0' });
    quiet(stage, 3);
    const identity = aws.sessionOfMount(api);
    poll(stage, [api]);
    aws.readAs(identity, stripe, outside, 'keys of a mount, used outside');
    quiet(stage, 3);
    aws.write(stripe, ops);
    quiet(stage, 2);
    aws.readAs(identity, stripe, outside, 'keys of a mount, used outside');
    poll(stage, [api]);
    // With the keys another role is taken, in whose name the value is read once more.
    const admin = aws.tokens.role('break-glass');
    const chained = aws.tokens.assumeRole(identity, admin, outside, 'support');
    aws.readAs(chained, stripe, outside, 'a role that was taken with stolen keys');
    quiet(stage, 3);
    deletePod(cluster, api, stage.deployer);
    quiet(stage, 3);
    return world;
  },
};

const nodeRole: Incident = {
  name: 'aws-node-role',
  tells: 'a pod without a role of its own reads with that of its node, and so does a stranger',
  play: (seed) => {
    const stage = awsStage(seed);
    const { world, aws, nodeA, nodeB, stripe } = stage;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const pod = { namespace: 'payments', account: 'api', classes: ['stripe'], node: nodeA };
    const api = start(stage, { ...pod, name: 'api-0' });
    const other = { namespace: 'web', account: 'web', name: 'web-0', classes: [], node: nodeB };
    innocentPod(stage, start(stage, other), 'runs on the node whose role reads, among others');
    quiet(stage, 3);
    const from = { address: aws.egressOf(stage.cluster), userAgent: 'aws-cli/2.31.3' };
    const session = aws.tokens.node(nodeB);
    aws.readAs(session, stripe, from, 'read with the role of the node');
    quiet(stage, 3);
    poll(stage, [api]);
    aws.readAs(session, stripe, outside, 'the keys of a node, used outside');
    quiet(stage, 3);
    return world;
  },
};

const denied: Incident = {
  name: 'aws-denied-mount',
  tells: 'a role may not read the secret its class names: the pod waits, and holds nothing',
  play: (seed) => {
    const stage = awsStage(seed);
    const { world, cluster, aws, nodeA, nodeB, stripe, deployer } = stage;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const account = { namespace: 'payments', serviceAccount: 'probe', identity: 'payments' };
    aws.refuse(account, stripe);
    const probe = { namespace: 'payments', account: 'probe', classes: ['stripe'], node: nodeA };
    const refused = start(stage, { ...probe, name: 'probe-0' });
    innocentPod(stage, refused, 'its role may not read the secret');
    const api = { namespace: 'payments', account: 'api', classes: ['stripe'], node: nodeB };
    const held = start(stage, { ...api, name: 'api-0' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.clock.pass(20);
      retryMount(cluster, aws, refused);
    }
    readersOf(stage);
    deletePod(cluster, refused, deployer);
    quiet(stage, 3);
    poll(stage, [held]);
    quiet(stage, 3);
    return world;
  },
};

const rotation: Incident = {
  name: 'aws-rotation-stages',
  tells: "a pending version is nobody's until AWSCURRENT moves; a rollback moves it back",
  play: (seed) => {
    const stage = awsStage(seed, {
      policy: bodylessStatuses,
      driver: seed % 2 === 0 ? '1.5' : '1.6',
    });
    const { world, aws, nodeA, nodeB, stripe } = stage;
    applyClass(stage, { namespace: 'payments', name: 'stripe', object: stripe });
    const pod = { namespace: 'payments', account: 'api', classes: ['stripe'] };
    const one = start(stage, { ...pod, name: 'one', node: nodeA });
    quiet(stage, 3);
    let during: PodRecord | undefined;
    aws.rotateInSteps(stripe, () => {
      quiet(stage, 1);
      // Started while the new version waits for its stage.
      during ??= start(stage, { ...pod, name: 'during', node: nodeB });
      quiet(stage, 1);
    });
    if (during === undefined) throw new Error('nothing started during the rotation');
    quiet(stage, 2);
    poll(stage, [one, during]);
    quiet(stage, 3);
    const [, before = ''] = aws.secrets.versions(stripe.path);
    const from = { address: ops.address, userAgent: 'aws-cli/2.31.3' };
    aws.secrets.promote(stripe.path, before, aws.tokens.user(ops.name), from);
    quiet(stage, 2);
    poll(stage, [one, during]);
    quiet(stage, 3);
    return world;
  },
};

const withoutKeys: Incident = {
  name: 'aws-trail-without-kms',
  tells: 'the trail leaves KMS out: versions are those that were current, by tokens and stages',
  play: (seed) => {
    const policy = { policy: bodylessStatuses, driver: '1.6' as const };
    const stage = awsStage(seed, policy, { withoutKeys: true });
    const { aws, stripe } = stage;
    aws.write(stripe, ops);
    quiet(stage, 3);
    playTwoPods(stage, {});
    return stage.world;
  },
};

const noTrail: Incident = {
  name: 'aws-no-trail',
  tells: 'no trail was collected: the mount statuses state versions of a secret known by name',
  play: (seed) => {
    const stage = awsStage(seed, { driver: '1.5' });
    playTwoPods(stage, {});
    stage.world.missing.add('cloudtrail');
    stage.world.truth.versions.length = 0;
    stage.world.truth.rename(stage.stripe.reference, `aws:${stage.stripe.path}`);
    stage.world.objects.clear();
    stage.world.objects.add(`aws:${stage.stripe.path}`);
    return stage.world;
  },
};

export const awsIncidents: Incident[] = [
  sharedRole,
  bodylessIrsa,
  bodylessPodIdentity,
  stolenSession,
  nodeRole,
  denied,
  rotation,
  withoutKeys,
  noTrail,
];
