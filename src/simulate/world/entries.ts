import type { Actor, ApiRequest } from './api-request.ts';
import { podBody } from './bodies.ts';
import type { Cluster } from './cluster.ts';
import { visibleIn } from './consumers.ts';
import type { PodRecord } from './kinds.ts';
import { identityOf } from './secret-watch.ts';
import type { Path } from './truth.ts';

const forbidden = { code: 403, reason: 'Forbidden' };

export interface Entry {
  /** Left out: the client leaves the choice to the API server. */
  container?: string;
  command?: string[];
  /** How long it lasts. */
  seconds?: number;
  /** Older clients post, newer ones upgrade a GET to a web socket. */
  verb?: 'create' | 'get';
  why?: string;
}

/** `kubectl exec`: what this container shows is held, what others show is not, unless shared. */
export function execInto(cluster: Cluster, actor: Actor, pod: PodRecord, entry: Entry = {}): void {
  const { command = ['sh'], why = 'exec into the pod' } = entry;
  const query = [
    ...command.map((word) => `command=${encodeURIComponent(word)}`),
    ...(entry.container === undefined ? [] : [`container=${entry.container}`]),
    'stdin=true&stdout=true&tty=true',
  ].join('&');
  stay(cluster, podRequest(actor, pod, 'exec', { ...entry, query }), entry, (first, last) =>
    noteEntry(cluster, actor, pod, { container: entry.container ?? null, first, last, why }),
  );
}

/** `kubectl attach`: the container's own process, whose output and input it is. */
export function attachTo(cluster: Cluster, actor: Actor, pod: PodRecord, entry: Entry): void {
  const { container, why = 'attached to a container' } = entry;
  const query = `container=${container}&stdin=true&stdout=true&tty=true`;
  stay(cluster, podRequest(actor, pod, 'attach', { ...entry, query }), entry, (first, last) =>
    noteEntry(cluster, actor, pod, { container: container ?? null, first, last, why }),
  );
}

/** `kubectl debug POD`: an ephemeral container, which is in at its PATCH, and then an attach to it. */
export function debugPod(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  part: { name: string; target?: string; seconds?: number; why?: string },
): void {
  const { name, target, why = 'an ephemeral container in the pod' } = part;
  const common = { actor, resource: 'pods', namespace: pod.namespace, name: pod.name };
  const owner = pod.workload?.podOwner ?? null;
  const state = { isBound: true, phase: 'Running', isRunning: true };
  const stored = podBody(pod, owner, state) as { spec: object };
  cluster.request({ ...common, verb: 'get', responseObject: stored });
  const ephemeral = {
    name,
    image: 'busybox:1.37',
    imagePullPolicy: 'IfNotPresent',
    resources: {},
    stdin: true,
    targetContainerName: target,
    terminationMessagePolicy: 'File',
    tty: true,
  };
  const first = cluster.request({
    ...common,
    verb: 'patch',
    subresource: 'ephemeralcontainers',
    requestObject: { spec: { ephemeralContainers: [ephemeral] } },
    responseObject: { ...stored, spec: { ...stored.spec, ephemeralContainers: [ephemeral] } },
  });
  cluster.clock.pass(1.5);
  const query = `container=${name}&stdin=true&stdout=true&tty=true`;
  stay(cluster, podRequest(actor, pod, 'attach', { query }), part, (_, last) =>
    noteEntry(cluster, actor, pod, { container: target ?? name, first, last, why }),
  );
}

/** `kubectl logs`: the log may hold what the pod printed, or not. */
export function readLogs(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  part: { container: string; query?: string; why?: string },
): void {
  const { container, why = 'read the log of the pod' } = part;
  const query = `container=${container}${part.query === undefined ? '' : `&${part.query}`}`;
  const at = cluster.request(podRequest(actor, pod, 'log', { verb: 'get', query }));
  noteReach(cluster, actor, pod, 'pod_logs', { first: at, last: at, why });
}

/** `kubectl port-forward`, and a stay. */
export function forwardPort(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  part: { seconds: number; why?: string },
): void {
  const { why = 'a port of the pod was forwarded' } = part;
  stay(cluster, podRequest(actor, pod, 'portforward', {}), part, (first, last) =>
    noteReach(cluster, actor, pod, 'port_forward', { first, last, why }),
  );
}

/** A request through the API server to a port of the pod. */
export function proxyTo(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  path: string,
  why = 'asked the pod through the API server',
): void {
  const request = podRequest(actor, pod, 'proxy', { verb: 'get' });
  const at = cluster.request({ ...request, code: 200, proxyPath: path });
  noteReach(cluster, actor, pod, 'pod_proxy', { first: at, last: at, why });
}

/** The same requests, refused: they reach nothing. */
export function refuseEntry(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  subresource: 'exec' | 'attach' | 'portforward' | 'log' | 'ephemeralcontainers',
): void {
  const verbs = { log: 'get', ephemeralcontainers: 'patch' } as const;
  const verb = subresource in verbs ? verbs[subresource as keyof typeof verbs] : 'create';
  const message = `pods "${pod.name}" is forbidden: User "${actor.username}" cannot ${verb} resource "pods/${subresource}"`;
  const { namespace, name } = pod;
  const request = { actor, verb, resource: 'pods', subresource, namespace, name };
  cluster.request({ ...request, ...forbidden, message });
}

function podRequest(
  actor: Actor,
  pod: PodRecord,
  subresource: string,
  part: { verb?: string; query?: string },
): ApiRequest {
  const { namespace, name } = pod;
  const isLog = subresource === 'log' || subresource === 'proxy';
  return {
    actor,
    verb: part.verb ?? 'create',
    resource: 'pods',
    subresource,
    namespace,
    name,
    ...(part.query === undefined ? {} : { query: part.query }),
    code: isLog ? 200 : 101,
  };
}

/** A connection opens, lasts and is closed; both ends are in the log. */
function stay(
  cluster: Cluster,
  request: ApiRequest,
  { seconds = 40 }: { seconds?: number },
  note: (first: number, last: number) => void,
): void {
  const { startedAt, close } = cluster.open(request);
  cluster.clock.pass(seconds);
  note(startedAt, close());
}

function noteEntry(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  part: { container: string | null; first: number; last: number; why: string },
): void {
  const [only] = pod.shape?.containers ?? [{ name: 'app' }];
  const container = part.container ?? only?.name ?? '';
  for (const { held, containers } of visibleIn(cluster, pod)) {
    const observed = containers.has(container) || pod.shape?.shareProcessNamespace === true;
    noteAct(cluster, actor, { ...part, ...held, path: 'pod_entry', observed });
  }
}

function noteReach(
  cluster: Cluster,
  actor: Actor,
  pod: PodRecord,
  path: Path,
  part: { first: number; last: number; why: string },
): void {
  for (const { held } of visibleIn(cluster, pod)) {
    const made = noteAct(cluster, actor, { ...part, ...held, path, observed: false });
    // Until "the last request" (DESIGN section 5): its start or its end.
    made.shownFrom = part.first;
    made.shownUntil = part.last;
    made.last = part.first;
  }
}

function noteAct(
  cluster: Cluster,
  actor: Actor,
  part: {
    object: string;
    version: string | null;
    path: Path;
    observed: boolean;
    first: number;
    last: number;
    why: string;
  },
) {
  const { truth } = cluster;
  const { object, version, path, observed, first: at, last, why } = part;
  if (actor.impersonates !== undefined) truth.beside.add(`${path} ${actor.impersonates.username}`);
  const act = { object, version, path, observed, at, last, why };
  return truth.act(identityOf(cluster, actor), act);
}
