import type { Actor } from './api-request.ts';
import { secondTime } from './clock.ts';
import type { Cluster } from './cluster.ts';
import { heldIn } from './secret-content.ts';

const group = 'rbac.authorization.k8s.io';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

export interface Subject {
  kind: 'User' | 'Group' | 'ServiceAccount';
  name: string;
  namespace?: string;
}

interface RbacObject {
  /** Left out: a ClusterRole or ClusterRoleBinding. */
  namespace?: string;
  name: string;
}

export const readSecrets: Rule = {
  apiGroups: [''],
  resources: ['secrets'],
  verbs: ['get', 'list'],
};

/** A Role, or where it has no namespace a ClusterRole, is created. */
export function applyRole(cluster: Cluster, by: Actor, role: RbacObject, rules: Rule[]): void {
  const kind = role.namespace === undefined ? 'ClusterRole' : 'Role';
  write(cluster, by, 'create', kind, role, { rules });
}

/** A RoleBinding may name a ClusterRole; a ClusterRoleBinding always does. */
export function applyBinding(
  cluster: Cluster,
  by: Actor,
  binding: RbacObject & { role: string; roleKind?: 'Role' | 'ClusterRole' },
  subjects: Subject[],
): void {
  const kind = binding.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const roleKind = binding.namespace === undefined ? 'ClusterRole' : (binding.roleKind ?? 'Role');
  const withGroups = subjects.map((subject) =>
    subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup: group },
  );
  const roleRef = { apiGroup: group, kind: roleKind, name: binding.role };
  write(cluster, by, 'create', kind, binding, { subjects: withGroups, roleRef });
}

/** A RoleBinding or ClusterRoleBinding is deleted. */
export function deleteBinding(cluster: Cluster, by: Actor, binding: RbacObject): void {
  const kind = binding.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  write(cluster, by, 'delete', kind, binding, {});
}

/** From now on somebody may read the Secret; that she did is another matter. */
export function noteRight(
  cluster: Cluster,
  identity: string,
  secretKey: string,
  why: string,
): void {
  for (const held of heldIn(cluster.secrets.get(secretKey))) {
    const holder = { kind: 'identity' as const, id: identity, cluster: cluster.name };
    const at = cluster.clock.now;
    cluster.truth.act(holder, { ...held, path: 'rbac', observed: false, at, why });
  }
}

function write(
  cluster: Cluster,
  by: Actor,
  verb: 'create' | 'delete',
  kind: string,
  { namespace, name }: RbacObject,
  content: object,
): void {
  const body = { kind, apiVersion: `${group}/v1`, metadata: { name, namespace }, ...content };
  const metadata = {
    ...body.metadata,
    uid: cluster.random.uuid(),
    creationTimestamp: secondTime(cluster.clock.now),
  };
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  cluster.request({
    actor: by,
    verb,
    group,
    resource: `${kind.toLowerCase()}s`,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    requestObject: verb === 'create' ? body : { kind: 'DeleteOptions', apiVersion: 'v1' },
    responseObject: verb === 'create' ? { ...body, metadata } : status,
  });
}
