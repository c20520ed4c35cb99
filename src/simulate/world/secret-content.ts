import { secondTime } from './clock.ts';
import type { Held, KubernetesSecret } from './kinds.ts';

/** The versions that lie in a Secret, each once; only some keys where they are given. */
export function heldIn(secret: KubernetesSecret | undefined, keys?: readonly string[]): Held[] {
  const found = new Map<string, Held>();
  for (const [key, { held }] of secret?.data ?? []) {
    if (held === null || (keys !== undefined && !keys.includes(key))) continue;
    found.set(`${held.object} ${held.version}`, held);
  }
  return [...found.values()];
}

/** A Secret as it is sent, or as the API server keeps it. */
export function secretBody(secret: KubernetesSecret, resourceVersion: string | null): unknown {
  const { namespace, name, uid, type, labels, annotations, owners, createdAt } = secret;
  const isStored = resourceVersion !== null;
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace,
      uid: isStored ? uid : undefined,
      resourceVersion: resourceVersion ?? undefined,
      creationTimestamp: isStored ? secondTime(createdAt) : null,
      labels,
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
      ownerReferences: owners.length === 0 ? undefined : owners,
    },
    data: encoded(secret),
    type,
  };
}

/** `data`, in base64 as the API has it. */
export function encoded(secret: KubernetesSecret): Record<string, string> {
  return Object.fromEntries(
    [...secret.data].map(([key, { value }]) => [key, Buffer.from(value).toString('base64')]),
  );
}
