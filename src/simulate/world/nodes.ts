import { driverNamespace, providerNamespace } from './actors.ts';
import type { Actor } from './api-request.ts';
import type { Cluster } from './cluster.ts';
import { startContainers, visibleIn } from './consumers.ts';
import type { ClusterNode, PodRecord, PodShape } from './kinds.ts';
import { createPod, reportStatus } from './pods.ts';
import { identityOf } from './secret-watch.ts';

/** What a pod needs to see all of its node. */
export const hostShapes = {
  debug: {
    hostPID: true,
    hostNetwork: true,
    containers: [{ name: 'debugger', mounts: [{ volume: 'host-root', path: '/host' }] }],
    volumes: [{ name: 'host-root', hostPath: '/' }],
  },
  hostPath: {
    containers: [{ name: 'agent', mounts: [{ volume: 'kubelet', path: '/kubelet' }] }],
    volumes: [{ name: 'kubelet', hostPath: '/var/lib/kubelet' }],
  },
  privileged: { containers: [{ name: 'tool', privileged: true }], hostPID: true },
} satisfies Record<string, PodShape>;

/** `kubectl debug node/NAME`: a pod with the node's file system and processes, and a stay in it. */
export function debugNode(
  cluster: Cluster,
  actor: Actor,
  node: ClusterNode,
  part: { namespace: string; seconds?: number },
): PodRecord {
  const pod = startHostPod(cluster, actor, node, {
    namespace: part.namespace,
    name: `node-debugger-${node.name}-${cluster.random.nameSuffix(5)}`,
    shape: hostShapes.debug,
    why: 'kubectl debug on the node',
    isPinned: true,
  });
  const query = 'container=debugger&stdin=true&stdout=true&tty=true';
  const { namespace, name } = pod;
  const request = { actor, verb: 'create', resource: 'pods', subresource: 'attach' };
  const { close } = cluster.open({ ...request, namespace, name, query, code: 101 });
  cluster.clock.pass(part.seconds ?? 90);
  close();
  return pod;
}

/** A bare pod that sees its node: who made it can reach what the pods there hold. */
export function startHostPod(
  cluster: Cluster,
  actor: Actor,
  node: ClusterNode,
  part: { namespace: string; name: string; shape: PodShape; why: string; isPinned?: boolean },
): PodRecord {
  const { namespace, name, shape, why, isPinned = false } = part;
  const spec = { namespace, name, shape, serviceAccount: 'default', classes: [] };
  const pod = createPod(cluster, { ...spec, node, by: actor, isPinned });
  startContainers(cluster, pod);
  reportStatus(cluster, pod, 'Running');
  noteNode(cluster, actor, node, cluster.clock.now, why);
  // The pod and its account reach the node as well; only its maker is asked about.
  cluster.truth.beside.add(`node_access ${pod.uid}`);
  cluster.truth.beside.add(`node_access system:serviceaccount:${namespace}:default`);
  return pod;
}

/** An exec into the driver's or the provider's pod, through which all mounts of the node go. */
export function execIntoPlumbing(
  cluster: Cluster,
  actor: Actor,
  node: ClusterNode,
  which: 'driver' | 'provider',
): void {
  const isDriver = which === 'driver';
  const { close, startedAt } = cluster.open({
    actor,
    verb: 'create',
    resource: 'pods',
    subresource: 'exec',
    namespace: isDriver ? driverNamespace : providerNamespace,
    name: isDriver ? node.driver.name : node.provider.name,
    query: `command=sh&container=${isDriver ? 'secrets-store' : 'vault-csi-provider'}&stdin=true&stdout=true&tty=true`,
    code: 101,
  });
  cluster.clock.pass(60);
  close();
  noteNode(cluster, actor, node, startedAt, `exec into the ${which}'s pod of the node`);
}

/** A request through the API server to the kubelet: here, one that runs a command. */
export function proxyToNode(
  cluster: Cluster,
  actor: Actor,
  node: ClusterNode,
  path: string,
  isRefused = false,
): void {
  const refusal = { code: 403, reason: 'Forbidden', message: 'nodes is forbidden' };
  const at = cluster.request({
    actor,
    verb: 'get',
    resource: 'nodes',
    subresource: 'proxy',
    name: node.name,
    proxyPath: path,
    ...(isRefused ? refusal : {}),
  });
  if (!isRefused) noteNode(cluster, actor, node, at, 'asked the kubelet through the API server');
}

function noteNode(
  cluster: Cluster,
  actor: Actor,
  node: ClusterNode,
  at: number,
  why: string,
): void {
  const here = cluster.pods.filter((pod) => pod.node === node && !pod.deleted);
  for (const { held } of here.flatMap((pod) => visibleIn(cluster, pod))) {
    const act = { ...held, path: 'node_access' as const, observed: false, at, why };
    cluster.truth.act(identityOf(cluster, actor), act);
  }
}
