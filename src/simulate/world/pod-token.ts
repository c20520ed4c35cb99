import type { Cluster } from './cluster.ts';
import type { PodRecord } from './kinds.ts';

/** A token of a service account, bound to a pod. */
export interface ServiceAccountToken {
  namespace: string;
  serviceAccount: string;
  serviceAccountUid: string;
  podName: string;
  podUid: string;
  node: string;
  /** The JWT itself, and its `jti` claim. */
  jwt: string;
  jti: string;
}

const tokens = new WeakMap<PodRecord, ServiceAccountToken>();

/**
 * The token of the pod's service account that the provider shows; asked for once and then cached.
 *
 * @param audience whom the driver's configuration has the kubelet ask it for
 */
export function podToken(
  cluster: Cluster,
  pod: PodRecord,
  audience = 'vault',
): ServiceAccountToken {
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
  const entity = `pod:${cluster.name}/${pod.uid}`;
  cluster.truth.linked('token_for', `token:${cluster.name}/${jti}`, entity);
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
        audiences: isKubelet ? [audience] : null,
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
