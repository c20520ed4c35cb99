import { CustodyError } from '../errors.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

/** What is listed: the objects that facts of the chain are made of. */
export interface SnapshotResource {
  /** Its name in RBAC and in paths. */
  name: string;
  group: string;
  version: string;
  kind: string;
}

const core = (name: string, kind: string): SnapshotResource => ({
  name,
  group: '',
  version: 'v1',
  kind,
});
const of = (group: string, version: string, kinds: Record<string, string>): SnapshotResource[] =>
  Object.entries(kinds).map(([name, kind]) => ({ name, group, version, kind }));

/**
 * Everything that is listed, the shortest-lived first: a mount status goes with its pod.
 *
 * `samples/deploy/snapshot-rbac.yaml` grants exactly this, which a test holds it to.
 */
export const snapshotResources: readonly SnapshotResource[] = [
  ...of('secrets-store.csi.x-k8s.io', 'v1', {
    secretproviderclasspodstatuses: 'SecretProviderClassPodStatus',
  }),
  core('pods', 'Pod'),
  ...of('apps', 'v1', { replicasets: 'ReplicaSet' }),
  ...of('batch', 'v1', { jobs: 'Job' }),
  ...of('secrets-store.csi.x-k8s.io', 'v1', { secretproviderclasses: 'SecretProviderClass' }),
  core('secrets', 'Secret'),
  core('serviceaccounts', 'ServiceAccount'),
  ...of('apps', 'v1', {
    deployments: 'Deployment',
    statefulsets: 'StatefulSet',
    daemonsets: 'DaemonSet',
  }),
  ...of('batch', 'v1', { cronjobs: 'CronJob' }),
  ...of('rbac.authorization.k8s.io', 'v1', {
    roles: 'Role',
    clusterroles: 'ClusterRole',
    rolebindings: 'RoleBinding',
    clusterrolebindings: 'ClusterRoleBinding',
  }),
  ...of('storage.k8s.io', 'v1', { csidrivers: 'CSIDriver' }),
  ...of('external-secrets.io', 'v1', {
    externalsecrets: 'ExternalSecret',
    clusterexternalsecrets: 'ClusterExternalSecret',
    secretstores: 'SecretStore',
    clustersecretstores: 'ClusterSecretStore',
  }),
  ...of('secrets.hashicorp.com', 'v1beta1', {
    vaultstaticsecrets: 'VaultStaticSecret',
    vaultdynamicsecrets: 'VaultDynamicSecret',
    vaultpkisecrets: 'VaultPKISecret',
  }),
  ...of('secret-sync.x-k8s.io', 'v1alpha1', { secretsyncs: 'SecretSync' }),
];

/** What became of one resource. */
export interface ListedResource {
  resource: string;
  objects: number;
  /** `absent`: this cluster has no such kind; `forbidden`: it may not be listed. */
  state: 'listed' | 'absent' | 'forbidden';
}

/** Objects an answer holds at most, as kubectl asks for them. */
const pageObjects = 500;

const wholeObjects = 'application/json';
/** https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Lists the objects of a cluster, page by page, each as a line of JSON with its kind and version, as
 * `kubectl get -o json` prints it. Of Secrets only the metadata is asked for, and what kubectl left in an
 * annotation of it is left out: no value of a Secret is received in it.
 *
 * @param listed is told what became of each resource
 * @throws CustodyError UNREADABLE_INPUT where the server does not answer, or not with a list
 */
export async function* listObjects(
  api: KubernetesApi,
  resources: readonly SnapshotResource[],
  listed: (result: ListedResource) => void,
): AsyncGenerator<string> {
  for (const resource of resources) {
    let objects = 0;
    let state: ListedResource['state'] = 'listed';
    let next: string | null = '';
    while (next !== null) {
      const page = await listPage(api, resource, next);
      state = page.state;
      for (const item of page.items) yield `${JSON.stringify(printed(item, resource))}\n`;
      objects += page.items.length;
      next = page.next;
    }
    listed({ resource: qualifiedName(resource), objects, state });
  }
}

/** What was listed before a failure is kept; the failure is put aside, to be told afterwards. */
export async function* untilFailure(
  lines: AsyncIterable<string>,
  failures: unknown[],
): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    failures.push(error);
  }
}

/**
 * What is listed, but for some resources, named as RBAC does.
 *
 * @throws CustodyError BAD_OPTION for one that is not listed anyway
 */
export function resourcesWithout(without: readonly string[]): SnapshotResource[] {
  const names = snapshotResources.map(qualifiedName);
  for (const name of without) {
    if (names.includes(name)) continue;
    throw new CustodyError('BAD_OPTION', `Cannot leave out "${name}": it is not listed anyway`, {
      hint: `what is listed: ${names.join(', ')}`,
    });
  }
  return snapshotResources.filter((resource) => !without.includes(qualifiedName(resource)));
}

/** As RBAC and kubectl name it: `pods`, `deployments.apps`. */
export function qualifiedName({ name, group }: SnapshotResource): string {
  return group === '' ? name : `${name}.${group}`;
}

type KubernetesObject = Record<string, unknown> & { metadata?: Record<string, unknown> };

interface Page {
  items: KubernetesObject[];
  state: ListedResource['state'];
  next: string | null;
}

async function listPage(
  api: KubernetesApi,
  resource: SnapshotResource,
  from: string,
): Promise<Page> {
  const { group, version, name } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const query = new URLSearchParams({ limit: String(pageObjects) });
  if (from !== '') query.set('continue', from);
  const accept = name === 'secrets' && group === '' ? metadataOnly : wholeObjects;
  const { status, body } = await ask(api, `${root}/${name}?${query}`, accept, resource);
  if (status === 404) return { items: [], state: 'absent', next: null };
  if (status === 403) return { items: [], state: 'forbidden', next: null };
  const list = parseList(body);
  // The list grew too old while it was read: the token that comes with this answer goes on from here.
  // https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
  if (status === 410 && list?.next) return { items: [], state: 'listed', next: list.next };
  if (status !== 200 || list === null || list.items === null) {
    throw unlistable(api, resource, `the server answered ${status}`);
  }
  return { items: list.items, state: 'listed', next: list.next };
}

async function ask(
  api: KubernetesApi,
  path: string,
  accept: string,
  resource: SnapshotResource,
): Promise<{ status: number; body: string }> {
  try {
    return await api.get(path, accept);
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    throw unlistable(api, resource, code ?? message ?? 'no answer');
  }
}

function parseList(body: string): { items: KubernetesObject[] | null; next: string | null } | null {
  try {
    const list = JSON.parse(body) as { items?: unknown; metadata?: { continue?: unknown } } | null;
    const token = list?.metadata?.continue;
    return {
      items: Array.isArray(list?.items) ? (list.items as KubernetesObject[]) : null,
      next: typeof token === 'string' && token !== '' ? token : null,
    };
  } catch {
    return null;
  }
}

/** Items of a list have neither kind nor version of their own; those of a list of metadata another one. */
function printed(item: KubernetesObject, resource: SnapshotResource): KubernetesObject {
  const { group, version, kind, name } = resource;
  const { apiVersion: _version, kind: _kind, ...rest } = item;
  const typed = { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...rest };
  if (name !== 'secrets' || group !== '') return typed;
  const { annotations, ...metadata } = item.metadata ?? {};
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...kept } = (annotations ??
    {}) as Record<string, unknown>;
  // Whatever the server sent: nothing but metadata of a Secret goes on.
  return {
    apiVersion: typed.apiVersion,
    kind,
    metadata: { ...metadata, ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}) },
  };
}

function unlistable(api: KubernetesApi, resource: SnapshotResource, state: string): CustodyError {
  return new CustodyError(
    'UNREADABLE_INPUT',
    `Cannot list ${qualifiedName(resource)} of "${api.server}": ${state}`,
    { hint: 'what was listed before is kept; `kubectl get` shows whether the server answers' },
  );
}
