import { serviceAccountActor } from './actors.ts';
import type { Actor } from './api-request.ts';
import type { Cluster } from './cluster.ts';
import type { PodRecord } from './kinds.ts';

const credential = 'authentication.kubernetes.io/credential-id';
const prefix = 'authentication.kubernetes.io';

/** The `jti` of the service-account token that somebody acts with, where she does. */
export function tokenOf(actor: Actor): string | null {
  const [id] = actor.extra?.[credential] ?? [];
  return id?.startsWith('JTI=') ? id.slice('JTI='.length) : null;
}

/** What a bound token puts into every request. */
export function boundExtra(jti: string, pod?: PodRecord): Record<string, string[]> {
  const claims = pod === undefined ? [] : [pod.name, pod.uid];
  const [name, uid] = claims;
  return {
    [credential]: [`JTI=${jti}`],
    ...(name === undefined || uid === undefined
      ? {}
      : { [`${prefix}/pod-name`]: [name], [`${prefix}/pod-uid`]: [uid] }),
  };
}

/** `kubectl create token ACCOUNT`, bound to a pod or not; gives whoever acts with it from then on. */
export function requestToken(
  cluster: Cluster,
  by: Actor,
  part: { namespace: string; serviceAccount: string; pod?: PodRecord },
): { jti: string; actor: Actor } {
  const { namespace, serviceAccount, pod } = part;
  const jti = cluster.random.uuid();
  const bound =
    pod === undefined
      ? {}
      : { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.name, uid: pod.uid } };
  const at = cluster.request({
    actor: by,
    verb: 'create',
    resource: 'serviceaccounts',
    subresource: 'token',
    namespace,
    name: serviceAccount,
    requestObject: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { audiences: null, expirationSeconds: 3600, ...bound },
    },
    annotations: { 'authentication.kubernetes.io/issued-credential-id': `JTI=${jti}` },
  });
  cluster.truth.tokens.issued.push({
    jti,
    cluster: cluster.name,
    namespace,
    serviceAccount,
    podUid: pod?.uid ?? null,
    by: by.username,
    with: tokenOf(by),
    at,
    isNeeded: true,
  });
  const actor = serviceAccountActor(namespace, serviceAccount, {
    uid: cluster.accountUid(namespace, serviceAccount),
    userAgent: by.userAgent,
    address: by.address,
    extra: boundExtra(jti, pod),
  });
  return { jti, actor };
}
