import type { Tables } from './run-case.ts';
import { secretObjects, secretTellers } from './story-of-secrets.ts';

/**
 * One thing that happened, by its first key: `class`, `pod`, `mount`, `remove`, `version`, `read`, `log`,
 * those of `story-of-secrets.ts`, or `fact` for any other. The rest is what differs from the usual: cluster prod, namespace payments, account api.
 */
// biome-ignore lint/suspicious/noExplicitAny: what YAML holds; the tables check the columns.
export type Happening = Record<string, any>;

export type Fact = Happening;

export const usual = {
  cluster: 'prod',
  namespace: 'payments',
  account: 'api',
  class: 'stripe',
  node: 'node-a',
  address: '10.0.0.5',
  object: 'vault:secret/payments/stripe',
  auth_mount: 'kubernetes',
  role: 'payments',
};

/** Turns a story into the facts that its logs would state. */
export function factsOf(story: readonly Happening[]): Tables {
  const tables: Record<string, Fact[]> = {};
  const pods = new Map<string, Record<string, string>>();
  const add = (table: string, fact: Fact) => {
    tables[table] = [...(tables[table] ?? []), fact];
  };
  for (const [index, happening] of story.entries()) {
    const [kind = ''] = Object.keys(happening);
    const tell = tellers[kind];
    if (tell === undefined) throw new Error(`a story cannot tell "${kind}"`);
    tell({ happening, add, pods, id: `${kind}-${index}` });
  }
  return tables;
}

export interface Telling {
  happening: Happening;
  add: (table: string, fact: Fact) => void;
  pods: Map<string, Record<string, string>>;
  id: string;
}

const tellers: Record<string, (telling: Telling) => void> = {
  ...secretTellers,
  log: ({ happening, add }) => {
    const { log, from = '00:00:00', until = '23:00:00', cluster } = happening as Fact;
    const where = cluster ?? (log === 'k8s_audit' ? usual.cluster : 'default');
    const span = { first_at: time(from), last_at: time(until) };
    add('stream_interval', {
      stream: `${log} ${where} ${from}`,
      source: log,
      cluster: where,
      ...span,
    });
  },
  class: ({ happening, add, id }) => {
    const {
      class: name,
      at,
      objects,
      parameters = {},
      cluster,
      namespace,
      sync,
      ...rest
    } = happening;
    const defaults = { roleName: usual.role, objects };
    add('fact_secret_provider_class', {
      id,
      at: time(at),
      action: 'created',
      complete: true,
      cluster: cluster ?? usual.cluster,
      namespace: namespace ?? usual.namespace,
      name,
      provider: 'vault',
      parameters: { ...defaults, ...(parameters as Fact) },
      ...(sync === undefined ? {} : { secret_objects: secretObjects(sync) }),
      ...rest,
    });
  },
  version: ({ happening, add, id }) => {
    const { version, at, object = usual.object, ...rest } = happening;
    const change = { action: 'created', actor: 'root', object, version };
    add('fact_provider_version', { id, at: time(at), ...change, ...rest });
  },
  pod: ({ happening, add, pods, id }) => {
    const {
      pod,
      at,
      name = pod,
      cluster,
      namespace,
      account,
      node,
      class: named,
      ...rest
    } = happening;
    const place = { cluster: cluster ?? usual.cluster, namespace: namespace ?? usual.namespace };
    const known = { ...place, name, account: account ?? usual.account, node: node ?? usual.node };
    pods.set(String(pod), { ...known, class: named ?? usual.class } as unknown as Record<
      string,
      string
    >);
    const volumes =
      named === 'none' ? [] : [{ volume: 'v', secret_provider_class: named ?? usual.class }];
    add('fact_pod', {
      id,
      at: time(at),
      action: 'created',
      ...place,
      name,
      uid: pod,
      service_account: known.account,
      csi_volumes: volumes,
      ...rest,
    });
    const binding = { ...place, name, uid: pod, node: known.node };
    add('fact_pod_binding', { id: `${id}-binding`, at: time(at), ...binding });
  },
  mount: ({ happening, add, pods, id }) => {
    const { mount, at, read, reported, action = 'created', ...rest } = happening as Fact;
    const pod = pods.get(String(mount)) ?? {};
    const { namespace, cluster, name, account, node, class: named } = pod;
    if (read !== undefined) addRead(add, id, { at, back: 0.4, read, namespace, account, ...rest });
    const entries = reportedEntries(reported);
    add('fact_mount_status', {
      id: `${id}-status`,
      at: time(at),
      action,
      effective: rest.effective ?? true,
      has_body: entries !== undefined,
      cluster,
      namespace,
      name: `${name}-${namespace}-${named}`,
      writer_is_driver: true,
      ...(entries === undefined
        ? {}
        : { pod_name: name, pod_uid: mount, secret_provider_class: named, node, objects: entries }),
    });
  },
  remove: ({ happening, add, id }) => {
    const { remove, at, action = 'removed', cluster, namespace } = happening;
    const place = { cluster: cluster ?? usual.cluster, namespace: namespace ?? usual.namespace };
    add('fact_pod', { id, at: time(at), action, ...place, name: remove });
  },
  read: ({ happening, add, id }) => addRead(add, id, { back: 0, ...happening }),
  fact: ({ happening, add, id }) => {
    const { fact, at, ...rest } = happening;
    add(String(fact), { id, at: time(at), ...rest });
  },
};

/** Null is a write without a body; a text is the version of the one object `key`. */
function reportedEntries(reported: unknown): { id: string; version?: string }[] | undefined {
  if (reported === null) return undefined;
  if (reported === undefined) return [{ id: 'key' }];
  if (typeof reported === 'string') return [{ id: 'key', version: reported }];
  const entries = Object.entries(reported as Record<string, string | null>);
  return entries.map(([id, version]) => (version === null ? { id } : { id, version }));
}

function addRead(add: Telling['add'], id: string, from: Fact): void {
  const {
    at,
    back,
    read,
    namespace = usual.namespace,
    account = usual.account,
    actor,
    login,
  } = from;
  const { address = usual.address, object = usual.object, session, values, ...rest } = from;
  const by = actor ?? `system:serviceaccount:${namespace}:${account}`;
  const identity =
    actor === undefined ? { namespace, service_account: account, role: usual.role } : {};
  const common = { actor: by, session, auth_mount: usual.auth_mount, address, ...identity };
  const optional = ['auth_mount', 'role', 'user_agent', 'pod_uid', 'wrapped', 'actor_class'];
  const given = Object.fromEntries(
    Object.entries(rest).filter(([name]) => optional.includes(name)),
  );
  const { wrapped: _wrapped, actor_class: _class, ...forLogin } = given;
  if (login === true) {
    const when = time(at, Number(back) + 0.1);
    add('fact_provider_login', {
      id: `${id}-login`,
      at: when,
      ...common,
      ...forLogin,
      succeeded: true,
    });
  }
  for (const one of Array.isArray(object) ? object : [object]) {
    add('fact_provider_read', {
      id: `${id}-read-${one}`,
      at: time(at, Number(back)),
      ...common,
      actor_class: actor === undefined ? 'workload' : 'human',
      object: one,
      version: read,
      fields: ['api_key'],
      ...(values === undefined ? {} : { field_values: values }),
      ...given,
    });
  }
}

/** A time of the one day of all stories, some seconds earlier. */
export function time(clock: string, earlierSeconds = 0): string {
  const instant = Date.parse(`2026-01-01T${clock}Z`) - earlierSeconds * 1000;
  return new Date(instant).toISOString();
}
