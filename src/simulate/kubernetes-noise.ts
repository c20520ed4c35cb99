import type { Filling, NoiseTemplate } from './emitter.ts';
import { leaseBody, nodeStatusBody, podStatusBody, sliceBody } from './noise-bodies.ts';
import { cutTemplate, type Placeholders, stampBefore } from './noise-template.ts';
import { humanActor, serviceAccountActor } from './world/actors.ts';
import type { Actor, ApiRequest, RequestWriter } from './world/api-request.ts';
import { driverGroup } from './world/bodies.ts';
import { microTime } from './world/clock.ts';
import type { Cluster } from './world/cluster.ts';
import type { ClusterNode } from './world/kinds.ts';

/** Stands in the line for the time of arrival and that of the answer, while a template is written. */
const arrival = Date.UTC(2001, 0, 1) * 1000 + 123_457;
const answer = arrival + 5_221;
const auditId = 'id-of-an-everyday-request';
/** Stands in a body for what counts up. */
const counter = '9876501234';

const placeholders: Placeholders = {
  [microTime(arrival)]: stampBefore(5_221),
  [microTime(answer)]: stampBefore(0),
  [auditId]: ({ id }) => id,
  [counter]: ({ at }: Filling) => String(Math.floor(at / 250_000) % 4_000_000_000),
};

/** An everyday request and how often it comes beside the others. */
type Everyday = ApiRequest & { weight: number; lasts_seconds?: number };

/**
 * What any cluster logs all day and no answer rests on. Shares follow what audit logs of clusters
 * of this size are made of: leases and status reports half of it, reads of controllers a quarter,
 * watches, events, slices and people the rest; 1.9 KB a line in the mean.
 */
export function kubernetesNoise(cluster: Cluster, writer: RequestWriter): NoiseTemplate[] {
  const requests = [
    ...cluster.nodes.flatMap((node) => ofNode(cluster, node)),
    ...ofControllers(cluster),
    ...ofPeople(),
  ];
  return requests.map((request) => templateOf(request, cluster, writer)).filter(hasLines);
}

function hasLines({ lines }: NoiseTemplate): boolean {
  return lines.length > 0;
}

function templateOf(request: Everyday, cluster: Cluster, writer: RequestWriter): NoiseTemplate {
  const { weight, lasts_seconds, ...rest } = request;
  const times = { received: arrival, completed: answer };
  const opening = writer.lines(rest, cluster.policy, auditId, times);
  const closing = rest.longRunning
    ? writer.endLines(rest, cluster.policy, auditId, times).map((line) => ({
        ...line,
        after: (lasts_seconds ?? 400) * 1_000_000,
      }))
    : [];
  const lines = [
    ...opening.map((line) => ({ ...line, after: line.opening ? 0 : 5_221 })),
    ...closing,
  ];
  return {
    weight,
    lines: lines.map(({ text, after, opening: isOpening }) => ({
      ...cutTemplate(text, placeholders),
      after,
      opening: isOpening,
    })),
  };
}

function ofNode(cluster: Cluster, node: ClusterNode): Everyday[] {
  const kubelet = cluster.kubelet(node);
  const { name } = node;
  const stamp = microTime(arrival);
  const lease = leaseBody({ namespace: 'kube-node-lease', name, uid: node.uid, stamp, counter });
  const status = nodeStatusBody(node, stamp, counter);
  const exporter = {
    name: `node-exporter-${cluster.random.nameSuffix(5)}`,
    uid: cluster.random.uuid(),
  };
  const exporterBody = podStatusBody(node, exporter, counter);
  const leases = { group: 'coordination.k8s.io', resource: 'leases' };
  const selector = `fieldSelector=spec.nodeName%3D${name}`;
  return [
    {
      weight: 24,
      actor: kubelet,
      verb: 'update',
      ...leases,
      namespace: 'kube-node-lease',
      name,
      requestObject: lease,
      responseObject: lease,
    },
    {
      weight: 2,
      actor: kubelet,
      verb: 'patch',
      resource: 'nodes',
      subresource: 'status',
      name,
      requestObject: { status: status.status },
      responseObject: status,
    },
    { weight: 4, actor: kubelet, verb: 'get', resource: 'nodes', name, query: 'resourceVersion=0' },
    watch(kubelet, { resource: 'pods', query: selector }, 1.5),
    watch(cluster.driverActor(node), { resource: 'pods', query: selector }, 1.5),
    watch(
      cluster.driverActor(node),
      {
        group: driverGroup,
        resource: 'secretproviderclasspodstatuses',
        query: `labelSelector=internal.secrets-store.csi.k8s.io%2Fnode-name%3D${name}`,
      },
      1.5,
    ),
    {
      weight: 2,
      actor: kubelet,
      verb: 'patch',
      resource: 'pods',
      subresource: 'status',
      namespace: 'monitoring',
      name: exporter.name,
      requestObject: { metadata: { uid: exporter.uid }, status: exporterBody.status },
      responseObject: exporterBody,
    },
  ];
}

function ofControllers(cluster: Cluster): Everyday[] {
  const controller = (name: string) => cluster.controller(name);
  const agents = ['coredns', 'metrics-server', 'cluster-autoscaler', 'kube-state-metrics'].map(
    (name) =>
      serviceAccountActor('kube-system', name, {
        uid: cluster.accountUid('kube-system', name),
        userAgent: `${name}/v1.12.0 (linux/amd64) kubernetes/$Format`,
        address: '10.0.1.90',
      }),
  );
  const slice = sliceBody(counter, microTime(arrival));
  const namespaces = ['kube-system', 'ingress', 'monitoring', 'payments', 'search'];
  return [
    ...ofLeaders(cluster),
    ...agents.flatMap((actor) => [
      ...namespaces.map((namespace) => ({
        weight: 3,
        actor,
        verb: 'list',
        resource: 'pods',
        namespace,
        query: 'limit=500&resourceVersion=0',
      })),
      watch(actor, { resource: 'services' }, 4),
      watch(actor, { resource: 'endpointslices', group: 'discovery.k8s.io' }, 4),
      {
        weight: 6,
        actor,
        verb: 'get',
        resource: 'configmaps',
        namespace: 'kube-system',
        name: 'settings',
      },
    ]),
    {
      weight: 24,
      actor: controller('endpointslice-controller'),
      verb: 'update',
      group: 'discovery.k8s.io',
      resource: 'endpointslices',
      namespace: 'ingress',
      name: 'gateway-x7k2p',
      requestObject: slice,
      responseObject: slice,
    },
    {
      weight: 14,
      actor: controller('kube-scheduler'),
      verb: 'create',
      resource: 'events',
      namespace: 'monitoring',
      name: `probe-1.${counter}`,
      requestObject: { kind: 'Event', apiVersion: 'v1', reason: 'Unhealthy', count: 3 },
      responseObject: { kind: 'Event', apiVersion: 'v1', reason: 'Unhealthy', count: 3 },
    },
    {
      weight: 10,
      actor: controller('horizontal-pod-autoscaler'),
      verb: 'get',
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'ingress',
      name: 'gateway',
    },
  ];
}

/** Whoever leads renews its lease. */
function ofLeaders(cluster: Cluster): Everyday[] {
  const leaders = ['kube-scheduler', 'kube-controller-manager', 'cert-manager', 'ingress-nginx'];
  const stamp = microTime(arrival);
  return leaders.map((name) => {
    const actor = cluster.controller(name);
    const place = { namespace: 'kube-system', name, uid: actor.uid ?? '', stamp, counter };
    const lease = leaseBody(place);
    return {
      weight: 20,
      actor,
      verb: 'update',
      group: 'coordination.k8s.io',
      resource: 'leases',
      namespace: 'kube-system',
      name,
      requestObject: lease,
      responseObject: lease,
    };
  });
}

function ofPeople(): Everyday[] {
  const olga = humanActor('olga', '192.0.2.17', ['platform']);
  const place = { namespace: 'ingress' };
  return [
    { weight: 2, actor: olga, verb: 'list', resource: 'pods', ...place, query: 'limit=500' },
    { weight: 1, actor: olga, verb: 'list', group: 'apps', resource: 'deployments', ...place },
    { weight: 1, actor: olga, verb: 'get', resource: 'nodes', name: 'node-1' },
  ];
}

function watch(
  actor: Actor,
  what: Pick<ApiRequest, 'group' | 'resource' | 'query'>,
  weight: number,
): Everyday {
  const query = [
    'allowWatchBookmarks=true',
    ...(what.query === undefined ? [] : [what.query]),
    `resourceVersion=${counter}`,
    'timeout=6m40s&timeoutSeconds=400&watch=true',
  ].join('&');
  return { ...what, query, actor, verb: 'watch', longRunning: true, weight, lasts_seconds: 400 };
}
