import type { Actor } from './api-request.ts';

const serverBuild = '(linux/amd64) kubernetes/8fea90b';
export const driverNamespace = 'kube-system';
export const providerNamespace = 'vault';

/** A service account of the cluster; `extra` is what a bound token puts into every request. */
export function serviceAccountActor(
  namespace: string,
  name: string,
  part: { uid: string; userAgent: string; address: string; extra?: Record<string, string[]> },
): Actor {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
    ...part,
  };
}

/** One of kube-controller-manager's controllers, each with its own service account. */
export function controllerActor(name: string, uid: string): Actor {
  return serviceAccountActor('kube-system', name, {
    uid,
    userAgent: `kube-controller-manager/v1.35.1 ${serverBuild}/system:serviceaccount:kube-system:${name}`,
    address: '10.0.0.2',
  });
}

/** The scheduler, which binds pods to nodes. */
export function schedulerActor(): Actor {
  return {
    username: 'system:kube-scheduler',
    groups: ['system:authenticated'],
    userAgent: `kube-scheduler/v1.35.1 ${serverBuild}/scheduler`,
    address: '10.0.0.2',
  };
}

/** The kubelet of a node, by its client certificate. */
export function kubeletActor(node: string, address: string, certificate: string): Actor {
  return {
    username: `system:node:${node}`,
    groups: ['system:nodes', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${certificate}`] },
    userAgent: `kubelet/v1.35.1 ${serverBuild}`,
    address,
  };
}

/** A person at a laptop. */
export function humanActor(username: string, address: string, groups: string[] = []): Actor {
  return {
    username,
    groups: [...groups, 'system:authenticated'],
    userAgent: 'kubectl/v1.35.0 (darwin/arm64) kubernetes/0c2a19d',
    address,
  };
}

/** The same person, acting under another name by `kubectl --as`. */
export function impersonating(actor: Actor, username: string, groups: string[] = []): Actor {
  return { ...actor, impersonates: { username, groups: [...groups, 'system:authenticated'] } };
}
