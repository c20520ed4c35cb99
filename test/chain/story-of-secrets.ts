import { type Fact, type Telling, time, usual } from './story.ts';

const driver = 'system:serviceaccount:kube-system:secrets-store-csi-driver';

/** `secretObjects` of a class, from `{ <secret>: { <key>: <objectName> } }`. */
export function secretObjects(sync: Record<string, Record<string, string>>): Fact[] {
  return Object.entries(sync).map(([secretName, data]) => ({
    secretName,
    type: 'Opaque',
    data: Object.entries(data).map(([key, objectName]) => ({ key, objectName })),
  }));
}

/**
 * What happens to Secrets and to pods that hold something: `secret` (a write: `by` the driver unless
 * said otherwise; `values` where the log has a body), `ask` (somebody gets, lists or watches a Secret),
 * `enter` (somebody in a pod, or at its logs and ports), `start` (a container that the status shows).
 */
export const secretTellers: Record<string, (telling: Telling) => void> = {
  secret: ({ happening, add, id }) => {
    const {
      secret,
      at,
      by = 'driver',
      values,
      action = 'changed',
      cluster,
      namespace,
      ...rest
    } = happening;
    add('fact_kubernetes_secret', {
      id,
      at: time(at),
      action,
      effective: true,
      has_body: values !== undefined,
      cluster: cluster ?? usual.cluster,
      namespace: namespace ?? usual.namespace,
      name: secret,
      actor: by === 'driver' ? driver : by,
      metadata_only: false,
      ...(by === 'driver' ? { writer: 'driver' } : {}),
      ...(values === undefined ? {} : { field_values: fingerprints(values) }),
      ...rest,
    });
  },
  ask: ({ happening, add, id }) => {
    const {
      ask,
      at,
      verb = 'get',
      who = 'maria',
      namespace,
      cluster,
      until,
      from,
      ...rest
    } = happening;
    add('fact_kubernetes_secret_read', {
      id,
      at: time(at),
      verb,
      actor: who,
      actor_class: classOf(who),
      cluster: cluster ?? usual.cluster,
      namespace: namespace === undefined ? usual.namespace : namespace,
      name: ask,
      metadata_only: false,
      source_ips: [from ?? '192.0.2.1'],
      ...(until === undefined ? {} : { ended_at: time(until) }),
      ...rest,
    });
  },
  enter: ({ happening, add, pods, id }) => {
    const {
      enter,
      at,
      kind = 'exec',
      who = 'maria',
      until,
      container,
      uid = true,
      ...rest
    } = happening;
    const pod = pods.get(String(enter)) ?? {};
    add('fact_pod_access', {
      id,
      at: time(at),
      kind,
      actor: who,
      actor_class: classOf(who),
      cluster: pod.cluster ?? usual.cluster,
      namespace: pod.namespace ?? usual.namespace,
      pod_name: pod.name ?? enter,
      source_ips: ['192.0.2.1'],
      ...(uid === true ? { pod_uid: enter } : {}),
      ...(container === undefined ? {} : { container }),
      ...(until === undefined ? {} : { ended_at: time(until) }),
      ...rest,
    });
  },
  start: ({ happening, add, pods, id }) => {
    const { start, at, container = 'app', restarts = 0, seen = at } = happening;
    const { cluster, namespace, name } = pods.get(String(start)) ?? {};
    const state = {
      name: container,
      container_id: `containerd://${start}-${restarts}`,
      restart_count: restarts,
      started_at: time(at),
    };
    add('fact_pod', {
      id,
      at: time(seen),
      action: 'observed',
      cluster,
      namespace,
      name,
      uid: start,
      container_states: [state],
    });
  },
};

function classOf(who: string): string {
  if (who.startsWith('system:node:')) return 'node';
  if (who.startsWith('system:serviceaccount:kube-system:')) return 'platform';
  return who.startsWith('system:serviceaccount:') ? 'workload' : 'human';
}

/** What landing leaves of a value; equal texts are equal values. */
function fingerprints(values: Record<string, string>): Record<string, string> {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.map(([key, value]) => [key, `redacted:hmac-sha256:${value}`]));
}
