import { providerNamespace } from '../../../simulate/world/actors.ts';
import type { Cluster } from '../../../simulate/world/cluster.ts';
import type { Fetched } from '../../../simulate/world/csi-provider.ts';
import type { ClassObject, PodRecord, SecretProviderClass } from '../../../simulate/world/kinds.ts';
import { podToken, type ServiceAccountToken } from '../../../simulate/world/pod-token.ts';
import { type ProviderObject, reportedVersion } from './object-version.ts';
import { splitSecretPath } from './secret-path.ts';
import type { Session } from './vault-entry.ts';
import type { Caller, ReadResult } from './vault-exchange.ts';
import { loginJwt, loginKubernetes } from './vault-logins.ts';
import type { VaultServer } from './vault-server.ts';

/** What vault-csi-provider does for one volume: its key, a login or a cached token, one read a path. */
export function fetchFromVault(
  vault: VaultServer,
  cluster: Cluster,
  pod: PodRecord,
  spec: SecretProviderClass,
  cached: Session | null,
): { session: Session; objects: Map<ClassObject, Fetched> | null } {
  if (cached === null) podToken(cluster, pod);
  fetchHmacKey(cluster, pod);
  // The provider renews nothing: when its token has run out it logs in anew.
  const isOver =
    cached !== null && cluster.clock.now / 1000 > Date.parse(cached.issuedAt) + cached.ttl * 1000;
  const session = cached === null || isOver ? logInForPod(vault, cluster, pod, spec) : cached;
  const reads = readObjects(vault, cluster, pod, spec, session);
  if (reads === null) return { session, objects: null };
  const objects = new Map<ClassObject, Fetched>();
  for (const [object, result] of reads) {
    objects.set(object, fetchedOf(vault, cluster, object, result));
  }
  return { session, objects };
}

/** A login with the token of the pod's service account, by the auth method of the cluster. */
export function logInForPod(
  vault: VaultServer,
  cluster: Cluster,
  pod: PodRecord,
  spec: SecretProviderClass,
): Session {
  const { roleName = '', vaultAuthMountPath = '' } = spec.parameters;
  const from = { address: pod.node.provider.address };
  const part = { authMount: vaultAuthMountPath, role: roleName, from };
  const session = logInWith(vault, cluster, podToken(cluster, pod), part);
  for (const id of vault.sessionIds(session)) {
    const entity = `provider_session:vault/default/${id}`;
    cluster.truth.linked('logged_in', `pod:${cluster.name}/${pod.uid}`, entity);
  }
  return session;
}

/** The same login from wherever the token is. */
export function logInWith(
  vault: VaultServer,
  cluster: Cluster,
  token: ServiceAccountToken,
  part: { authMount: string; role: string; from: Caller },
): Session {
  const { authMount, role, from } = part;
  if (cluster.login === 'kubernetes') return loginKubernetes(vault, authMount, role, token, from);
  return loginJwt(vault, authMount, role, token, from, cluster.login === 'mapped');
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

/** One request a path, as the provider caches answers within one mount. */
function readObjects(
  vault: VaultServer,
  cluster: Cluster,
  pod: PodRecord,
  spec: SecretProviderClass,
  session: Session,
): Map<ProviderObject, ReadResult & { state: 'read' }> | null {
  const from = { address: pod.node.provider.address };
  const byPath = new Map<string, ReadResult>();
  const results = new Map<ProviderObject, ReadResult & { state: 'read' }>();
  for (const object of spec.objects as ProviderObject[]) {
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

function fetchedOf(
  vault: VaultServer,
  cluster: Cluster,
  object: ProviderObject,
  result: ReadResult & { state: 'read' },
): Fetched {
  const { secretKey, secretPath } = object;
  const wholeAnswer = { request_id: result.requestId, data: { data: result.values } };
  const content =
    secretKey === undefined ? JSON.stringify(wholeAnswer) : String(result.values[secretKey]);
  const reported = reportedVersion(cluster.hmacKey, object, content);
  return {
    reference: vault.reference(splitSecretPath(secretPath).path),
    version: result.version === null ? null : String(result.version),
    reported,
    content,
    // A whole answer differs at every read, and no version at all is always the same.
    tellsContent: reported !== '' && secretKey !== undefined,
  };
}
