import { stringify } from 'yaml';
import { secondTime } from './clock.ts';
import type { Mount, Owner, PodRecord, SecretProviderClass, Workload } from './kinds.ts';
import { containerStatuses, podSpec } from './pod-shape.ts';

export const driverGroup = 'secrets-store.csi.x-k8s.io';

function controllerReference(owner: Owner): unknown {
  return { ...owner, controller: true, blockOwnerDeletion: true };
}

/** What the creator sends: a controller leaves the name to the API server. */
export function podRequestBody(pod: PodRecord, owner: Owner | null, isPinned = false): unknown {
  const isGenerated = owner !== null && owner.kind !== 'StatefulSet';
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: isGenerated ? undefined : pod.name,
      generateName: isGenerated ? `${owner.name}-` : undefined,
      namespace: owner === null ? pod.namespace : undefined,
      creationTimestamp: null,
      labels: { app: pod.workload?.name ?? pod.name, ...pod.shape?.labels },
      annotations: pod.shape?.annotations,
      ownerReferences: owner === null ? undefined : [controllerReference(owner)],
    },
    spec: podSpec(pod, isPinned ? pod.node.name : null),
    status: {},
  };
}

/** The pod as the API server keeps it. */
export function podBody(
  pod: PodRecord,
  owner: Owner | null,
  state: { isBound: boolean; phase: string; isRunning: boolean; deletedAt?: number },
): unknown {
  const { isBound, phase, isRunning, deletedAt } = state;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: pod.name,
      generateName: owner !== null && owner.kind !== 'StatefulSet' ? `${owner.name}-` : undefined,
      namespace: pod.namespace,
      uid: pod.uid,
      resourceVersion: String(pod.resourceVersion),
      creationTimestamp: secondTime(pod.createdAt),
      deletionTimestamp: deletedAt === undefined ? undefined : secondTime(deletedAt + 30_000_000),
      deletionGracePeriodSeconds: deletedAt === undefined ? undefined : 30,
      labels: { app: pod.workload?.name ?? pod.name, ...pod.shape?.labels },
      annotations: pod.shape?.annotations,
      ownerReferences: owner === null ? undefined : [controllerReference(owner)],
    },
    spec: podSpec(pod, isBound ? pod.node.name : null, pod.shape === null ? undefined : pod.uid),
    status: {
      phase,
      hostIP: isBound ? pod.node.address : undefined,
      podIP: isRunning ? pod.address : undefined,
      podIPs: isRunning ? [{ ip: pod.address }] : undefined,
      startTime: isBound ? secondTime(pod.createdAt) : undefined,
      qosClass: 'BestEffort',
      containerStatuses: isRunning ? containerStatuses(pod) : undefined,
    },
  };
}

/** A Deployment, StatefulSet or the like: as it is sent (`at` null), or as it is answered. */
export function workloadBody(workload: Workload, at: number | null): unknown {
  return {
    kind: workload.kind,
    apiVersion: 'apps/v1',
    metadata: {
      name: workload.name,
      namespace: workload.namespace,
      uid: at === null ? undefined : workload.uid,
      creationTimestamp: at === null ? null : secondTime(at),
      labels: { app: workload.name, ...workload.shape?.labels },
      annotations: workload.shape?.annotations,
    },
    spec: {
      replicas: 1,
      serviceName: workload.kind === 'StatefulSet' ? workload.name : undefined,
      selector: { matchLabels: { app: workload.name } },
      template: {
        metadata: { creationTimestamp: null, labels: { app: workload.name } },
        spec: podSpec(workload, null),
      },
    },
    status: {},
  };
}

/** The ReplicaSet of a Deployment, sent or answered in the same way. */
export function replicaSetBody(workload: Workload, at: number | null): unknown {
  const { podOwner } = workload;
  return {
    kind: 'ReplicaSet',
    apiVersion: 'apps/v1',
    metadata: {
      name: podOwner.name,
      namespace: workload.namespace,
      uid: at === null ? undefined : podOwner.uid,
      creationTimestamp: at === null ? null : secondTime(at),
      labels: { app: workload.name },
      ownerReferences: [
        controllerReference({
          apiVersion: 'apps/v1',
          kind: workload.kind,
          name: workload.name,
          uid: workload.uid,
        }),
      ],
    },
    spec: {
      replicas: 1,
      template: {
        metadata: { creationTimestamp: null, labels: { app: workload.name } },
        spec: podSpec(workload, null),
      },
    },
    status: { replicas: 0 },
  };
}

/**
 * What the parameters list: Azure's provider wants each entry as a YAML text of its own, Google's calls
 * them secrets and knows no object names, Conjur's are a file and the variable behind it.
 */
export function objectsOf({
  provider,
  objects,
}: Pick<SecretProviderClass, 'provider' | 'objects'>): { objects: string } | { secrets: string } {
  if (provider === 'azure') {
    return { objects: stringify({ array: objects.map((object) => stringify(object)) }) };
  }
  if (provider === 'conjur') {
    return { secrets: stringify(objects.map((one) => ({ [one.objectName]: one.variable }))) };
  }
  if (provider === 'gcp') {
    return { secrets: stringify(objects.map(({ objectName: _, ...entry }) => entry)) };
  }
  return { objects: stringify(objects) };
}

/** The class as it is applied; `parameters.objects` is YAML inside a string. */
export function classBody(spec: SecretProviderClass, at: number | null): unknown {
  return {
    apiVersion: `${driverGroup}/v1`,
    kind: 'SecretProviderClass',
    metadata: {
      creationTimestamp: at === null ? undefined : secondTime(at),
      generation: at === null ? undefined : 1,
      name: spec.name,
      namespace: spec.namespace,
      uid: at === null ? undefined : spec.uid,
    },
    spec: {
      parameters: {
        ...objectsOf(spec),
        ...spec.parameters,
      },
      provider: spec.provider,
      secretObjects: spec.secretObjects?.map((one) => ({ type: 'Opaque', ...one })),
    },
  };
}

/** The mount status, whole, as the driver sends it with every create and update. */
export function statusBody(
  mount: Mount,
  stored: { uid: string; resourceVersion: string; at: number } | null,
): unknown {
  const { pod } = mount;
  const ids = [...mount.reported.keys()].sort();
  return {
    kind: 'SecretProviderClassPodStatus',
    apiVersion: `${driverGroup}/v1`,
    metadata: {
      name: mount.statusName,
      namespace: pod.namespace,
      uid: stored?.uid,
      resourceVersion: stored?.resourceVersion,
      generation: stored === null ? undefined : 1,
      creationTimestamp: stored === null ? null : secondTime(stored.at),
      labels: { 'internal.secrets-store.csi.k8s.io/node-name': pod.node.name },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid }],
    },
    status: {
      mounted: true,
      // Go leaves an empty version out.
      objects: ids.map((id) => ({ id, version: mount.reported.get(id) || undefined })),
      podName: pod.name,
      secretProviderClassName: mount.class.name,
      targetPath: `/var/lib/kubelet/pods/${pod.uid}/volumes/kubernetes.io~csi/secrets-${pod.classes.indexOf(mount.class.name)}/mount`,
    },
  };
}

/** What the API server answers where nothing but the deed was asked for. */
export const createdStatus = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
};
