export interface ClusterNode {
  name: string;
  uid: string;
  address: string;
  certificate: string;
  /** The provider's pod on this node, from whose address Vault is asked. */
  provider: ProviderPod;
  driver: { name: string; uid: string };
}

export interface ProviderPod {
  name: string;
  uid: string;
  address: string;
}

/** One entry of `parameters.objects`, in whatever form the provider wants it. */
export type ClassObject = { objectName: string } & Readonly<Record<string, unknown>>;

export interface SecretProviderClass {
  namespace: string;
  name: string;
  uid: string;
  appliedAt: number;
  /** `spec.provider`, and its parameters, the objects apart. */
  provider: string;
  parameters: Record<string, string | undefined>;
  objects: ClassObject[];
  /** What the driver copies into Kubernetes Secrets. */
  secretObjects?: SecretObject[];
}

/** One entry of `spec.secretObjects`. */
export interface SecretObject {
  secretName: string;
  type?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  data: { objectName: string; key: string }[];
}

/** Which version of which provider object a value is. */
export interface Held {
  object: string;
  version: string | null;
}

/** One value in a Kubernetes Secret; `held` is null where it comes from no provider. */
export interface SecretValue {
  value: string;
  held: Held | null;
}

export interface KubernetesSecret {
  namespace: string;
  name: string;
  uid: string;
  type: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  owners: Owner[];
  createdAt: number;
  data: Map<string, SecretValue>;
}

export interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
}

export interface Workload {
  kind: 'Deployment' | 'StatefulSet';
  namespace: string;
  name: string;
  uid: string;
  serviceAccount: string;
  classes: string[];
  /** What owns the pods: the ReplicaSet of a Deployment, the StatefulSet itself. */
  podOwner: Owner;
  shape?: PodShape;
}

/** What a pod's spec says beyond one container `app` that mounts all classes. */
export interface PodShape {
  containers: ContainerShape[];
  volumes?: VolumeShape[];
  shareProcessNamespace?: boolean;
  hostPID?: boolean;
  hostNetwork?: boolean;
  imagePullSecrets?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface ContainerShape {
  name: string;
  image?: string;
  /** Classes whose volume it mounts. */
  classes?: string[];
  env?: { name: string; secret: string; key: string }[];
  envFrom?: string[];
  mounts?: { volume: string; path: string; subPath?: string }[];
  privileged?: boolean;
}

export interface VolumeShape {
  name: string;
  secrets?: { secret: string; items?: { key: string; path: string }[] }[];
  /** The Secrets stand in a projected volume. */
  isProjected?: boolean;
  hostPath?: string;
}

/** A container as the kubelet runs it, and what it read into its environment when it started. */
interface ContainerState {
  id: string;
  restarts: number;
  startedAt: number;
  environment: Held[];
}

export interface PodRecord {
  namespace: string;
  name: string;
  uid: string;
  address: string;
  serviceAccount: string;
  node: ClusterNode;
  classes: string[];
  workload: Workload | null;
  createdAt: number;
  resourceVersion: number;
  deleted: boolean;
  mounts: Mount[];
  shape: PodShape | null;
  containers: Map<string, ContainerState>;
  /** What a `subPath` showed at its container's start, by container and volume. */
  frozen: Map<string, Held[]>;
}

/** One mounted volume: what the driver and the provider know of it. */
export interface Mount {
  pod: PodRecord;
  class: SecretProviderClass;
  statusName: string;
  statusUid: string;
  statusCreatedAt: number;
  /** What the provider keeps between two fetches: its session with the service. */
  session: unknown;
  /** Reported versions by object name, as the last write of the mount status had them. */
  reported: Map<string, string>;
  /** The provider's version by object name; null where it has none. */
  versions: Map<string, string | null>;
  /** The files' content by object name. */
  contents: Map<string, string>;
  /** As Custody writes them, by object name. */
  references: Map<string, string>;
  /** Which version of what each file is, as the truth has it. */
  held: Map<string, Held>;
}
