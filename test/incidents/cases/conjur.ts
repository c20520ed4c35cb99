import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import { humanActor } from '../../../src/simulate/world/actors.ts';
import { type Actor, managedPolicy } from '../../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../../src/simulate/world/cluster.ts';
import { pollPod, retryMount, startPod } from '../../../src/simulate/world/driver.ts';
import type { ClusterNode, PodRecord, SecretObject } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { ConjurProvider } from '../../../src/sources/conjur/emit/conjur-provider.ts';
import type { Incident } from '../incident.ts';
import { takeSnapshot } from '../snapshot.ts';
import { ordinaryTraffic } from '../traffic.ts';
import { World } from '../world.ts';

const ops = { name: 'olivia', address: '192.0.2.71' };
const mara = { name: 'mara', address: '192.0.2.72' };
const outside = { address: '198.51.100.66' };

interface ConjurStage {
  world: World;
  cluster: Cluster;
  conjur: ConjurProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  deployer: Actor;
  /** The log holds its making. */
  stripe: SimulatedObject;
  /** It was there before the log began. */
  ledger: SimulatedObject;
}

/** A cluster and a Conjur with two variables of `payments`, each with two versions. */
function conjurStage(
  seed: number,
  options: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> = {},
): ConjurStage {
  const world = new World(seed);
  const cluster = world.cluster({ driver: '1.6', ...options });
  const conjur = world.conjur();
  const nodeA = cluster.addNode('node-a');
  const nodeB = cluster.addNode('node-b');
  const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
  const stripe = conjur.declareObject('payments', 'stripe', 2);
  const ledger = conjur.seedObject('payments', 'ledger', 2);
  world.objects.add(stripe.reference);
  world.objects.add(ledger.reference);
  ordinaryTraffic(cluster, 3);
  return { world, cluster, conjur, nodeA, nodeB, deployer, stripe, ledger };
}

function applyClass(
  { cluster, deployer, conjur }: ConjurStage,
  name: string,
  objects: readonly SimulatedObject[],
  part: { namespace?: string; secretObjects?: SecretObject[] } = {},
): void {
  const { namespace = 'payments', ...rest } = part;
  cluster.applyClass(deployer, {
    namespace,
    name,
    provider: conjur.id,
    parameters: conjur.parameters(cluster, namespace),
    objects: objects.flatMap(({ classObjects }) => classObjects),
    ...rest,
  });
}

function start(
  stage: ConjurStage,
  part: { account: string; name: string; classes: string[]; node: ClusterNode },
): PodRecord {
  const { account: serviceAccount, ...rest } = part;
  const pod = { namespace: 'payments', ...rest, serviceAccount, by: stage.deployer };
  return startPod(stage.cluster, stage.conjur, pod);
}

function quiet({ world, cluster }: ConjurStage, minutes: number): void {
  world.clock.passMinutes(minutes);
  ordinaryTraffic(cluster, 2);
}

function poll({ cluster, conjur }: ConjurStage, pods: readonly PodRecord[]): void {
  for (const pod of pods) pollPod(cluster, conjur, pod);
}

function innocentPod({ world }: ConjurStage, pod: PodRecord, why: string, objects?: string[]) {
  const { uid: id, name, namespace } = pod;
  const part = objects === undefined ? {} : { objects };
  world.truth.innocent({ kind: 'pod', id, name, namespace, why, ...part });
}

/** Whoever asks by hand: one is answered, one refused, one sees no value. */
function readersOf({ conjur, world, stripe }: ConjurStage): void {
  conjur.read(stripe, mara, 'read it by hand');
  const refused = { name: 'rolf', address: '192.0.2.73' };
  conjur.readRefused(stripe, refused);
  const why = 'Conjur refused the fetch';
  world.truth.innocent({ kind: 'identity', id: conjur.identityOf(refused), why });
  const asker = { name: 'lena', address: '192.0.2.74' };
  conjur.readMetadata(stripe, asker);
  const shown = 'asked what she may do, which shows no value';
  world.truth.innocent({ kind: 'identity', id: conjur.identityOf(asker), why: shown });
}

/** Pods of two accounts, a new value that no log numbers, a theft, an end. */
function playShared(stage: ConjurStage): ConjurStage {
  const { world, cluster, conjur, nodeA, nodeB, deployer, stripe, ledger } = stage;
  applyClass(stage, 'stripe', [stripe]);
  applyClass(stage, 'ledger', [ledger]);
  const api = start(stage, { account: 'api', name: 'api-0', classes: ['stripe'], node: nodeA });
  const twin = start(stage, { account: 'api', name: 'api-1', classes: ['stripe'], node: nodeB });
  const worker = { account: 'worker', name: 'worker-0', classes: ['ledger'], node: nodeA };
  const other = start(stage, worker);
  innocentPod(stage, other, 'mounts another variable, as the same host', [stripe.reference]);
  const idle = { account: 'api', name: 'idle-0', classes: [], node: nodeA };
  innocentPod(stage, start(stage, idle), 'shares the account, and mounts nothing');
  quiet(stage, 3);
  poll(stage, [api, twin, other]);
  readersOf(stage);
  quiet(stage, 1);
  conjur.rotate(stripe, ops);
  world.clock.passMinutes(2);
  conjur.read(stripe, mara, 'read it by hand');
  poll(stage, [api, other]);
  const comeBack = conjur.steal(cluster, api, stripe, outside);
  quiet(stage, 4);
  deletePod(cluster, twin, deployer);
  quiet(stage, 3);
  comeBack();
  poll(stage, [api, other]);
  quiet(stage, 3);
  return stage;
}

const ownHosts: Incident = {
  name: 'conjur-own-hosts',
  tells:
    'each account is a host; values change without a number, a thief reads with a token of one',
  play: (seed) => {
    const stage = conjurStage(seed);
    stage.conjur.readsAs('payments', 'own');
    return playShared(stage).world;
  },
};

const sharedHost: Incident = {
  name: 'conjur-shared-host',
  tells: 'the class names one host for all accounts: what pods of it mount is told all the same',
  play: (seed) => {
    const stage = conjurStage(seed, { driver: '1.5' });
    stage.conjur.readsAs('payments', 'shared');
    return playShared(stage).world;
  },
};

const namedVersion: Incident = {
  name: 'conjur-named-version',
  tells: 'whoever asks for a version by its number read that one; the mount beside it has none',
  play: (seed) => {
    const stage = conjurStage(seed);
    const { world, conjur, nodeA, stripe, ledger } = stage;
    conjur.readsAs('payments', 'own');
    applyClass(stage, 'both', [stripe, ledger]);
    const api = start(stage, { account: 'api', name: 'api-0', classes: ['both'], node: nodeA });
    quiet(stage, 4);
    const by = { role: 'user:mara', address: mara.address };
    conjur.readAs(by, stripe, 'read an old version by its number', '1');
    conjur.readAs(by, ledger, 'read a version by its number', '2');
    quiet(stage, 2);
    conjur.rotate(stripe, ops);
    quiet(stage, 2);
    poll(stage, [api]);
    conjur.readAs(by, stripe, 'read the new version by its number', '3');
    // The host that the pod reads as, from the same address, by number: the provider never does.
    const host = {
      role: conjur.roleOf(stage.cluster, api),
      address: conjur.egressOf(stage.cluster),
    };
    conjur.readAs(host, stripe, 'read a version by its number, as the provider does not', '2');
    quiet(stage, 3);
    conjur.rewrite(ledger, 'ledger-again', ops);
    conjur.rewrite(ledger, 'ledger-again', ops);
    poll(stage, [api]);
    quiet(stage, 3);
    return world;
  },
};

const synced: Incident = {
  name: 'conjur-synced-secret',
  tells: 'a Secret that the driver makes of a variable changes, and no log says to which version',
  play: (seed) => {
    const stage = conjurStage(seed, { driver: '1.5' });
    const { world, cluster, conjur, nodeA, nodeB, deployer, stripe } = stage;
    conjur.readsAs('payments', 'own');
    const data = [{ objectName: 'stripe.txt', key: 'key' }];
    applyClass(stage, 'synced', [stripe], { secretObjects: [{ secretName: 'stripe-key', data }] });
    const part = { account: 'web', classes: ['synced'] };
    const web = start(stage, { ...part, name: 'web-0', node: nodeA });
    const idle = { account: 'web', name: 'idle-0', classes: [], node: nodeB };
    innocentPod(stage, start(stage, idle), 'shares the account, and mounts nothing');
    quiet(stage, 3);
    conjur.rotate(stripe, ops);
    quiet(stage, 2);
    poll(stage, [web]);
    quiet(stage, 3);
    deletePod(cluster, web, deployer);
    quiet(stage, 3);
    return world;
  },
};

const managed: Incident = {
  name: 'conjur-managed',
  tells: 'no body of the driver is logged: classes from a snapshot, and whose mounts they are',
  play: (seed) => {
    const stage = conjurStage(seed, { policy: managedPolicy });
    const { world, cluster, conjur, nodeA, nodeB, stripe } = stage;
    const createdAt = world.clock.now;
    conjur.readsAs('payments', 'own');
    applyClass(stage, 'stripe', [stripe]);
    const one = start(stage, { account: 'api', name: 'one', classes: ['stripe'], node: nodeA });
    const idle = { account: 'api', name: 'idle', classes: [], node: nodeB };
    innocentPod(stage, start(stage, idle), 'shares the account, and mounts nothing');
    quiet(stage, 3);
    conjur.rotate(stripe, ops);
    quiet(stage, 2);
    poll(stage, [one]);
    conjur.read(stripe, mara, 'read it by hand');
    quiet(stage, 4);
    takeSnapshot(world, cluster, createdAt);
    return world;
  },
};

const noProviderLog: Incident = {
  name: 'conjur-no-provider-log',
  tells: 'without the log of Conjur: statuses tell who mounted, and nothing tells which version',
  play: (seed) => {
    const stage = conjurStage(seed);
    const { world, conjur, nodeA, nodeB, stripe } = stage;
    world.missing.add('conjur');
    conjur.readsAs('payments', 'own');
    // What was really carried is told by nobody.
    const bare = conjur.seedObject('payments', 'webhook', 2);
    world.objects.delete(stripe.reference);
    world.objects.add(bare.reference);
    applyClass(stage, 'bare', [bare]);
    const api = start(stage, { account: 'api', name: 'api-0', classes: ['bare'], node: nodeA });
    const idle = { account: 'api', name: 'idle-0', classes: [], node: nodeB };
    innocentPod(stage, start(stage, idle), 'shares the account, and mounts nothing');
    quiet(stage, 3);
    conjur.rotate(bare, ops);
    quiet(stage, 2);
    poll(stage, [api]);
    quiet(stage, 3);
    return world;
  },
};

const denied: Incident = {
  name: 'conjur-denied-mount',
  tells: 'a host may not fetch one of two variables: the pod gets neither, another account both',
  play: (seed) => {
    const stage = conjurStage(seed);
    const { world, cluster, conjur, nodeA, nodeB, deployer, stripe, ledger } = stage;
    conjur.readsAs('payments', 'own');
    applyClass(stage, 'both', [ledger, stripe]);
    const account = { namespace: 'payments', serviceAccount: 'probe', identity: 'probe' };
    conjur.refuse(account, stripe);
    const probe = { account: 'probe', name: 'probe-0', classes: ['both'], node: nodeA };
    const refused = start(stage, probe);
    innocentPod(stage, refused, 'its host may not fetch one of the two');
    const api = start(stage, { account: 'api', name: 'api-0', classes: ['both'], node: nodeB });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.clock.pass(20);
      retryMount(cluster, conjur, refused);
    }
    deletePod(cluster, refused, deployer);
    quiet(stage, 3);
    conjur.rotate(ledger, ops);
    quiet(stage, 2);
    poll(stage, [api]);
    quiet(stage, 3);
    return world;
  },
};

/** Two clusters with equal names of everything, each with a Conjur of its own account. */
const twoAccounts: Incident = {
  name: 'conjur-two-accounts',
  tells: 'two organisations have a variable of one name: each keeps its holders to itself',
  play: (seed) => {
    const world = new World(seed);
    const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
    const sites = (['shop', 'lab'] as const).map((account) => {
      const cluster = world.cluster({ name: `${account}-prod`, driver: '1.6' });
      const conjur = world.conjur({ account, isOneOfSeveral: true });
      const [nodeA, nodeB] = [cluster.addNode('node-a'), cluster.addNode('node-b')];
      const stripe = conjur.declareObject('payments', 'stripe', account === 'shop' ? 2 : 1);
      const ledger = conjur.seedObject('payments', 'ledger', 1);
      world.objects.add(stripe.reference);
      conjur.readsAs('payments', 'own');
      const stage = { world, cluster, conjur, nodeA, nodeB, deployer, stripe, ledger };
      ordinaryTraffic(cluster, 3);
      applyClass(stage, 'stripe', [stripe]);
      return stage;
    });
    const pods = sites.map((stage) =>
      start(stage, { account: 'api', name: 'api-0', classes: ['stripe'], node: stage.nodeA }),
    );
    for (const [index, pod] of pods.entries()) {
      const other = sites[1 - index]?.stripe.reference ?? '';
      const stage = sites[index] as ConjurStage;
      innocentPod(stage, pod, 'equal names of all, in the other organisation', [other]);
    }
    const [shop, lab] = sites as [ConjurStage, ConjurStage];
    quiet(shop, 3);
    shop.conjur.rotate(shop.stripe, ops);
    lab.conjur.read(lab.stripe, mara, 'read that of the other organisation');
    quiet(lab, 2);
    for (const [index, stage] of sites.entries()) poll(stage, pods.slice(index, index + 1));
    readersOf(shop);
    quiet(shop, 3);
    return world;
  },
};

export const conjurIncidents: Incident[] = [
  ownHosts,
  sharedHost,
  namedVersion,
  synced,
  managed,
  noProviderLog,
  denied,
  twoAccounts,
];
