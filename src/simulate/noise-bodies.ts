import type { ClusterNode } from './world/kinds.ts';

/** A Lease as its holder renews it. */
export function leaseBody(part: {
  namespace: string;
  name: string;
  uid: string;
  stamp: string;
  counter: string;
}) {
  const { namespace, name, uid, stamp, counter } = part;
  return {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: counter,
      creationTimestamp: '2026-01-12T07:31:05Z',
      managedFields: managedFields('kubelet', {
        'f:holderIdentity': {},
        'f:leaseDurationSeconds': {},
        'f:renewTime': {},
      }),
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: stamp },
  };
}

/** A Node with its conditions and the images it has: the largest body of everyday traffic. */
export function nodeStatusBody(node: ClusterNode, stamp: string, counter: string) {
  const second = `${stamp.slice(0, 19)}Z`;
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    lastHeartbeatTime: second,
    lastTransitionTime: '2026-01-12T07:31:22Z',
    reason: `Kubelet${type === 'Ready' ? 'Ready' : `HasNo${type}`}`,
    message: 'kubelet is posting ready status',
  }));
  const images = Array.from({ length: 24 }, (_, index) => ({
    names: [`registry.example.net/app-${index}:1.${index}.2`],
    sizeBytes: 31_457_280 + index * 1_048_576,
  }));
  const amount = {
    cpu: '16',
    memory: '65758668Ki',
    pods: '110',
    'ephemeral-storage': '98831908Ki',
  };
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: node.name,
      uid: node.uid,
      resourceVersion: counter,
      labels: { 'kubernetes.io/hostname': node.name, 'kubernetes.io/os': 'linux' },
    },
    status: {
      capacity: amount,
      allocatable: amount,
      conditions,
      addresses: [
        { type: 'InternalIP', address: node.address },
        { type: 'Hostname', address: node.name },
      ],
      images,
    },
  };
}

/** The state of a pod of the platform, which mounts nothing. */
export function podStatusBody(
  node: ClusterNode,
  { name, uid }: { name: string; uid: string },
  counter: string,
) {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'monitoring',
      uid,
      resourceVersion: counter,
      labels: { app: 'node-exporter', 'app.kubernetes.io/part-of': 'monitoring' },
    },
    spec: {
      containers: [{ name: 'exporter', image: 'registry.example.net/node-exporter:1.9.1' }],
      nodeName: node.name,
      serviceAccountName: 'node-exporter',
    },
    status: {
      phase: 'Running',
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: '2026-01-12T07:31:22Z',
      })),
      hostIP: node.address,
      qosClass: 'BestEffort',
    },
  };
}

/** An EndpointSlice with some endpoints. */
export function sliceBody(counter: string, stamp: string) {
  const endpoints = Array.from({ length: 6 }, (_, index) => ({
    addresses: [`10.244.7.${index + 20}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${index % 3}`,
    targetRef: { kind: 'Pod', namespace: 'ingress', name: `gateway-${index}` },
  }));
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: {
      name: 'gateway-x7k2p',
      namespace: 'ingress',
      resourceVersion: counter,
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': stamp },
      managedFields: managedFields('kube-controller-manager', { 'f:endpoints': {} }),
    },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
  };
}

function managedFields(manager: string, spec: object) {
  return [
    {
      manager,
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-12T07:31:05Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': spec },
    },
  ];
}
