import type { SimulatedObject } from '../../../src/simulate/emitter.ts';
import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { Actor } from '../../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type { ClusterNode, PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { AkeylessProvider } from '../../../src/sources/akeyless/emit/akeyless-provider.ts';
import type { Incident } from '../incident.ts';
import { bodylessStatuses } from '../setting.ts';
import { ordinaryTraffic } from '../traffic.ts';
import { World } from '../world.ts';

const ops = { name: 'olivia', address: '192.0.2.71' };
const mara = { name: 'mara', address: '192.0.2.72' };
const outside = { address: '198.51.100.66' };

interface AkeylessStage {
  world: World;
  cluster: Cluster;
  akeyless: AkeylessProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  deployer: Actor;
  stripe: SimulatedObject;
  /** An item of the same name in another folder. */
  staging: SimulatedObject;
}

/** A cluster and an account with two items called `stripe`, in two folders, each with two versions. */
function akeylessStage(
  seed: number,
  options: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> = {},
  part: Parameters<World['akeyless']>[0] = {},
): AkeylessStage {
  const world = new World(seed);
  const cluster = world.cluster({ driver: '1.6', ...options });
  const akeyless = world.akeyless(part);
  const nodeA = cluster.addNode('node-a');
  const nodeB = cluster.addNode('node-b');
  const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
  const stripe = akeyless.makeObject('payments', 'stripe', 2);
  const staging = akeyless.makeObject('payments-staging', 'stripe', 2);
  world.objects.add(stripe.reference);
  world.objects.add(staging.reference);
  ordinaryTraffic(cluster, 3);
  return { world, cluster, akeyless, nodeA, nodeB, deployer, stripe, staging };
}

function applyClass(stage: AkeylessStage, namespace: string, object: SimulatedObject): void {
  const { cluster, deployer, akeyless } = stage;
  cluster.applyClass(deployer, {
    namespace,
    name: 'stripe',
    provider: akeyless.id,
    parameters: akeyless.parameters(cluster, namespace),
    objects: object.classObjects,
  });
}

function start(
  stage: AkeylessStage,
  part: { namespace: string; name: string; node: ClusterNode; classes?: string[] },
): PodRecord {
  const pod = { serviceAccount: 'api', classes: ['stripe'], ...part, by: stage.deployer };
  return startPod(stage.cluster, stage.akeyless, pod);
}

function quiet({ world, cluster }: AkeylessStage, minutes: number): void {
  world.clock.passMinutes(minutes);
  ordinaryTraffic(cluster, 2);
}

function poll({ cluster, akeyless }: AkeylessStage, pods: readonly PodRecord[]): void {
  for (const pod of pods) pollPod(cluster, akeyless, pod);
}

function innocentPod({ world }: AkeylessStage, pod: PodRecord, why: string, objects?: string[]) {
  const { uid: id, name, namespace } = pod;
  const part = objects === undefined ? {} : { objects };
  world.truth.innocent({ kind: 'pod', id, name, namespace, why, ...part });
}

/** Whoever asks by hand: one is answered, one refused, one sees no value. */
function readersOf({ akeyless, world, stripe }: AkeylessStage): void {
  akeyless.read(stripe, mara, 'read it by hand');
  const refused = { name: 'rolf', address: '192.0.2.73' };
  akeyless.readRefused(stripe, refused);
  const why = 'Akeyless refused the read';
  world.truth.innocent({ kind: 'identity', id: akeyless.identityOf(refused), why });
  const looker = { name: 'lena', address: '192.0.2.74' };
  akeyless.readMetadata(stripe, looker);
  const shown = 'read the details of the item, which show no value';
  world.truth.innocent({ kind: 'identity', id: akeyless.identityOf(looker), why: shown });
}

/** Pods of two namespaces mount items of one name, a rotation, a theft, an end. */
function playShared(stage: AkeylessStage): AkeylessStage {
  const { world, cluster, akeyless, nodeA, nodeB, deployer, stripe, staging } = stage;
  applyClass(stage, 'payments', stripe);
  applyClass(stage, 'payments-staging', staging);
  const api = start(stage, { namespace: 'payments', name: 'api-0', node: nodeA });
  const twin = start(stage, { namespace: 'payments', name: 'api-1', node: nodeB });
  const other = start(stage, { namespace: 'payments-staging', name: 'api-0', node: nodeA });
  innocentPod(stage, other, 'equal names of all but the folder', [stripe.reference]);
  for (const pod of [api, twin]) innocentPod(stage, pod, 'the other way', [staging.reference]);
  const idle = start(stage, { namespace: 'payments', name: 'idle-0', node: nodeA, classes: [] });
  innocentPod(stage, idle, 'shares account and access id, and mounts nothing');
  quiet(stage, 3);
  poll(stage, [api, twin, other]);
  readersOf(stage);
  quiet(stage, 1);
  akeyless.rotate(stripe, ops);
  world.clock.passMinutes(2);
  akeyless.read(stripe, mara, 'read it by hand');
  poll(stage, [api, other]);
  const comeBack = akeyless.steal(cluster, api, stripe, outside);
  quiet(stage, 4);
  deletePod(cluster, twin, deployer);
  quiet(stage, 3);
  comeBack();
  poll(stage, [api, other]);
  quiet(stage, 3);
  return stage;
}

const folders: Incident = {
  name: 'akeyless-two-folders',
  tells: 'two items of one name in two folders: statuses state versions, no entry names a pod',
  play: (seed) => playShared(akeylessStage(seed)).world,
};

const sharedAccess: Incident = {
  name: 'akeyless-shared-access',
  tells: 'two namespaces read by one access id: what each mounts is told, and a stranger apart',
  play: (seed) => {
    const stage = akeylessStage(seed, { driver: '1.5' });
    stage.akeyless.shareAccess('payments-staging', 'payments');
    return playShared(stage).world;
  },
};

const numbered: Incident = {
  name: 'akeyless-version-asked-for',
  tells: 'whoever asks for a version by its number read that one, beside a mount of another',
  play: (seed) => {
    const stage = akeylessStage(seed);
    const { world, akeyless, nodeA, nodeB, stripe } = stage;
    applyClass(stage, 'payments', stripe);
    const api = start(stage, { namespace: 'payments', name: 'api-0', node: nodeA });
    quiet(stage, 4);
    const id = akeyless.identityOf(mara);
    const by = { id, type: 'email' as const, address: mara.address, userAgent: 'akeyless-cli/1' };
    akeyless.readAs(by, stripe, 'read an old version by its number', '1');
    quiet(stage, 2);
    akeyless.rotate(stripe, ops);
    quiet(stage, 2);
    poll(stage, [api]);
    akeyless.readAs(by, stripe, 'read the new version by its number', '3');
    start(stage, { namespace: 'payments', name: 'late-0', node: nodeB });
    quiet(stage, 3);
    return world;
  },
};

const constant: Incident = {
  name: 'akeyless-constant-version',
  tells: 'a provider of before reports 0 of every item: who mounted is told, the version is not',
  play: (seed) => playShared(akeylessStage(seed, {}, { stated: 'constant' })).world,
};

const bodyless: Incident = {
  name: 'akeyless-status-metadata',
  tells: 'mount statuses are logged by name only, and the containers say what they gave to whom',
  play: (seed) =>
    playShared(akeylessStage(seed, { policy: bodylessStatuses }, { stated: 'nothing' })).world,
};

export const akeylessIncidents: Incident[] = [folders, sharedAccess, numbered, constant, bodyless];
