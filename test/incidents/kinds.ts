import type { ProviderObject } from './object-version.ts';
import type { Session } from './vault-entry.ts';

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

export interface SecretProviderClass {
  namespace: string;
  name: string;
  uid: string;
  role: string;
  authMount: string;
  vaultNamespace?: string;
  objects: ProviderObject[];
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
}

/** One mounted volume: what the driver knows of it, and the provider's cached Vault session. */
export interface Mount {
  pod: PodRecord;
  class: SecretProviderClass;
  statusName: string;
  statusUid: string;
  statusCreatedAt: number;
  session: Session;
  /** Reported versions by object name, as the last write of the mount status had them. */
  reported: Map<string, string>;
  /** Vault's version by object name; null where the engine has none. */
  versions: Map<string, string | null>;
}
