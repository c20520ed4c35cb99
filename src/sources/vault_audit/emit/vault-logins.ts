import type { ServiceAccountToken } from '../../../simulate/world/pod-token.ts';
import type { Session } from './vault-entry.ts';
import type { Caller } from './vault-exchange.ts';
import type { VaultServer } from './vault-server.ts';

/** A login of a service account through the Kubernetes auth method: no word about the pod. */
export function loginKubernetes(
  vault: VaultServer,
  authMount: string,
  role: string,
  token: ServiceAccountToken,
  from: Caller,
  ttl = 3600,
): Session {
  const { namespace, serviceAccount, serviceAccountUid } = token;
  return vault.login({
    authMount,
    method: 'kubernetes',
    path: `auth/${authMount}/login`,
    data: { jwt: token.jwt, role },
    displayName: `${authMount}-${namespace}-${serviceAccount}`,
    metadata: {
      role,
      service_account_name: serviceAccount,
      service_account_namespace: namespace,
      service_account_secret_name: '',
      service_account_uid: serviceAccountUid,
    },
    entityOf: `${authMount}/${serviceAccountUid}`,
    identity: `system:serviceaccount:${namespace}:${serviceAccount}`,
    policies: ['default', role],
    ttl,
    from,
  });
}

/** A login through JWT auth; with claim mappings the pod stands in the metadata of every line. */
export function loginJwt(
  vault: VaultServer,
  authMount: string,
  role: string,
  token: ServiceAccountToken,
  from: Caller,
  claimMappings: boolean,
): Session {
  const { namespace, serviceAccount } = token;
  const identity = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const mapped = {
    jti: token.jti,
    ns: namespace,
    pod_name: token.podName,
    pod_uid: token.podUid,
    role,
    sa_name: serviceAccount,
  };
  return vault.login({
    authMount,
    method: 'jwt',
    path: `auth/${authMount}/login`,
    data: { jwt: token.jwt, role },
    displayName: `${authMount}-${identity}`,
    metadata: claimMappings ? mapped : { role },
    entityOf: `${authMount}/${identity}`,
    identity,
    policies: ['default', role],
    ttl: 3600,
    from,
  });
}

/** A person with a password. */
export function loginUserpass(
  vault: VaultServer,
  username: string,
  from: Caller,
  options: { authMount?: string; needed?: boolean } = {},
): Session {
  const authMount = options.authMount ?? 'userpass';
  return vault.login({
    authMount,
    method: 'userpass',
    path: `auth/${authMount}/login/${username}`,
    data: { password: `pass-${username}` },
    displayName: `${authMount}-${username}`,
    metadata: { username },
    entityOf: `${authMount}/${username}`,
    identity: username,
    policies: ['default', 'engineering'],
    ttl: 2764800,
    ...(options.needed === undefined ? {} : { needed: options.needed }),
    from,
  });
}

/** A machine with a role id; its display name only names the method. */
export function loginApprole(
  vault: VaultServer,
  roleName: string,
  from: Caller,
  options: { needed?: boolean } = {},
): Session {
  return vault.login({
    authMount: 'approle',
    method: 'approle',
    path: 'auth/approle/login',
    data: { role_id: `role-${roleName}`, secret_id: `secret-${roleName}` },
    displayName: 'approle',
    metadata: { role_name: roleName },
    entityOf: `approle/${roleName}`,
    identity: `approle:${roleName}`,
    policies: ['default', roleName],
    ttl: 1200,
    ...(options.needed === undefined ? {} : { needed: options.needed }),
    from,
  });
}

/** A person through an identity provider: the display name is all that names her. */
export function loginOidc(vault: VaultServer, email: string, from: Caller): Session {
  return vault.login({
    authMount: 'oidc',
    method: 'oidc',
    path: 'auth/oidc/oidc/callback',
    data: { code: `code-${email}`, state: `st_${email}` },
    displayName: `oidc-${email}`,
    metadata: { role: 'engineering' },
    entityOf: `oidc/${email}`,
    identity: `oidc-${email}`,
    policies: ['default', 'engineering'],
    ttl: 3600,
    from,
  });
}
