import type { SimulatedObject } from './emitter.ts';
import {
  classNames,
  deployerOf,
  type Running,
  syncedSecret,
  type Team,
  workloadPlans,
} from './scenery.ts';
import { forgetPod, keepPolling, repeat, type Stage, together } from './stage.ts';
import { serviceAccountActor } from './world/actors.ts';
import type { Cluster } from './world/cluster.ts';
import { restartContainer } from './world/consumers.ts';
import { fileOf } from './world/csi-provider.ts';
import { forgetSessions, startPod } from './world/driver.ts';
import type { PodRecord } from './world/kinds.ts';
import { applyWorkload, deletePod, rollOut } from './world/pods.ts';
import { watchSecrets } from './world/secret-readers.ts';

/** A team moves in: its classes, then its workloads, and what happens to them from then on. */
export function moveIn(stage: Stage, team: Team): void {
  const { cluster, provider, namespace, objects, secretName } = team;
  const { random } = stage;
  const deployer = deployerOf(namespace);
  const [first, second] = objects as [SimulatedObject, SimulatedObject];
  const parameters = provider.parameters(cluster, namespace);
  const common = { namespace, provider: provider.id, parameters };
  const apply = (name: string, object: SimulatedObject, isSynced = false) =>
    cluster.applyClass(deployer, {
      ...common,
      name,
      objects: object.classObjects,
      ...(isSynced ? { secretObjects: [syncedSecret(secretName, object)] } : {}),
    });
  apply(classNames.first, first);
  apply(classNames.second, second);
  apply(classNames.synced, random.pick(objects), true);
  const [syncedObject] = cluster.class(namespace, classNames.synced).objects;
  const syncedKey = syncedObject === undefined ? '' : fileOf(syncedObject);
  for (const plan of workloadPlans(random, secretName, syncedKey)) {
    const workload = applyWorkload(cluster, deployer, { ...plan, namespace });
    const running: Running = { workload, replicas: plan.replicas, pods: [] };
    team.workloads.push(running);
    together(
      stage,
      Array.from({ length: plan.replicas }, (_, index) => () => {
        startReplica(stage, team, running, index);
      }),
    );
    lead(stage, team, running);
  }
  copyByOperator(stage, team);
}

/** What a workload goes through: rollouts or moves, and containers that die. */
function lead(stage: Stage, team: Team, running: Running): void {
  const { kind, shape } = running.workload;
  const isBystander = running.workload.name === 'idle';
  if (kind === 'StatefulSet') repeat(stage, 22, () => move(stage, team, running));
  else repeat(stage, isBystander ? 60 : 26, () => replaceAll(stage, team, running));
  if (shape === undefined || isBystander) return;
  repeat(stage, 17, () => {
    const pod = stage.random.pick(running.pods);
    if (pod.containers.has('app')) restartContainer(team.cluster, pod, 'app');
  });
}

/** One more pod of the workload, on some node. */
function startReplica(stage: Stage, team: Team, running: Running, index: number): void {
  const { cluster, provider, namespace } = team;
  const { workload } = running;
  const pod = startPod(cluster, provider, {
    namespace,
    serviceAccount: workload.serviceAccount,
    classes: workload.classes,
    node: stage.random.pick(cluster.nodes),
    workload,
    ...(workload.kind === 'StatefulSet' ? { name: `${workload.name}-${index}` } : {}),
  });
  running.pods.push(pod);
  if (workload.name === 'idle') noteIdle(stage, pod);
  if (pod.classes.length > 0) keepPolling(stage, team, pod);
}

function noteIdle(stage: Stage, pod: PodRecord): void {
  const { uid, name, namespace } = pod;
  const why = 'shares the service account, and mounts nothing';
  stage.truth.innocent({ kind: 'pod', id: uid, name, namespace, why });
}

/** A rollout: a new ReplicaSet, its pods, and the old ones go. */
function replaceAll(stage: Stage, team: Team, running: Running): void {
  const { cluster, namespace } = team;
  const old = running.pods;
  running.workload = rollOut(cluster, deployerOf(namespace), running.workload);
  running.pods = [];
  together(
    stage,
    Array.from({ length: running.replicas }, (_, index) => () => {
      startReplica(stage, team, running, index);
    }),
  );
  for (const pod of old) remove(stage, team, pod, 'replicaset-controller');
}

/** A pod of a StatefulSet goes, and one of the same name starts elsewhere. */
function move(stage: Stage, team: Team, running: Running): void {
  const index = stage.random.integer(0, running.pods.length - 1);
  const pod = running.pods[index];
  if (pod === undefined) return;
  remove(stage, team, pod, 'statefulset-controller');
  running.pods = running.pods.filter((one) => one !== pod);
  startReplica(stage, team, running, Number(pod.name.split('-').at(-1)));
}

function remove(stage: Stage, team: Team, pod: PodRecord, controller: string): void {
  const { cluster } = team;
  deletePod(cluster, pod, cluster.controller(controller), {
    graceSeconds: stage.random.integer(1, 8),
  });
  forgetPod(team, pod);
}

/** The cluster's operator copies the first object, where the team has it do so. */
function copyByOperator(stage: Stage, team: Team): void {
  const copier = stage.copiers.get(team.cluster.name);
  const [object] = team.objects;
  if (copier === undefined || object === undefined || stage.random.next() < 0.5) return;
  const copy = { namespace: team.namespace, object, secretName: `${team.namespace}-copy` };
  repeat(stage, 1, copier(deployerOf(team.namespace), copy));
}

/** Somebody of the platform rotates the object, again and again. */
export function keepRotating(stage: Stage, team: Team, object: SimulatedObject): void {
  const by = {
    name: `rotator-${team.namespace}`,
    address: '192.0.2.12',
    userAgent: 'Vault/v1.20.3',
  };
  const why = 'writes versions; who writes one is named with it, not as a holder';
  const id = team.provider.identityOf(by);
  stage.truth.innocent({ kind: 'identity', id, paths: ['provider_read'], why });
  repeat(stage, 40, () => team.provider.rotate(object, by));
}

/** The provider's pod on a node is replaced now and then, at another address, with nothing cached. */
export function keepReplacingProviders(stage: Stage, cluster: Cluster): void {
  repeat(stage, 30, () => {
    const node = stage.random.pick(cluster.nodes);
    cluster.startProvider(node);
    stage.clock.pass(12);
    for (const team of stage.teams.filter((one) => one.cluster === cluster)) {
      const pods = team.workloads.flatMap((running) => running.pods);
      const there = pods.filter((pod) => pod.node === node);
      forgetSessions(cluster, team.provider, there);
    }
  });
}

/** A controller watches all Secrets of the cluster, and renews its watch. */
export function keepWatching(stage: Stage, cluster: Cluster): void {
  const gitops = serviceAccountActor('argocd', 'argocd-application-controller', {
    uid: cluster.accountUid('argocd', 'argocd-application-controller'),
    userAgent: 'argocd-application-controller/v0.0.0 (linux/amd64) kubernetes/$Format',
    address: cluster.podAddress(stage.random.pick(cluster.nodes)),
  });
  let open = watchSecrets(cluster, gitops, {});
  repeat(stage, 2, () => {
    open.close();
    open = watchSecrets(cluster, gitops, {}, open);
  });
}
