import { createHmac } from 'node:crypto';

export interface AuditDevice {
  /** A UUID string, the key of every hash the device writes (`sys/audit-hash` uses the same). */
  salt: string;
  /** `log_raw=true`: nothing is hashed, and the log itself holds the secrets. */
  isRaw: boolean;
}

/** A logged-in token. Newer Vault hands out a token that wraps the one it keeps: two hashes. */
export interface Session {
  outerToken: string;
  innerToken: string;
  accessor: string;
  displayName: string;
  policies: string[];
  metadata: Record<string, string> | null;
  entity: string | null;
  clientId: string;
  issuedAt: string;
  ttl: number;
  tokenType: 'service' | 'batch';
  /** The identity as DESIGN names it: what the truth calls the holder. */
  identity: string;
  authMount: string;
}

export interface Exchange {
  id: string;
  operation: string;
  path: string;
  mount: { point: string; type: string; accessor: string; class: 'auth' | 'secret' };
  session: Session | null;
  /** The session a login brings. */
  login?: Session;
  data?: unknown;
  response?: unknown;
  wrapInfo?: { token: string; accessor: string; ttl: number; created: string; path: string };
  denied?: 'policy' | 'login';
  wrapTtl?: number;
  address: string;
  port: number;
  userAgent: string | null;
  /** Path of the Vault namespace, with its slash; absent for root. */
  namespace: string | null;
}

/** Old lines know no mount point and no headers, and write out what is empty. */
export type Product = 'vault' | 'openbao' | 'old-vault';

/** `hmac-sha256:` and the hex of HMAC-SHA256 under the device's salt, as Vault's audit salt does. */
export function auditHash(device: AuditDevice, text: string): string {
  if (device.isRaw) return text;
  return `hmac-sha256:${createHmac('sha256', device.salt).update(text).digest('hex')}`;
}

/** Replaces every string leaf by its hash; keys, numbers and booleans stay, as in Vault. */
function hashLeaves(device: AuditDevice, product: Product, value: unknown): unknown {
  if (typeof value === 'string') {
    // OpenBao leaves whatever parses as an RFC 3339 time; Vault hashes string times too.
    const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value);
    return product === 'openbao' && isTime ? value : auditHash(device, value);
  }
  if (Array.isArray(value)) return value.map((item) => hashLeaves(device, product, item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, hashLeaves(device, product, item)]),
  );
}

function authBlock(device: AuditDevice, session: Session, allowed: boolean | null): unknown {
  const granting = [{ type: '' }, { name: session.policies[0], namespace_id: 'root', type: 'acl' }];
  return {
    accessor: session.tokenType === 'batch' ? undefined : auditHash(device, session.accessor),
    client_token: auditHash(device, session.outerToken),
    display_name: session.displayName,
    entity_id: session.entity ?? undefined,
    metadata: session.metadata ?? undefined,
    policies: session.policies,
    policy_results:
      allowed === null ? undefined : { allowed, granting_policies: allowed ? granting : undefined },
    token_issue_time: session.issuedAt,
    token_policies: session.policies,
    token_ttl: session.ttl === 0 ? undefined : session.ttl,
    token_type: session.tokenType,
  };
}

/** At the login itself the token has no issue time in the log yet. */
function loginBlock(device: AuditDevice, session: Session): unknown {
  return { ...(authBlock(device, session, null) as object), token_issue_time: undefined };
}

function requestBlock(
  device: AuditDevice,
  product: Product,
  exchange: Exchange,
  isRequest: boolean,
): unknown {
  const { session, mount } = exchange;
  const isOld = product === 'old-vault';
  const hasHeaders = product === 'vault' && exchange.userAgent !== null;
  return {
    client_id: session?.clientId,
    client_token: session === null ? undefined : auditHash(device, session.innerToken),
    client_token_accessor:
      session === null || session.tokenType === 'batch'
        ? undefined
        : auditHash(device, session.accessor),
    data: exchange.data === undefined ? undefined : hashLeaves(device, product, exchange.data),
    headers: hasHeaders ? { 'user-agent': [exchange.userAgent] } : undefined,
    id: exchange.id,
    ...(isOld ? {} : mountBlock(product, mount, isRequest)),
    mount_type: mount.type,
    namespace:
      exchange.namespace === null ? { id: 'root' } : { id: 'nsVp3', path: exchange.namespace },
    operation: exchange.operation,
    path: exchange.path,
    remote_address: exchange.address,
    remote_port: isOld ? undefined : exchange.port,
    wrap_ttl: exchange.wrapTtl,
  };
}

const runningVersion = (product: Product) =>
  product === 'openbao' ? 'v2.6.2+builtin.bao' : 'v1.20.3+builtin.vault';

function mountBlock(product: Product, mount: Exchange['mount'], isRequest: boolean): object {
  return {
    mount_accessor: isRequest ? undefined : mount.accessor,
    mount_class: mount.class,
    mount_point: mount.point,
    mount_running_version: runningVersion(product),
  };
}

function responseBlock(device: AuditDevice, product: Product, exchange: Exchange): unknown {
  const { mount, wrapInfo, login } = exchange;
  const data =
    exchange.denied !== undefined
      ? { error: auditHash(device, '1 error occurred:\n\t* permission denied\n\n') }
      : exchange.response === undefined
        ? undefined
        : hashLeaves(device, product, exchange.response);
  return {
    auth: login === undefined ? undefined : loginBlock(device, login),
    data,
    ...(product === 'old-vault'
      ? {}
      : {
          mount_accessor: mount.accessor,
          mount_class: mount.class,
          mount_point: mount.point,
          mount_running_plugin_version: runningVersion(product),
        }),
    mount_type: mount.type,
    wrap_info:
      wrapInfo === undefined
        ? undefined
        : {
            accessor: auditHash(device, wrapInfo.accessor),
            creation_path: wrapInfo.path,
            creation_time: wrapInfo.created,
            token: auditHash(device, wrapInfo.token),
            ttl: wrapInfo.ttl,
          },
  };
}

/** The request entry and the response entry of one exchange, as one device writes them. */
export function auditEntries(
  device: AuditDevice,
  product: Product,
  exchange: Exchange,
  times: { request: string; response: string },
): { request: string; response: string } {
  const { session, login, denied } = exchange;
  const bare = { token_type: 'default' };
  const allowed = denied !== 'policy';
  const auth = session === null ? bare : authBlock(device, session, allowed);
  const request = {
    time: times.request,
    type: 'request',
    auth,
    request: requestBlock(device, product, exchange, true),
    error: denied === 'policy' ? 'permission denied' : undefined,
  };
  const response = {
    time: times.response,
    type: 'response',
    // A login is already who it makes; a token made of a token is asked for by the old one.
    auth: login === undefined || session !== null ? auth : loginBlock(device, login),
    request: requestBlock(device, product, exchange, false),
    response: responseBlock(device, product, exchange),
    error: denied === undefined ? undefined : '1 error occurred:\n\t* permission denied\n\n',
  };
  return { request: JSON.stringify(request), response: JSON.stringify(response) };
}
