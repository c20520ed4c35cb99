import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import { humanActor } from '../../../src/simulate/world/actors.ts';
import { type Actor, managedPolicy } from '../../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../../src/simulate/world/cluster.ts';
import { pollPod, retryMount, startPod } from '../../../src/simulate/world/driver.ts';
import type { ClassObject, ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { GcpProvider } from '../../../src/sources/gcp_audit/emit/gcp-provider.ts';
import type { Incident } from '../incident.ts';
import { bodylessStatuses } from '../setting.ts';
import { takeSnapshot } from '../snapshot.ts';
import { ordinaryTraffic } from '../traffic.ts';
import { World } from '../world.ts';

const ops = { name: 'olivia@example.com', address: '192.0.2.71' };
const outside = { address: '198.51.100.66' };

interface GcpStage {
  world: World;
  cluster: Cluster;
  gcp: GcpProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  deployer: Actor;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** A GKE cluster and a project with two secrets of `payments`, each with two versions. */
function gcpStage(
  seed: number,
  options: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> = {},
  part: { withoutReads?: boolean } = {},
): GcpStage {
  const world = new World(seed);
  // Without a name: nothing that Google logs would tell of one that is missing.
  const cluster = world.cluster({ driver: '1.6', ...options });
  const gcp = world.gcp(part);
  const nodeA = cluster.addNode('gke-pool-0');
  const nodeB = cluster.addNode('gke-pool-1');
  const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
  const stripe = gcp.makeObject('payments', 'stripe', 2);
  const ledger = gcp.makeObject('payments', 'ledger', 2);
  world.objects.add(stripe.reference);
  world.objects.add(ledger.reference);
  ordinaryTraffic(cluster, 3);
  return { world, cluster, gcp, nodeA, nodeB, deployer, stripe, ledger };
}

function applyClass(
  { cluster, deployer, gcp }: GcpStage,
  part: { namespace: string; name: string; objects: ClassObject[] },
): void {
  const parameters = { auth: 'pod-adc' };
  cluster.applyClass(deployer, { ...part, provider: gcp.id, parameters });
}

function start(
  stage: GcpStage,
  part: { namespace: string; account: string; name: string; classes: string[]; node: ClusterNode },
): PodRecord {
  const { account: serviceAccount, ...rest } = part;
  return startPod(stage.cluster, stage.gcp, { ...rest, serviceAccount, by: stage.deployer });
}

function quiet(stage: GcpStage, minutes: number): void {
  stage.world.clock.passMinutes(minutes);
  ordinaryTraffic(stage.cluster, 2);
}

function poll({ cluster, gcp }: GcpStage, pods: readonly PodRecord[]): void {
  for (const pod of pods) pollPod(cluster, gcp, pod);
}

function innocentPod({ world }: GcpStage, pod: PodRecord, why: string, objects?: string[]): void {
  const { uid: id, name, namespace } = pod;
  const part = objects === undefined ? {} : { objects };
  world.truth.innocent({ kind: 'pod', id, name, namespace, why, ...part });
}

/** Whoever asks by hand: one is answered, one refused, one sees no value. */
function readersOf({ gcp, world, stripe }: GcpStage): void {
  gcp.read(stripe, { name: 'mara@example.com', address: '192.0.2.72' }, 'read it by hand');
  const refused = { name: 'rolf@example.com', address: '192.0.2.73' };
  gcp.readRefused(stripe, refused);
  const why = 'IAM refused the read';
  world.truth.innocent({ kind: 'identity', id: refused.name, why });
  const lister = { name: 'lena@example.com', address: '192.0.2.74' };
  gcp.readMetadata(stripe, lister);
  const shown = 'read the list of versions, which shows no value';
  world.truth.innocent({ kind: 'identity', id: lister.name, why: shown });
}

/** Pods of two accounts, a rotation, a theft, an end. */
function playShared(stage: GcpStage): GcpStage {
  const { world, cluster, gcp, nodeA, nodeB, deployer, stripe, ledger } = stage;
  applyClass(stage, { namespace: 'payments', name: 'stripe', objects: stripe.classObjects });
  applyClass(stage, { namespace: 'payments', name: 'ledger', objects: ledger.classObjects });
  const payments = { namespace: 'payments', account: 'api', node: nodeA };
  const api = start(stage, { ...payments, name: 'api-0', classes: ['stripe'] });
  const twin = start(stage, { ...payments, name: 'api-1', classes: ['stripe'], node: nodeB });
  const worker = { ...payments, account: 'worker', name: 'worker-0', classes: ['ledger'] };
  const ledgerPod = start(stage, worker);
  innocentPod(stage, ledgerPod, 'shares the namespace, mounts another secret', [stripe.reference]);
  const idle = { ...payments, name: 'idle-0', classes: [] };
  innocentPod(stage, start(stage, idle), 'shares the account, and mounts nothing');
  quiet(stage, 3);
  poll(stage, [api, twin, ledgerPod]);
  readersOf(stage);
  quiet(stage, 1);
  gcp.rotate(stripe, ops);
  world.clock.passMinutes(2);
  gcp.read(stripe, { name: 'mara@example.com', address: '192.0.2.72' }, 'read it by hand');
  poll(stage, [api, ledgerPod]);
  const comeBack = gcp.steal(cluster, api, stripe, outside);
  quiet(stage, 4);
  deletePod(cluster, twin, deployer);
  quiet(stage, 3);
  comeBack();
  poll(stage, [api, ledgerPod]);
  quiet(stage, 3);
  return stage;
}

const principalSubject: Incident = {
  name: 'gcp-principal-subject',
  tells: 'accounts of the cluster read as themselves; a thief does with the token of one',
  play: (seed) => playShared(gcpStage(seed)).world,
};

const legacySubject: Incident = {
  name: 'gcp-legacy-subject',
  tells: 'the same, where the log calls the accounts by the older form',
  play: (seed) => {
    const stage = gcpStage(seed, { driver: '1.5' });
    stage.gcp.readsAs('payments', 'legacy');
    return playShared(stage).world;
  },
};

const delegated: Incident = {
  name: 'gcp-delegated',
  tells: 'the accounts read as one of Google that was given to them, and the log says for whom',
  play: (seed) => {
    const stage = gcpStage(seed);
    stage.gcp.readsAs('payments', 'delegated');
    return playShared(stage).world;
  },
};

const undelegated: Incident = {
  name: 'gcp-undelegated',
  tells: 'the same, where the log does not say for whom: no pod is named for a read elsewhere',
  play: (seed) => {
    const stage = gcpStage(seed);
    stage.gcp.readsAs('payments', 'undelegated');
    return playShared(stage).world;
  },
};

/** Two pods, one before and one after a rotation, where statuses say nothing. */
function playBodyless(stage: GcpStage): GcpStage {
  const { world, cluster, gcp, nodeA, nodeB, deployer, stripe, ledger } = stage;
  world.objects.delete(ledger.reference);
  const createdAt = world.clock.now;
  gcp.rotate(stripe, ops);
  quiet(stage, 3);
  applyClass(stage, { namespace: 'payments', name: 'stripe', objects: stripe.classObjects });
  const pinned = [gcp.entry(stripe.path, '1')];
  applyClass(stage, { namespace: 'payments', name: 'pinned', objects: pinned });
  const part = { namespace: 'payments', account: 'api', classes: ['stripe'] };
  const one = start(stage, { ...part, name: 'one', node: nodeA });
  const old = start(stage, { ...part, classes: ['pinned'], name: 'old', node: nodeB });
  const idle = { ...part, name: 'idle', classes: [], node: nodeB };
  innocentPod(stage, start(stage, idle), 'shares the account, and mounts nothing');
  quiet(stage, 3);
  gcp.rotate(stripe, ops);
  world.clock.passMinutes(2);
  const two = start(stage, { ...part, name: 'two', node: nodeB });
  quiet(stage, 3);
  poll(stage, [one, old, two]);
  quiet(stage, 3);
  deletePod(cluster, two, deployer);
  quiet(stage, 4);
  takeSnapshot(world, cluster, createdAt);
  return stage;
}

const bodyless: Incident = {
  name: 'gcp-status-metadata',
  tells: 'mount statuses are logged by name only: `latest` is what was added last by then',
  play: (seed) => playBodyless(gcpStage(seed, { policy: bodylessStatuses })).world,
};

const managed: Incident = {
  name: 'gcp-managed',
  tells: 'GKE logs no body of the driver: classes from a snapshot, versions as of the mount',
  play: (seed) => {
    const stage = gcpStage(seed, { policy: managedPolicy });
    stage.gcp.readsAs('payments', 'delegated');
    return playBodyless(stage).world;
  },
};

const noReads: Incident = {
  name: 'gcp-no-data-access',
  tells: 'data access is not logged, as is usual: statuses and additions tell all the same',
  play: (seed) => {
    const stage = gcpStage(seed, {}, { withoutReads: true });
    return playBodyless(stage).world;
  },
};

const hiddenAddress: Incident = {
  name: 'gcp-hidden-address',
  tells: 'the log has a word for where the cluster calls from; a stranger has an address',
  play: (seed) => {
    const stage = gcpStage(seed);
    stage.gcp.hideAddress(stage.cluster, seed % 2 === 0 ? 'private' : 'gce-internal-ip');
    return playShared(stage).world;
  },
};

const denied: Incident = {
  name: 'gcp-denied-mount',
  tells: 'an account may not read one of the two secrets of its class: the pod gets neither',
  play: (seed) => {
    const stage = gcpStage(seed);
    const { world, cluster, gcp, nodeA, nodeB, stripe, ledger, deployer } = stage;
    const objects = [...ledger.classObjects, ...stripe.classObjects];
    applyClass(stage, { namespace: 'payments', name: 'both', objects });
    const identity = 'payments';
    gcp.refuse({ namespace: 'payments', serviceAccount: 'probe', identity }, stripe);
    gcp.refuse({ namespace: 'payments', serviceAccount: 'probe', identity }, ledger);
    const probe = { namespace: 'payments', account: 'probe', classes: ['both'], node: nodeA };
    const refused = start(stage, { ...probe, name: 'probe-0' });
    innocentPod(stage, refused, 'its account may not read them');
    const api = { namespace: 'payments', account: 'api', classes: ['both'], node: nodeB };
    const held = start(stage, { ...api, name: 'api-0' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.clock.pass(20);
      retryMount(cluster, gcp, refused);
    }
    deletePod(cluster, refused, deployer);
    quiet(stage, 3);
    gcp.rotate(ledger, ops);
    quiet(stage, 2);
    gcp.secrets.disable(ledger.path, '2', { email: ops.name }, { ...outside, userAgent: 'gcloud' });
    poll(stage, [held]);
    quiet(stage, 3);
    return world;
  },
};

export const gcpIncidents: Incident[] = [
  principalSubject,
  legacySubject,
  delegated,
  undelegated,
  bodyless,
  managed,
  noReads,
  hiddenAddress,
  denied,
];
