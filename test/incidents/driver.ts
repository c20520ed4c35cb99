import { providerNamespace } from './actors.ts';
import type { Actor, ApiRequest } from './audit-event.ts';
import { driverGroup, statusBody } from './bodies.ts';
import type { Cluster } from './cluster.ts';
import { startContainers } from './consumers.ts';
import type { Mount, PodRecord, SecretProviderClass } from './kinds.ts';
import { type ProviderObject, reportedVersion } from './object-version.ts';
import { createPod, type PodPart, reportStatus } from './pods.ts';
import { splitSecretPath } from './secret-path.ts';
import { syncSecrets } from './sync.ts';
import type { ReadResult, VaultServer } from './vault.ts';
import type { Session } from './vault-entry.ts';
import { loginJwt, loginKubernetes, type ServiceAccountToken } from './vault-logins.ts';

const tokens = new WeakMap<PodRecord, ServiceAccountToken>();

/** A pod that starts and mounts all its classes; gives the pod whether or not Vault let it. */
export function startPod(cluster: Cluster, vault: VaultServer, part: PodPart): PodRecord {
  const pod = createPod(cluster, part);
  mountPod(cluster, vault, pod);
  return pod;
}

/** What the kubelet has the driver do for a new pod. */
export function mountPod(cluster: Cluster, vault: VaultServer, pod: PodRecord): void {
  cluster.clock.pass(0.3);
  const isMounted = pod.classes
    .map((name) => mountClass(cluster, vault, pod, cluster.class(pod.namespace, name)))
    .every((mount) => mount !== null);
  cluster.clock.pass(0.8);
  if (isMounted) startContainers(cluster, pod);
  reportStatus(cluster, pod, isMounted ? 'Running' : 'Pending');
}

/** The kubelet tries a failed mount again, each time with the provider's cached Vault token. */
export function retryMount(cluster: Cluster, vault: VaultServer, pod: PodRecord): boolean {
  const isMounted = pod.classes
    .filter((name) => !pod.mounts.some((mount) => mount.class.name === name))
    .map((name) => mountClass(cluster, vault, pod, cluster.class(pod.namespace, name)))
    .every((mount) => mount !== null);
  if (isMounted) {
    startContainers(cluster, pod);
    reportStatus(cluster, pod, 'Running');
  }
  return isMounted;
}

/** The token of the pod's service account that Vault is shown; asked for once and then cached. */
export function podToken(cluster: Cluster, pod: PodRecord): ServiceAccountToken {
  const cached = tokens.get(pod);
  if (cached !== undefined) return cached;
  const jti = cluster.random.uuid();
  const token: ServiceAccountToken = {
    namespace: pod.namespace,
    serviceAccount: pod.serviceAccount,
    serviceAccountUid: cluster.accountUid(pod.namespace, pod.serviceAccount),
    podName: pod.name,
    podUid: pod.uid,
    node: pod.node.name,
    jti,
    jwt: `eyJhbGciOiJSUzI1NiJ9.${cluster.random.hex(60)}.${cluster.random.hex(40)}`,
  };
  tokens.set(pod, token);
  const isKubelet = cluster.tokensBy === 'kubelet';
  const actor = isKubelet ? cluster.kubelet(pod.node) : cluster.providerActor(pod.node);
  const at = cluster.request({
    actor,
    verb: 'create',
    resource: 'serviceaccounts',
    subresource: 'token',
    namespace: pod.namespace,
    name: pod.serviceAccount,
    requestObject: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { creationTimestamp: null },
      spec: {
        audiences: isKubelet ? ['vault'] : null,
        expirationSeconds: isKubelet ? 3600 : 900,
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.name, uid: pod.uid },
      },
      status: { token: '', expirationTimestamp: null },
    },
    annotations: { 'authentication.kubernetes.io/issued-credential-id': `JTI=${jti}` },
    needed: false,
  });
  const { namespace, serviceAccount } = pod;
  const issued = { jti, cluster: cluster.name, namespace, serviceAccount, podUid: pod.uid, at };
  cluster.truth.tokens.issued.push({ ...issued, by: actor.username, with: null, isNeeded: false });
  return token;
}

function mountClass(
  cluster: Cluster,
  vault: VaultServer,
  pod: PodRecord,
  spec: SecretProviderClass,
): Mount | null {
  const token = podToken(cluster, pod);
  fetchHmacKey(cluster, pod);
  const session = logIn(cluster, vault, pod, spec, token);
  const reads = readObjects(cluster, vault, pod, spec, session);
  if (reads === null) return null;
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
    held: new Map(),
  };
  // A pod of the same name whose status nobody has swept yet: the driver takes the object over.
  const isLeft = cluster.statuses.has(`${pod.namespace}/${mount.statusName}`);
  note(cluster, mount, reads);
  const at = isLeft ? replaceStatus(cluster, mount) : createStatus(cluster, mount);
  hold(cluster, vault, mount, at);
  pod.mounts.push(mount);
  syncSecrets(cluster, mount, 'mount');
  return mount;
}

/**
 * One rotation poll of every volume of the pod. Driver 1.5 writes the status only where a reported
 * version differs; driver 1.6 tries a create (409) and an update each time, changed or not.
 */
export function pollPod(cluster: Cluster, vault: VaultServer, pod: PodRecord): void {
  for (const mount of pod.mounts) {
    fetchHmacKey(cluster, pod);
    const { issuedAt, ttl } = mount.session;
    // The provider renews nothing: when its token has run out it logs in anew.
    if (cluster.clock.now / 1000 > Date.parse(issuedAt) + ttl * 1000) {
      mount.session = logIn(cluster, vault, pod, mount.class, podToken(cluster, pod));
    }
    const reads = readObjects(cluster, vault, pod, mount.class, mount.session);
    if (reads === null) continue;
    const before = new Map(mount.reported);
    const changed = note(cluster, mount, reads);
    if (cluster.driver === '1.6')
      hold(cluster, vault, mount, replaceStatus(cluster, mount), changed);
    else if ([...mount.reported].some(([id, version]) => before.get(id) !== version)) {
      hold(cluster, vault, mount, updateStatus(cluster, mount, 'rotation'), changed);
    }
    syncSecrets(cluster, mount, 'rotation');
    cluster.clock.pass(0.2);
  }
}

/** The provider on the node lost its cache: each pod there logs in anew at its next poll. */
export function forgetSessions(cluster: Cluster, vault: VaultServer, pods: PodRecord[]): void {
  for (const pod of pods) {
    for (const mount of pod.mounts) {
      mount.session = logIn(cluster, vault, pod, mount.class, podToken(cluster, pod));
    }
  }
}

function logIn(
  cluster: Cluster,
  vault: VaultServer,
  pod: PodRecord,
  spec: SecretProviderClass,
  token: ServiceAccountToken,
): Session {
  const from = { address: pod.node.provider.address };
  if (cluster.login === 'kubernetes') {
    return loginKubernetes(vault, spec.authMount, spec.role, token, from);
  }
  return loginJwt(vault, spec.authMount, spec.role, token, from, cluster.login === 'mapped');
}

/** One request a path, as the provider caches answers within one mount. */
function readObjects(
  cluster: Cluster,
  vault: VaultServer,
  pod: PodRecord,
  spec: SecretProviderClass,
  session: Session,
): Map<ProviderObject, ReadResult & { state: 'read' }> | null {
  const from = { address: pod.node.provider.address };
  const byPath = new Map<string, ReadResult>();
  const results = new Map<ProviderObject, ReadResult & { state: 'read' }>();
  for (const object of spec.objects) {
    const { path, version } = splitSecretPath(object.secretPath);
    const known = byPath.get(object.secretPath);
    const options = version === null ? {} : { version };
    const result = known ?? vault.read(session, path, from, options);
    byPath.set(object.secretPath, result);
    if (result.state !== 'read') return null;
    results.set(object, result);
  }
  cluster.clock.tick();
  return results;
}

/** Takes over what was read; gives the ids whose content is another one than before. */
function note(
  cluster: Cluster,
  mount: Mount,
  reads: Map<ProviderObject, ReadResult & { state: 'read' }>,
): Set<string> {
  const changed = new Set<string>();
  for (const [object, result] of reads) {
    const { objectName, secretKey } = object;
    const wholeAnswer = { request_id: result.requestId, data: { data: result.values } };
    const content =
      secretKey === undefined ? JSON.stringify(wholeAnswer) : String(result.values[secretKey]);
    const reported = reportedVersion(cluster.hmacKey, object, content);
    const version = result.version === null ? null : String(result.version);
    // A whole answer differs at every read, and no version at all is always the same.
    const tellsContent = reported !== '' && secretKey !== undefined;
    const isOther = tellsContent
      ? mount.reported.get(objectName) !== reported
      : mount.versions.get(objectName) !== version;
    mount.reported.set(objectName, reported);
    mount.contents.set(objectName, content);
    if (!isOther && mount.versions.has(objectName)) continue;
    mount.versions.set(objectName, version);
    changed.add(objectName);
  }
  return changed;
}

function hold(
  cluster: Cluster,
  vault: VaultServer,
  mount: Mount,
  at: number,
  only?: Set<string>,
): void {
  for (const object of mount.class.objects) {
    const reference = vault.reference(splitSecretPath(object.secretPath).path);
    const version = mount.versions.get(object.objectName) ?? null;
    mount.held.set(object.objectName, { object: reference, version });
    if (only !== undefined && !only.has(object.objectName)) continue;
    cluster.truth.hold(cluster.holder(mount.pod), reference, version, at, 'mounted');
  }
}

/** A heartbeat of every mount, visible even where only metadata is logged. */
function fetchHmacKey(cluster: Cluster, pod: PodRecord): void {
  cluster.request({
    actor: cluster.providerActor(pod.node),
    verb: 'get',
    resource: 'secrets',
    namespace: providerNamespace,
    name: 'vault-csi-provider-hmac-key',
    ...(cluster.hmacKey === null
      ? { code: 403, reason: 'Forbidden', message: 'secrets is forbidden' }
      : {}),
    needed: false,
  });
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
