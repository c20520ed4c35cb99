import type { Actor } from './api-request.ts';
import { driverGroup, podBody, podRequestBody, replicaSetBody, workloadBody } from './bodies.ts';
import { secondTime } from './clock.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode, Owner, PodRecord, PodShape, Workload } from './kinds.ts';
import { containerStatuses } from './pod-shape.ts';
import { collectSecrets } from './secrets.ts';

/** A Deployment or StatefulSet is applied; its controller makes what stands between it and the pods. */
export function applyWorkload(
  cluster: Cluster,
  by: Actor,
  part: {
    kind: Workload['kind'];
    namespace: string;
    name: string;
    serviceAccount: string;
    classes: string[];
    shape?: PodShape;
  },
): Workload {
  const uid = cluster.random.uuid();
  const isDeployment = part.kind === 'Deployment';
  const self: Owner = { apiVersion: 'apps/v1', kind: part.kind, name: part.name, uid };
  const replicaSet: Owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `${part.name}-${cluster.random.nameSuffix(9)}`,
    uid: cluster.random.uuid(),
  };
  const workload: Workload = { ...part, uid, podOwner: isDeployment ? replicaSet : self };
  cluster.request({
    actor: by,
    verb: 'create',
    group: 'apps',
    resource: isDeployment ? 'deployments' : 'statefulsets',
    namespace: part.namespace,
    name: part.name,
    query: 'fieldManager=kubectl-client-side-apply&fieldValidation=Strict',
    requestObject: workloadBody(workload, null),
    responseObject: workloadBody(workload, cluster.clock.now),
  });
  if (isDeployment) {
    cluster.request({
      actor: cluster.controller('deployment-controller'),
      verb: 'create',
      group: 'apps',
      resource: 'replicasets',
      namespace: part.namespace,
      name: replicaSet.name,
      requestObject: replicaSetBody(workload, null),
      responseObject: replicaSetBody(workload, cluster.clock.now),
    });
  }
  return workload;
}

/**
 * `kubectl rollout restart`: the template changes, and a new ReplicaSet takes over. Gives the workload
 * as new pods have it; the old pods go on to name the old ReplicaSet.
 */
export function rollOut(cluster: Cluster, by: Actor, workload: Workload): Workload {
  const { namespace, name } = workload;
  const podOwner: Owner = {
    ...workload.podOwner,
    name: `${name}-${cluster.random.nameSuffix(9)}`,
    uid: cluster.random.uuid(),
  };
  const next: Workload = { ...workload, podOwner };
  const annotations = { 'kubectl.kubernetes.io/restartedAt': secondTime(cluster.clock.now) };
  cluster.request({
    actor: by,
    verb: 'patch',
    group: 'apps',
    resource: 'deployments',
    namespace,
    name,
    query: 'fieldManager=kubectl-rollout',
    requestObject: { spec: { template: { metadata: { annotations } } } },
    responseObject: workloadBody(next, cluster.clock.now),
  });
  cluster.request({
    actor: cluster.controller('deployment-controller'),
    verb: 'create',
    group: 'apps',
    resource: 'replicasets',
    namespace,
    name: podOwner.name,
    requestObject: replicaSetBody(next, null),
    responseObject: replicaSetBody(next, cluster.clock.now),
  });
  return next;
}

export interface PodPart {
  namespace: string;
  serviceAccount: string;
  classes: string[];
  node: ClusterNode;
  /** A bare pod has a name and a creator; a workload's pod gets both from the workload. */
  name?: string;
  by?: Actor;
  workload?: Workload;
  /** The spec names the node itself: no scheduler binds it. */
  isPinned?: boolean;
  /** What the spec says beyond one container that mounts all classes; a workload's is its own. */
  shape?: PodShape;
}

/** A pod is created and bound; its volumes are mounted by the driver (see driver.ts). */
export function createPod(cluster: Cluster, part: PodPart): PodRecord {
  const { workload, node, isPinned = false } = part;
  const owner = workload?.podOwner ?? null;
  const isGenerated = owner !== null && owner.kind === 'ReplicaSet';
  const pod: PodRecord = {
    namespace: part.namespace,
    name: isGenerated ? `${owner.name}-${cluster.random.nameSuffix(5)}` : (part.name ?? ''),
    uid: cluster.random.uuid(),
    address: cluster.podAddress(node),
    serviceAccount: part.serviceAccount,
    node,
    classes: part.classes,
    workload: workload ?? null,
    createdAt: cluster.clock.now,
    resourceVersion: cluster.resourceVersion(),
    deleted: false,
    mounts: [],
    shape: part.shape ?? workload?.shape ?? null,
    containers: new Map(),
    frozen: new Map(),
  };
  cluster.pods.push(pod);
  const entity = `pod:${cluster.name}/${pod.uid}`;
  const { namespace, serviceAccount } = pod;
  cluster.truth.linked('bound_to', entity, `node:${cluster.name}/${node.name}`);
  const account = `service_account:${cluster.name}/${namespace}/${serviceAccount}`;
  cluster.truth.linked('runs_as', entity, account);
  for (const name of pod.classes) {
    const id = `secret_provider_class:${cluster.name}/${namespace}/${name}`;
    cluster.truth.linked('mounts', entity, id);
  }
  const controller = isGenerated ? 'replicaset-controller' : 'statefulset-controller';
  const actor = owner === null ? part.by : cluster.controller(controller);
  if (actor === undefined) throw new Error('a bare pod needs a creator');
  cluster.request({
    actor,
    verb: 'create',
    resource: 'pods',
    namespace: pod.namespace,
    // The API server fills no name in for a generated one.
    ...(isGenerated ? {} : { name: pod.name }),
    requestObject: podRequestBody(pod, owner, isPinned),
    responseObject: podBody(pod, owner, { isBound: isPinned, phase: 'Pending', isRunning: false }),
  });
  if (!isPinned) cluster.bind(pod.namespace, pod.name, pod.uid, node);
  return pod;
}

/** The kubelet tells how the pod fares: its address comes with the first running container. */
export function reportStatus(cluster: Cluster, pod: PodRecord, phase: 'Pending' | 'Running'): void {
  pod.resourceVersion = cluster.resourceVersion();
  const isRunning = phase === 'Running';
  const status = isRunning
    ? {
        containerStatuses: containerStatuses(pod),
        phase,
        podIP: pod.address,
        podIPs: [{ ip: pod.address }],
      }
    : { phase, conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }] };
  cluster.request({
    actor: cluster.kubelet(pod.node),
    verb: 'patch',
    resource: 'pods',
    subresource: 'status',
    namespace: pod.namespace,
    name: pod.name,
    requestObject: { metadata: { uid: pod.uid }, status },
    responseObject: podBody(pod, pod.workload?.podOwner ?? null, {
      isBound: true,
      phase,
      isRunning,
    }),
  });
}

/** Somebody asks for the pod's end, the kubelet completes it, the garbage collector sweeps. */
export function deletePod(
  cluster: Cluster,
  pod: PodRecord,
  by: Actor,
  options: { graceSeconds?: number; sweep?: boolean } = {},
): void {
  const owner = pod.workload?.podOwner ?? null;
  const common = { resource: 'pods', namespace: pod.namespace, name: pod.name };
  const state = { isBound: true, phase: 'Running', isRunning: true };
  const deletedAt = cluster.clock.now;
  cluster.request({
    ...common,
    actor: by,
    verb: 'delete',
    requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
    responseObject: podBody(pod, owner, { ...state, deletedAt }),
  });
  cluster.clock.pass(options.graceSeconds ?? 6);
  const removedAt = cluster.request({
    ...common,
    actor: cluster.kubelet(pod.node),
    verb: 'delete',
    requestObject: {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.uid },
    },
    responseObject: podBody(pod, owner, { ...state, deletedAt }),
  });
  pod.deleted = true;
  cluster.truth.release(pod.uid, removedAt);
  if (options.sweep === false) return;
  cluster.clock.pass(0.4);
  for (const mount of pod.mounts)
    sweepStatus(cluster, mount.statusName, pod.namespace, mount.statusUid);
}

/** The workload goes: its ReplicaSet, its pods, and the Secrets that this owned. */
export function deleteWorkload(cluster: Cluster, workload: Workload, by: Actor): void {
  const isDeployment = workload.kind === 'Deployment';
  const { namespace, name, uid, podOwner } = workload;
  const collector = cluster.controller('generic-garbage-collector');
  const remove = (actor: Actor, resource: string, owner: { name: string; uid: string }) =>
    cluster.request({
      actor,
      verb: 'delete',
      group: 'apps',
      resource,
      namespace,
      name: owner.name,
      requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
      responseObject: { kind: 'Status', apiVersion: 'v1', status: 'Success', details: owner },
    });
  remove(by, isDeployment ? 'deployments' : 'statefulsets', { name, uid });
  cluster.clock.pass(0.2);
  if (isDeployment) remove(collector, 'replicasets', podOwner);
  cluster.clock.pass(0.2);
  collectSecrets(cluster, podOwner.uid);
  for (const pod of cluster.pods) {
    if (pod.workload === workload && !pod.deleted) deletePod(cluster, pod, collector);
  }
}

/** One delete ends it at once: `kubectl delete --force`, or the collector of lost nodes' pods. */
export function killPod(cluster: Cluster, pod: PodRecord, by: Actor): void {
  const owner = pod.workload?.podOwner ?? null;
  const removedAt = cluster.request({
    actor: by,
    verb: 'delete',
    resource: 'pods',
    namespace: pod.namespace,
    name: pod.name,
    requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    responseObject: podBody(pod, owner, { isBound: true, phase: 'Running', isRunning: true }),
  });
  pod.deleted = true;
  cluster.truth.release(pod.uid, removedAt);
  cluster.clock.pass(0.4);
  for (const mount of pod.mounts) {
    sweepStatus(cluster, mount.statusName, pod.namespace, mount.statusUid);
  }
}

/** The garbage collector takes a mount status whose pod is gone, and Secrets that only it owned. */
function sweepStatus(cluster: Cluster, name: string, namespace: string, uid: string): void {
  cluster.statuses.delete(`${namespace}/${name}`);
  cluster.request({
    actor: cluster.controller('generic-garbage-collector'),
    verb: 'delete',
    group: driverGroup,
    resource: 'secretproviderclasspodstatuses',
    namespace,
    name,
    requestObject: {
      kind: 'DeleteOptions',
      apiVersion: `${driverGroup}/v1`,
      preconditions: { uid },
      propagationPolicy: 'Background',
    },
    responseObject: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, group: driverGroup, kind: 'secretproviderclasspodstatuses', uid },
    },
  });
  collectSecrets(cluster, uid);
}
