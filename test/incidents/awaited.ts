import { expect } from 'vitest';

const secrets = 'no fact of Secrets and no step for synced_secret yet (branches facts, paths)';
const consumers = 'no step for secret_env and secret_volume yet (branches facts, paths)';
const readers = 'no step for secret_read yet (branches facts, paths)';
const entries = 'no step for pod_entry, pod_logs, pod_proxy and port_forward yet (branch paths)';
const nodes = 'no step for node_access yet (branch paths)';
const copies = 'no step for external_copy yet (branches facts, paths)';
const logCopies = 'no step for log_copy yet (branch paths)';
const rights = 'no could_read from RBAC yet (branch rbac)';

/**
 * What Custody does not answer yet, and why: each is told, and must fail. One that passes is an
 * error, so this list can only shrink. A name is an incident's, `<incident> without <log> <cluster>`
 * of its thinner telling, `story <name>` or `story <name> without <log>`.
 */
export const awaited: Readonly<Record<string, string>> = {
  'raw-device': logCopies,
  'synced-secret': secrets,
  'synced-secret-of-bare-pod': secrets,
  'synced-secret-driver-1.6': secrets,
  'synced-secret-rotated-1.5': secrets,
  'synced-secret-rotated-1.6': secrets,
  'synced-secret-overwritten': secrets,
  'synced-secret-deleted': secrets,
  'two-classes-one-secret': secrets,
  'secret-bodies-logged': logCopies,
  'synced-secret-managed-cluster': secrets,
  'destroyed-and-wrapped': secrets,
  'env-until-restart': consumers,
  'volume-beside-env': consumers,
  'own-synced-env': consumers,
  'projected-and-subpath': consumers,
  'other-key-other-namespace': consumers,
  'reborn-consumer': consumers,
  'one-container-restarts': consumers,
  'secret-get-and-list': readers,
  'gitops-watch-before-write': readers,
  'gitops-watch-after-write': readers,
  'impersonated-read': readers,
  'secret-metadata-only': secrets,
  'exec-per-container': entries,
  'shared-process-namespace': entries,
  'ephemeral-container': entries,
  'attach-logs-port-forward': entries,
  'exec-into-env-container': entries,
  'debug-node': nodes,
  'exec-into-driver-and-provider': nodes,
  'nodes-proxy': nodes,
  'host-path-and-privileged': nodes,
  'external-secrets': copies,
  'vault-secrets-operator': copies,
  'secret-sync': copies,
  'cloned-secret': copies,
  'copied-by-hand': copies,
  'rights-bound-and-unbound': rights,
  'rights-cluster-wide': rights,
  'two-clusters-equal-names': consumers,
  'everything-at-once': consumers,
  'story agent-tool-runner': consumers,
};

/** Nothing is wrong with an answer, or it is awaited: then something must be. */
export function expectNothing(name: string, found: string[]): void {
  if (!(name in awaited)) expect(found).toEqual([]);
  else expect(found, `"${name}" passes: take it off test/incidents/awaited.ts`).not.toEqual([]);
}
