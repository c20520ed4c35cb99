import { driverGroup } from './bodies.ts';
import type { Cluster } from './cluster.ts';
import { fileOf } from './csi-provider.ts';
import type { Mount, Owner, SecretObject, SecretValue } from './kinds.ts';
import { patchOwners, refuseCreate, type SecretWrite, writeSecret } from './secrets.ts';

/**
 * The driver copies a mount into the Secrets its class names. Driver 1.5 creates what is missing and
 * patches what differs at a rotation poll; driver 1.6 tries a create (409) and an update each time.
 */
export function syncSecrets(cluster: Cluster, mount: Mount, when: 'mount' | 'rotation'): void {
  for (const object of mount.class.secretObjects ?? []) {
    cluster.clock.pass(0.08);
    const wrote = cluster.driver === '1.6' ? rewrite(cluster, mount, object) : false;
    if (wrote || (cluster.driver === '1.5' && complete(cluster, mount, object, when))) {
      cluster.clock.pass(0.4);
    }
    own(cluster, mount, object);
  }
}

function rewrite(cluster: Cluster, mount: Mount, object: SecretObject): boolean {
  const write = driverWrite(cluster, mount, object);
  if (!exists(cluster, mount, object)) {
    writeSecret(cluster, write);
    return true;
  }
  refuseCreate(cluster, write);
  writeSecret(cluster, { ...write, how: 'update' });
  return true;
}

function complete(
  cluster: Cluster,
  mount: Mount,
  object: SecretObject,
  when: 'mount' | 'rotation',
): boolean {
  const write = driverWrite(cluster, mount, object);
  if (!exists(cluster, mount, object)) {
    if (when === 'mount') writeSecret(cluster, write);
    return when === 'mount';
  }
  const before = cluster.secrets.get(`${write.namespace}/${write.name}`);
  const differs = [...write.data].some(
    ([key, { value }]) => before?.data.get(key)?.value !== value,
  );
  if (when === 'mount' || !differs) return false;
  const actor = cluster.driverActor(mount.pod.node, 'rotation');
  writeSecret(cluster, { ...write, actor, how: 'merge_patch', owners: null });
  return true;
}

function exists(cluster: Cluster, mount: Mount, object: SecretObject): boolean {
  return cluster.secrets.has(`${mount.pod.namespace}/${object.secretName}`);
}

function driverWrite(cluster: Cluster, mount: Mount, object: SecretObject): SecretWrite {
  const data = new Map<string, SecretValue>();
  for (const { objectName, key } of object.data) {
    // The class names the file.
    const mounted = mount.class.objects.find((one) => fileOf(one) === objectName)?.objectName ?? '';
    const value = mount.contents.get(mounted);
    if (value === undefined) throw new Error(`the mount has no ${objectName}`);
    data.set(key, { value, held: mount.held.get(mounted) ?? null });
  }
  return {
    actor: cluster.driverActor(mount.pod.node),
    how: 'create',
    namespace: mount.pod.namespace,
    name: object.secretName,
    type: object.type ?? 'Opaque',
    labels: { ...object.labels, 'secrets-store.csi.k8s.io/managed': 'true' },
    annotations: object.annotations ?? {},
    data,
    path: 'synced_secret',
  };
}

/** What owns the pod owns the Secret; a pod that nobody owns has its mount status do it. */
function own(cluster: Cluster, mount: Mount, object: SecretObject): void {
  const secret = cluster.secrets.get(`${mount.pod.namespace}/${object.secretName}`);
  if (secret === undefined) return;
  const owner: Owner = mount.pod.workload?.podOwner ?? {
    apiVersion: `${driverGroup}/v1`,
    kind: 'SecretProviderClassPodStatus',
    name: mount.statusName,
    uid: mount.statusUid,
  };
  if (secret.owners.some(({ name }) => name === owner.name)) return;
  patchOwners(cluster, cluster.driverActor(mount.pod.node), secret, [...secret.owners, owner]);
}
