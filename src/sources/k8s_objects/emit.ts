import { stringify } from 'yaml';
import type { Emitter } from '../../simulate/emitter.ts';
import { classBody, podBody, statusBody } from '../../simulate/world/bodies.ts';
import type { Cluster } from '../../simulate/world/cluster.ts';

/** What `kubectl get … -A -o yaml` or `-o json` prints of a cluster. */
export const emitter: Emitter = {
  source: 'k8s_objects',
  snapshots: (cluster) => [
    { name: 'secretproviderclasses.yaml', text: stringify(listOf(classesOf(cluster))) },
    { name: 'pods.json', text: `${JSON.stringify(listOf(podsOf(cluster)), null, 4)}\n` },
    { name: 'podstatuses.json', text: `${JSON.stringify(listOf(statusesOf(cluster)), null, 4)}\n` },
  ],
};

function listOf(items: unknown[]): unknown {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}

function classesOf(cluster: Cluster): unknown[] {
  return cluster.classes.map((spec) => classBody(spec, spec.appliedAt));
}

function podsOf(cluster: Cluster): unknown[] {
  const state = { isBound: true, phase: 'Running', isRunning: true };
  return cluster.pods
    .filter((pod) => !pod.deleted)
    .map((pod) => podBody(pod, pod.workload?.podOwner ?? null, state));
}

function statusesOf(cluster: Cluster): unknown[] {
  return cluster.pods
    .filter((pod) => !pod.deleted)
    .flatMap((pod) => pod.mounts)
    .map((mount) => {
      const resourceVersion = String(cluster.resourceVersion());
      const stored = { uid: mount.statusUid, resourceVersion, at: mount.statusCreatedAt };
      return statusBody(mount, stored);
    });
}
