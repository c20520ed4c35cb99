import type { SimulatedObject, SimulatedProvider } from './emitter.ts';
import type { SimulationOptions } from './options.ts';
import { humanActor } from './world/actors.ts';
import { eventsPolicy, fullPolicy, managedPolicy } from './world/api-request.ts';
import type { Cluster, ClusterOptions } from './world/cluster.ts';
import { fileOf } from './world/csi-provider.ts';
import type { PodRecord, PodShape, SecretObject, Workload } from './world/kinds.ts';
import type { Random } from './world/random.ts';

/** A workload and the pods it has now. */
export interface Running {
  workload: Workload;
  replicas: number;
  pods: PodRecord[];
}

/** One namespace of a cluster: who works there, what it keeps and what runs in it. */
export interface Team {
  cluster: Cluster;
  provider: SimulatedProvider;
  namespace: string;
  objects: SimulatedObject[];
  /** The Secret that the driver makes of a mount. */
  secretName: string;
  workloads: Running[];
}

/** What a workload of the scenery is made of. */
export interface WorkloadPlan {
  kind: Workload['kind'];
  name: string;
  serviceAccount: string;
  classes: string[];
  replicas: number;
  shape?: PodShape;
}

const clusterNames = ['prod-eu', 'prod-us', 'staging', 'batch', 'edge', 'tools'];
const namespaceNames = [
  'payments',
  'orders',
  'search',
  'billing',
  'identity',
  'shipping',
  'catalog',
  'reports',
];

/** The name of the cluster of that number. */
function clusterName(index: number): string {
  return clusterNames[index] ?? `cluster-${index + 1}`;
}

/** The namespace of that number. */
export function namespaceName(index: number): string {
  return namespaceNames[index] ?? `team-${index + 1}`;
}

/** Clusters differ in the driver's generation, their API servers, logins and policy. */
export function clusterOptions(
  index: number,
  auditPolicy: SimulationOptions['audit_policy'],
): Pick<
  ClusterOptions,
  'name' | 'driver' | 'servers' | 'network' | 'authMount' | 'login' | 'policy' | 'tokensBy'
> {
  const name = clusterName(index);
  const logins = ['kubernetes', 'kubernetes', 'jwt', 'mapped'] as const;
  return {
    name,
    driver: index % 2 === 0 ? '1.5' : '1.6',
    servers: 1 + (index % 3),
    network: `10.${100 + (index % 100)}`,
    authMount: `kubernetes-${name}`,
    login: logins[index % logins.length] ?? 'kubernetes',
    policy: auditPolicy === 'managed' ? managedPolicy : index % 2 === 0 ? fullPolicy : eventsPolicy,
    tokensBy: index % 4 === 1 ? 'provider' : 'kubelet',
  };
}

/** Who deploys in a namespace: a person, never a holder. */
export function deployerOf(namespace: string) {
  return humanActor(`deployer-${namespace}@example.com`, '192.0.2.10', [`${namespace}-team`]);
}

/** Classes of a namespace, by what they mount: the first object, the second, and one that is synced. */
export const classNames = { first: 'main', second: 'second', synced: 'synced' } as const;

/** What the synced class makes of its object. */
export function syncedSecret(secretName: string, object: SimulatedObject): SecretObject {
  return {
    secretName,
    labels: { app: 'web' },
    data: object.classObjects.map(fileOf).map((file) => ({ objectName: file, key: file })),
  };
}

/**
 * The workloads of a namespace. `api` and `worker` share a service account, `store` has pods whose
 * names come back, `web` is synced to a Secret that `jobs` takes as environment and `files` as volume,
 * and `idle` shares an account and mounts nothing.
 */
export function workloadPlans(random: Random, secretName: string, key: string): WorkloadPlan[] {
  const { first, second, synced } = classNames;
  const hasSidecar = random.next() < 0.5;
  const sidecar: PodShape = {
    containers: [
      { name: 'app', classes: [first] },
      { name: 'proxy', image: 'registry.example.net/envoy:1.34' },
    ],
  };
  const environment: PodShape = {
    containers: [{ name: 'app', env: [{ name: 'API_KEY', secret: secretName, key }] }],
  };
  const files: PodShape = {
    containers: [{ name: 'app', mounts: [{ volume: 'keys', path: '/keys' }] }],
    volumes: [{ name: 'keys', secrets: [{ secret: secretName }] }],
  };
  const deployment = { kind: 'Deployment' as const };
  return [
    {
      ...deployment,
      name: 'api',
      serviceAccount: 'api',
      classes: [first],
      replicas: random.integer(2, 3),
      ...(hasSidecar ? { shape: sidecar } : {}),
    },
    {
      ...deployment,
      name: 'worker',
      serviceAccount: 'api',
      classes: [random.pick([first, second])],
      replicas: random.integer(1, 2),
    },
    {
      kind: 'StatefulSet',
      name: 'store',
      serviceAccount: 'store',
      classes: random.next() < 0.3 ? [first, second] : [second],
      replicas: random.integer(1, 2),
    },
    { ...deployment, name: 'web', serviceAccount: 'web', classes: [synced], replicas: 2 },
    {
      ...deployment,
      name: 'jobs',
      serviceAccount: 'jobs',
      classes: [],
      replicas: random.integer(1, 2),
      shape: environment,
    },
    {
      ...deployment,
      name: 'files',
      serviceAccount: 'files',
      classes: [],
      replicas: random.integer(1, 2),
      shape: files,
    },
    { ...deployment, name: 'idle', serviceAccount: 'api', classes: [], replicas: 1 },
  ];
}
