import type { Actor, ApiRequest } from './api-request.ts';
import { driverGroup, statusBody } from './bodies.ts';
import type { Cluster } from './cluster.ts';
import { startContainers } from './consumers.ts';
import type { CsiProvider, Fetched } from './csi-provider.ts';
import type { ClassObject, Mount, PodRecord, SecretProviderClass } from './kinds.ts';
import { createPod, type PodPart, reportStatus } from './pods.ts';
import { syncSecrets } from './sync.ts';

/** A pod that starts and mounts all its classes; gives the pod whether or not the provider let it. */
export function startPod(cluster: Cluster, provider: CsiProvider, part: PodPart): PodRecord {
  const pod = createPod(cluster, part);
  mountPod(cluster, provider, pod);
  return pod;
}

/** What the kubelet has the driver do for a new pod. */
export function mountPod(cluster: Cluster, provider: CsiProvider, pod: PodRecord): void {
  cluster.clock.pass(0.3);
  const isMounted = pod.classes
    .map((name) => mountClass(cluster, provider, pod, cluster.class(pod.namespace, name)))
    .every((mount) => mount !== null);
  cluster.clock.pass(0.8);
  if (isMounted) startContainers(cluster, pod);
  reportStatus(cluster, pod, isMounted ? 'Running' : 'Pending');
}

/** The kubelet tries a failed mount again, each time with the provider's cached Vault token. */
export function retryMount(cluster: Cluster, provider: CsiProvider, pod: PodRecord): boolean {
  const isMounted = pod.classes
    .filter((name) => !pod.mounts.some((mount) => mount.class.name === name))
    .map((name) => mountClass(cluster, provider, pod, cluster.class(pod.namespace, name)))
    .every((mount) => mount !== null);
  if (isMounted) {
    startContainers(cluster, pod);
    reportStatus(cluster, pod, 'Running');
  }
  return isMounted;
}

function mountClass(
  cluster: Cluster,
  provider: CsiProvider,
  pod: PodRecord,
  spec: SecretProviderClass,
): Mount | null {
  const { session, objects } = provider.fetch(cluster, pod, spec, null);
  if (objects === null) return null;
  const mount: Mount = {
    pod,
    class: spec,
    statusName: `${pod.name}-${pod.namespace}-${spec.name}`,
    statusUid: cluster.random.uuid(),
    statusCreatedAt: cluster.clock.now,
    session,
    reported: new Map(),
    versions: new Map(),
    contents: new Map(),
    references: new Map(),
    held: new Map(),
  };
  // A pod of the same name whose status nobody has swept yet: the driver takes the object over.
  const isLeft = cluster.statuses.has(`${pod.namespace}/${mount.statusName}`);
  note(mount, objects);
  const at = isLeft ? replaceStatus(cluster, mount) : createStatus(cluster, mount);
  hold(cluster, mount, at);
  pod.mounts.push(mount);
  syncSecrets(cluster, mount, 'mount');
  return mount;
}

/**
 * One rotation poll of every volume of the pod. Driver 1.5 writes the status only where a reported
 * version differs; driver 1.6 tries a create (409) and an update each time, changed or not.
 */
export function pollPod(cluster: Cluster, provider: CsiProvider, pod: PodRecord): void {
  for (const mount of pod.mounts) {
    const { session, objects } = provider.fetch(cluster, pod, mount.class, mount.session);
    mount.session = session;
    if (objects === null) continue;
    const before = new Map(mount.reported);
    const changed = note(mount, objects);
    if (cluster.driver === '1.6') hold(cluster, mount, replaceStatus(cluster, mount), changed);
    else if ([...mount.reported].some(([id, version]) => before.get(id) !== version)) {
      hold(cluster, mount, updateStatus(cluster, mount, 'rotation'), changed);
    }
    syncSecrets(cluster, mount, 'rotation');
    cluster.clock.pass(0.2);
  }
}

/** The provider on the node lost its cache: each pod there logs in anew at its next poll. */
export function forgetSessions(cluster: Cluster, provider: CsiProvider, pods: PodRecord[]): void {
  for (const pod of pods) {
    for (const mount of pod.mounts) {
      mount.session = provider.logInAgain(cluster, pod, mount.class, mount.session);
    }
  }
}

/** Takes over what was fetched; gives the ids whose content is another one than before. */
function note(mount: Mount, objects: Map<ClassObject, Fetched>): Set<string> {
  const changed = new Set<string>();
  for (const [{ objectName }, fetched] of objects) {
    const { reference, version, reported, content, tellsContent } = fetched;
    const ids = fetched.statusIds ?? [objectName];
    const isOther = tellsContent
      ? ids.some((id) => mount.reported.get(id) !== reported)
      : mount.versions.get(objectName) !== version;
    for (const id of ids) mount.reported.set(id, reported);
    mount.contents.set(objectName, content);
    mount.references.set(objectName, reference);
    if (!isOther && mount.versions.has(objectName)) continue;
    mount.versions.set(objectName, version);
    changed.add(objectName);
  }
  return changed;
}

function hold(cluster: Cluster, mount: Mount, at: number, only?: Set<string>): void {
  for (const object of mount.class.objects) {
    const reference = mount.references.get(object.objectName) ?? '';
    const version = mount.versions.get(object.objectName) ?? null;
    mount.held.set(object.objectName, { object: reference, version });
    if (only !== undefined && !only.has(object.objectName)) continue;
    cluster.truth.hold(cluster.holder(mount.pod), reference, version, at, 'mounted');
  }
}

function statusRequest(mount: Mount, actor: Actor, verb: 'create' | 'update'): ApiRequest {
  return {
    actor,
    verb,
    group: driverGroup,
    resource: 'secretproviderclasspodstatuses',
    namespace: mount.pod.namespace,
    name: mount.statusName,
  };
}

function stored(cluster: Cluster, mount: Mount) {
  const resourceVersion = String(cluster.resourceVersion());
  return { uid: mount.statusUid, resourceVersion, at: mount.statusCreatedAt };
}

function createStatus(cluster: Cluster, mount: Mount): number {
  cluster.statuses.set(`${mount.pod.namespace}/${mount.statusName}`, mount.statusUid);
  return cluster.request({
    ...statusRequest(mount, cluster.driverActor(mount.pod.node), 'create'),
    requestObject: statusBody(mount, null),
    responseObject: statusBody(mount, stored(cluster, mount)),
  });
}

function updateStatus(cluster: Cluster, mount: Mount, part: 'controller' | 'rotation'): number {
  const known = stored(cluster, mount);
  return cluster.request({
    ...statusRequest(mount, cluster.driverActor(mount.pod.node, part), 'update'),
    uid: mount.statusUid,
    resourceVersion: known.resourceVersion,
    requestObject: statusBody(mount, known),
    responseObject: statusBody(mount, stored(cluster, mount)),
  });
}

function replaceStatus(cluster: Cluster, mount: Mount): number {
  const key = `${mount.pod.namespace}/${mount.statusName}`;
  mount.statusUid = cluster.statuses.get(key) ?? mount.statusUid;
  const details = {
    name: mount.statusName,
    group: driverGroup,
    kind: 'secretproviderclasspodstatuses',
  };
  cluster.request({
    ...statusRequest(mount, cluster.driverActor(mount.pod.node), 'create'),
    requestObject: statusBody(mount, null),
    code: 409,
    reason: 'AlreadyExists',
    message: `secretproviderclasspodstatuses.${driverGroup} "${mount.statusName}" already exists`,
    details,
    needed: false,
  });
  return updateStatus(cluster, mount, 'controller');
}
