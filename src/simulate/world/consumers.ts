import { podBody } from './bodies.ts';
import { secondTime } from './clock.ts';
import type { Cluster } from './cluster.ts';
import type { ContainerShape, Held, KubernetesSecret, PodRecord, VolumeShape } from './kinds.ts';
import { heldIn } from './secret-content.ts';

/** The containers of a pod with a shape of its own start, and read what they refer to. */
export function startContainers(cluster: Cluster, pod: PodRecord): void {
  if (pod.shape === null || pod.containers.size > 0) return;
  fetchSecrets(cluster, pod);
  for (const container of pod.shape.containers) {
    const environment = readEnvironment(cluster, pod, container);
    const { now: startedAt } = cluster.clock;
    const id = cluster.random.hex(64);
    pod.containers.set(container.name, { id, restarts: 0, startedAt, environment });
    occupyEnvironment(cluster, pod, container.name, pod.createdAt);
    for (const { volume, subPath } of container.mounts ?? []) {
      const held = readVolume(cluster, pod, volume);
      if (subPath !== undefined) pod.frozen.set(`${container.name}/${volume}`, held);
      occupyVolume(cluster, pod, { container: container.name, volume }, held, pod.createdAt);
    }
  }
}

/** A container dies and starts again: its environment is read anew, which only this shows. */
export function restartContainer(cluster: Cluster, pod: PodRecord, name: string): void {
  const shape = pod.shape?.containers.find((one) => one.name === name);
  const state = pod.containers.get(name);
  if (shape === undefined || state === undefined) throw new Error(`no container ${name}`);
  const finishedAt = cluster.clock.now;
  cluster.clock.pass(0.6);
  pod.containers.set(name, {
    id: cluster.random.hex(64),
    restarts: state.restarts + 1,
    startedAt: cluster.clock.now,
    environment: readEnvironment(cluster, pod, shape),
  });
  occupyEnvironment(cluster, pod, name, cluster.clock.now);
  cluster.clock.pass(0.2);
  const terminated = {
    containerID: `containerd://${state.id}`,
    exitCode: 137,
    finishedAt: secondTime(finishedAt),
    reason: 'Error',
    startedAt: secondTime(state.startedAt),
  };
  reportContainers(cluster, pod, { name, lastState: { terminated } });
}

/** The kubelet's patch of `pods/status` with every container's state. */
function reportContainers(
  cluster: Cluster,
  pod: PodRecord,
  restarted: { name: string; lastState: unknown },
): void {
  const owner = pod.workload?.podOwner ?? null;
  const state = { isBound: true, phase: 'Running', isRunning: true };
  const stored = podBody(pod, owner, state) as { status: { containerStatuses: object[] } };
  const containerStatuses = stored.status.containerStatuses.map((one) =>
    (one as { name: string }).name === restarted.name
      ? { ...one, lastState: restarted.lastState }
      : one,
  );
  cluster.request({
    actor: cluster.kubelet(pod.node),
    verb: 'patch',
    resource: 'pods',
    subresource: 'status',
    namespace: pod.namespace,
    name: pod.name,
    requestObject: { metadata: { uid: pod.uid }, status: { containerStatuses } },
    responseObject: { ...stored, status: { ...stored.status, containerStatuses } },
  });
}

/** A Secret was written: volumes follow it, environments and subPaths never do. */
export function followSecret(cluster: Cluster, secret: KubernetesSecret, at: number): void {
  for (const pod of cluster.pods) {
    if (pod.deleted || pod.namespace !== secret.namespace || pod.containers.size === 0) continue;
    for (const container of pod.shape?.containers ?? []) {
      for (const { volume, subPath } of container.mounts ?? []) {
        const names = volumeShape(pod, volume)?.secrets?.map((one) => one.secret) ?? [];
        if (subPath !== undefined || !names.includes(secret.name)) continue;
        const held = readVolume(cluster, pod, volume);
        occupyVolume(cluster, pod, { container: container.name, volume }, held, at);
      }
    }
  }
}

/** What the pod can show, and in which of its containers. */
export function visibleIn(
  cluster: Cluster,
  pod: PodRecord,
): { held: Held; containers: Set<string> }[] {
  const found = new Map<string, { held: Held; containers: Set<string> }>();
  const add = (held: Held, container: string) => {
    const key = `${held.object} ${held.version}`;
    const known = found.get(key) ?? { held, containers: new Set() };
    known.containers.add(container);
    found.set(key, known);
  };
  const containers = pod.shape?.containers ?? [{ name: 'app', classes: pod.classes }];
  for (const container of containers) {
    const { name, classes = [] } = container;
    for (const mount of pod.mounts) {
      if (!classes.includes(mount.class.name)) continue;
      for (const held of mount.held.values()) add(held, name);
    }
    for (const held of pod.containers.get(name)?.environment ?? []) add(held, name);
    for (const { volume } of 'mounts' in container ? (container.mounts ?? []) : []) {
      const frozen = pod.frozen.get(`${name}/${volume}`);
      for (const held of frozen ?? readVolume(cluster, pod, volume)) add(held, name);
    }
  }
  return [...found.values()];
}

function readEnvironment(cluster: Cluster, pod: PodRecord, container: ContainerShape): Held[] {
  const secretOf = (name: string) => cluster.secrets.get(`${pod.namespace}/${name}`);
  return [
    ...(container.env ?? []).flatMap(({ secret, key }) => heldIn(secretOf(secret), [key])),
    ...(container.envFrom ?? []).flatMap((secret) => heldIn(secretOf(secret))),
  ];
}

function readVolume(cluster: Cluster, pod: PodRecord, volume: string): Held[] {
  return (volumeShape(pod, volume)?.secrets ?? []).flatMap(({ secret, items }) => {
    const keys = items?.map(({ key }) => key);
    return heldIn(cluster.secrets.get(`${pod.namespace}/${secret}`), keys);
  });
}

function volumeShape(pod: PodRecord, volume: string): VolumeShape | undefined {
  return pod.shape?.volumes?.find(({ name }) => name === volume);
}

function occupyEnvironment(cluster: Cluster, pod: PodRecord, container: string, at: number): void {
  cluster.truth.occupy(`${pod.uid}/environment/${container}`, {
    holder: cluster.holder(pod),
    path: 'secret_env',
    held: pod.containers.get(container)?.environment ?? [],
    at,
    why: 'in the environment of a container',
  });
}

function occupyVolume(
  cluster: Cluster,
  pod: PodRecord,
  place: { container: string; volume: string },
  held: Held[],
  at: number,
): void {
  cluster.truth.occupy(`${pod.uid}/volume/${place.container}/${place.volume}`, {
    holder: cluster.holder(pod),
    path: 'secret_volume',
    held,
    at,
    why: 'in a Secret volume of a container',
  });
}

/** The kubelet lists and watches each Secret that a pod on its node refers to. */
function fetchSecrets(cluster: Cluster, pod: PodRecord): void {
  const shape = pod.shape;
  const names = new Set([
    ...(shape?.imagePullSecrets ?? []),
    ...(shape?.containers ?? []).flatMap(({ env = [], envFrom = [] }) => [
      ...env.map(({ secret }) => secret),
      ...envFrom,
    ]),
    ...(shape?.volumes ?? []).flatMap(({ secrets = [] }) => secrets.map(({ secret }) => secret)),
  ]);
  for (const name of names) {
    const common = {
      actor: cluster.kubelet(pod.node),
      resource: 'secrets',
      namespace: pod.namespace,
      name,
      needed: false,
    };
    const selector = `fieldSelector=metadata.name%3D${name}`;
    cluster.request({ ...common, verb: 'list', query: `${selector}&limit=500&resourceVersion=0` });
    const query = `allowWatchBookmarks=true&${selector}&resourceVersion=0&timeoutSeconds=431&watch=true`;
    cluster.request({ ...common, verb: 'watch', query, longRunning: true });
  }
}
