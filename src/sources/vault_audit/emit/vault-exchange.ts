import type { Exchange } from './vault-entry.ts';
import type { KvValues } from './vault-kv.ts';
import { type SessionPart, stableHex } from './vault-session.ts';

/** Who asks, from where. */
export interface Caller {
  address: string;
  userAgent?: string;
}

interface Answered {
  requestId: string;
  at: number;
}

interface Served extends Answered {
  /** null in KV v1. */
  version: number | null;
  values: KvValues;
}

/** What came of a read. */
export type ReadResult =
  | (Served & { state: 'read' })
  | (Served & { state: 'wrapped'; wrappingToken: string })
  | (Answered & { state: 'denied' | 'missing' });

/** A login through an auth mount. */
export interface LoginPart extends SessionPart {
  method: 'kubernetes' | 'jwt' | 'userpass' | 'approle' | 'oidc';
  path: string;
  data: Record<string, string>;
  from: Caller;
  needed?: boolean;
}

/** An exchange as an act knows it; the server adds ids, ports and its namespace. */
export type ExchangePart = Omit<Exchange, 'id' | 'address' | 'port' | 'userAgent' | 'namespace'> & {
  id?: string;
  from: Caller;
  needed?: boolean;
};

export const systemMount: Exchange['mount'] = {
  point: 'sys/',
  type: 'system',
  accessor: 'system_7f10aa02',
  class: 'secret',
};

export const tokenMount: Exchange['mount'] = {
  point: 'auth/token/',
  type: 'token',
  accessor: 'auth_token_2c6b9f01',
  class: 'auth',
};

/** How a KV engine stands in an entry. */
export function kvMount(point: string): Exchange['mount'] {
  const accessor = `kv_${stableHex(point, 8)}`;
  return { point: `${point}/`, type: 'kv', accessor, class: 'secret' };
}

/** The token that `operator init` leaves. */
export const rootPart: SessionPart = {
  displayName: 'root',
  identity: 'root',
  policies: ['root'],
  entityOf: '',
  metadata: null,
  ttl: 0,
  authMount: 'token',
};
