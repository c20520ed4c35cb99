import { type Clock, microTime, nanoTime, secondTime } from '../../../simulate/world/clock.ts';
import type { Cluster } from '../../../simulate/world/cluster.ts';
import type { CsiProvider } from '../../../simulate/world/csi-provider.ts';
import type { PodRecord, SecretProviderClass } from '../../../simulate/world/kinds.ts';
import type { LineSink, LogLine } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import { fetchFromVault, logInForPod } from './csi-mount.ts';
import {
  type AuditDevice,
  auditEntries,
  auditHash,
  type Exchange,
  type Product,
  type Session,
} from './vault-entry.ts';
import {
  type Caller,
  type ExchangePart,
  kvMount,
  type LoginPart,
  type ReadResult,
  rootPart,
  systemMount,
  tokenMount,
} from './vault-exchange.ts';
import {
  goneBlock,
  KvStore,
  type KvValues,
  type KvVersion,
  valuelessBlock,
  versionBlock,
} from './vault-kv.ts';
import type { VaultOptions } from './vault-options.ts';
import { SessionMaker, stableHex } from './vault-session.ts';

/** A Vault (or OpenBao) server: its KV engines, tokens, and the audit log of all its devices. */
export class VaultServer implements CsiProvider {
  readonly id = 'vault';
  /** Every line, unless they go elsewhere. */
  readonly lines: LogLine[] = [];
  readonly #sink: LineSink;
  readonly devices: AuditDevice[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #truth: Truth;
  readonly #product: Product;
  readonly #readersOnly: boolean;
  readonly #namespace: string | null;
  readonly #clockSkew: number;
  readonly #store = new KvStore();
  readonly #sessions: SessionMaker;
  readonly #denials = new Set<string>();
  readonly #wrapped = new Map<string, { object: string; version: KvVersion }>();

  constructor(options: VaultOptions) {
    this.#sink = options.sink ?? this.lines;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#truth = options.truth;
    this.#product = options.product ?? 'vault';
    this.#readersOnly = options.readersOnly ?? false;
    this.#namespace = options.namespace ?? null;
    this.#clockSkew = (options.clockSkew ?? 0) * 1_000_000;
    this.#sessions = new SessionMaker(options.random, options.tokenType ?? 'service');
    const { devices: count = 1, isRaw = false } = options;
    this.devices = Array.from({ length: count }, () => ({ salt: options.random.uuid(), isRaw }));
  }

  /** Mounts a KV engine at `point`, such as `secret`. */
  mountKv(point: string, engine: 1 | 2 = 2): void {
    this.#store.mount(point, engine);
  }

  /** `secret/payments/stripe` as Custody writes it: KV v2's `data/` left out. */
  reference(object: string): string {
    return `vault:${this.#namespace === null ? '' : `${this.#namespace}:`}${object}`;
  }

  /** Every read of `object` by the Vault role (or person) is refused from now on. */
  deny(role: string, object: string): void {
    this.#denials.add(`${role} ${object}`);
  }

  permit(role: string, object: string): void {
    this.#denials.delete(`${role} ${object}`);
  }

  versionsOf(object: string): KvVersion[] {
    return this.#store.versions(object);
  }

  /** Before the log starts: the versions are there, and no line tells who wrote them. */
  seed(object: string, values: KvValues[]): void {
    const createdAt = this.#clock.now - 30 * 86_400_000_000;
    for (const value of values) this.#store.put(object, value, createdAt);
  }

  write(session: Session, object: string, values: KvValues, from: Caller): number {
    const { mount, path, point } = this.#store.place(object);
    const isKv2 = mount.engine === 2;
    const isFirst = this.versionsOf(object).length === 0;
    const version = this.#store.put(object, values, this.#clock.now);
    const at = this.#exchange({
      operation: isFirst ? 'create' : 'update',
      path: isKv2 ? `${point}/data/${path}` : object,
      mount: kvMount(point),
      session,
      data: isKv2 ? { data: values, options: {} } : values,
      ...(isKv2 ? { response: versionBlock(version) } : {}),
      from,
    });
    const reference = this.reference(object);
    const name = isKv2 ? String(version.number) : null;
    if (name !== null) this.#truth.created(reference, name, at, session.identity);
    this.#noteRawLine(reference, name, at);
    return version.number;
  }

  /** A read of values. The truth is left to the caller: only it knows whether a mount is behind. */
  read(
    session: Session,
    object: string,
    from: Caller,
    options: { version?: number; wrapTtl?: number; needed?: boolean } = {},
  ): ReadResult {
    const { mount, path, point } = this.#store.place(object);
    const isKv2 = mount.engine === 2;
    const role = session.metadata?.role ?? session.identity;
    const versions = this.versionsOf(object);
    const chosen = versions.find((one) => one.number === (options.version ?? versions.length));
    const id = this.#random.uuid();
    const base: ExchangePart = {
      id,
      operation: 'read',
      path: isKv2 ? `${point}/data/${path}` : object,
      mount: kvMount(point),
      session,
      ...(options.version === undefined ? {} : { data: { version: String(options.version) } }),
      ...(options.needed === undefined ? {} : { needed: options.needed }),
      from,
    };
    if (this.#denials.has(`${role} ${object}`)) {
      return { state: 'denied', requestId: id, at: this.#exchange({ ...base, denied: 'policy' }) };
    }
    if (chosen === undefined) return { state: 'missing', requestId: id, at: this.#exchange(base) };
    if (chosen.deleted || chosen.destroyed) {
      const at = this.#exchange({ ...base, response: goneBlock(chosen) });
      return { state: 'missing', requestId: id, at };
    }
    const served = { requestId: id, version: isKv2 ? chosen.number : null, values: chosen.values };
    if (options.wrapTtl !== undefined) {
      const wrapInfo = this.#wrap(base.path, options.wrapTtl, { object, version: chosen });
      const at = this.#exchange({ ...base, wrapInfo, wrapTtl: options.wrapTtl });
      return { state: 'wrapped', ...served, at, wrappingToken: wrapInfo.token };
    }
    const response = isKv2
      ? { data: chosen.values, metadata: versionBlock(chosen) }
      : chosen.values;
    const at = this.#exchange({ ...base, response });
    this.#noteRead(session, object, served.version, at);
    return { state: 'read', ...served, at };
  }

  /** The wrapped answer is handed out here, under another path than the object's. */
  unwrap(session: Session, wrappingToken: string, from: Caller): number {
    const wrapped = this.#wrapped.get(wrappingToken);
    if (wrapped === undefined) throw new Error('no such wrapping token');
    const { object, version } = wrapped;
    const at = this.#exchange({
      operation: 'update',
      path: 'sys/wrapping/unwrap',
      mount: systemMount,
      session,
      data: { token: wrappingToken },
      response: { data: version.values, metadata: versionBlock(version) },
      from,
    });
    this.#noteRead(session, object, version.number, at);
    return at;
  }

  readWithoutValues(
    session: Session,
    object: string,
    what: 'metadata' | 'subkeys' | 'list',
    from: Caller,
  ): void {
    const { path, point } = this.#store.place(object);
    const folder = path.split('/').slice(0, -1).join('/');
    this.#exchange({
      operation: what === 'list' ? 'list' : 'read',
      path: what === 'list' ? `${point}/metadata/${folder}/` : `${point}/${what}/${path}`,
      mount: kvMount(point),
      session,
      response: valuelessBlock(what, path, this.versionsOf(object)),
      from,
    });
  }

  /** Delete, undelete or destroy; the numbers go as strings, as `vault kv` sends them. */
  change(
    session: Session,
    object: string,
    what: 'delete' | 'undelete' | 'destroy',
    numbers: number[],
    from: Caller,
  ): void {
    const { path, point } = this.#store.place(object);
    this.#exchange({
      operation: 'update',
      path: `${point}/${what}/${path}`,
      mount: kvMount(point),
      session,
      data: { versions: numbers.map(String) },
      from,
    });
    for (const version of this.versionsOf(object)) {
      if (!numbers.includes(version.number)) continue;
      if (what === 'destroy') version.destroyed = true;
      else version.deleted = what === 'delete';
    }
  }

  /** A login through an auth mount, of whatever method (see vault-logins.ts). */
  login(part: LoginPart): Session {
    const { method, path, data, from, needed, ...sessionPart } = part;
    const session = this.#sessions.make(sessionPart, secondTime(this.#clock.now));
    const accessor = `auth_${method}_${stableHex(part.authMount, 8)}`;
    const at = this.#exchange({
      operation: 'update',
      path,
      mount: { point: `auth/${part.authMount}/`, type: method, accessor, class: 'auth' },
      session: null,
      login: session,
      data,
      ...(needed === undefined ? {} : { needed }),
      from,
    });
    session.issuedAt = secondTime(at);
    return session;
  }

  /** What each device calls the session in its lines. */
  sessionIds(session: Session): string[] {
    return this.devices.map((device) => auditHash(device, session.accessor));
  }

  /** A token made of a token, with a name of its own: what it was made of stands in the request. */
  makeToken(parent: Session, name: string, from: Caller): Session {
    const displayName = `token-${name}`;
    const part = { displayName, identity: displayName, authMount: 'token', entityOf: '' };
    const rest = { metadata: null, policies: parent.policies, ttl: 3600 };
    const session = this.#sessions.make({ ...part, ...rest }, secondTime(this.#clock.now));
    const at = this.#exchange({
      operation: 'update',
      path: 'auth/token/create',
      mount: tokenMount,
      session: parent,
      login: session,
      data: { display_name: name },
      from,
    });
    session.issuedAt = secondTime(at);
    return session;
  }

  /** The token that `operator init` left: it has no entity and no login line. */
  rootSession(): Session {
    return this.#sessions.make(rootPart, secondTime(this.#clock.now));
  }

  /** Ordinary traffic: a token looks itself up. */
  selfLookup(session: Session, from: Caller): void {
    this.#exchange({
      operation: 'read',
      path: 'auth/token/lookup-self',
      mount: tokenMount,
      session,
      response: { display_name: session.displayName, ttl: session.ttl, type: session.tokenType },
      needed: false,
      from,
    });
  }

  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, session: unknown) {
    return fetchFromVault(this, cluster, pod, spec, session as Session | null);
  }

  logInAgain(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass): Session {
    return logInForPod(this, cluster, pod, spec);
  }

  #exchange(part: ExchangePart): number {
    const { from, needed, ...rest } = part;
    const at = this.#clock.tick() + this.#clockSkew;
    const requestNanoseconds = this.#random.integer(0, 999);
    const answeredAt = at + this.#random.integer(300, 1500);
    const times = {
      request: nanoTime(at, requestNanoseconds),
      response: nanoTime(answeredAt, this.#random.integer(0, 999)),
    };
    const exchange: Exchange = {
      id: this.#random.uuid(),
      ...rest,
      address: from.address,
      port: this.#random.integer(32768, 60999),
      userAgent: from.userAgent ?? 'Go-http-client/1.1',
      namespace: this.#namespace === null ? null : `${this.#namespace}/`,
    };
    this.devices.forEach((device, writer) => {
      const entries = auditEntries(device, this.#product, exchange, times);
      const line = { needed: needed ?? true, writer };
      this.#sink.push({ ...line, at, text: entries.request, opening: true });
      this.#sink.push({ ...line, at: answeredAt, text: entries.response, opening: false });
    });
    return at;
  }

  /** Every answer with values is remembered; it is an exposure of its own where no pod can be told. */
  #noteRead(session: Session, object: string, version: number | null, at: number): void {
    const name = version === null ? null : String(version);
    const reference = this.reference(object);
    if (this.#truth.keepsDetails) {
      this.#truth.reads.push({
        identity: session.identity,
        object: reference,
        version: name,
        at: microTime(at),
      });
    }
    this.#noteRawLine(reference, name, at);
    if (!this.#readersOnly) return;
    this.#truth.read({ kind: 'identity', id: session.identity }, reference, name, at, 'read it');
  }

  /** A device that hashes nothing has the value in its own line. */
  #noteRawLine(object: string, version: string | null, at: number): void {
    if (!this.devices.some(({ isRaw }) => isRaw)) return;
    this.#truth.logged({ object, version }, at, 'the audit device of Vault hashes nothing');
  }

  #wrap(path: string, ttl: number, held: { object: string; version: KvVersion }) {
    const token = `hvs.CAES${this.#random.hex(40)}`;
    this.#wrapped.set(token, held);
    const created = nanoTime(this.#clock.now, 123);
    return { token, accessor: this.#random.hex(24), ttl, created, path };
  }
}
