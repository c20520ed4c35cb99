import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { Actor } from '../../../src/simulate/world/api-request.ts';
import type { Cluster } from '../../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type {
  ClusterNode,
  PodRecord,
  PodShape,
  Workload,
} from '../../../src/simulate/world/kinds.ts';
import { applyWorkload } from '../../../src/simulate/world/pods.ts';
import { watchSecrets } from '../../../src/simulate/world/secret-readers.ts';
import type { VaultServer } from '../../../src/sources/vault_audit/emit/vault-server.ts';
import { gitopsActor } from '../synced-setting.ts';
import { ordinaryTraffic, ordinaryVaultTraffic } from '../traffic.ts';
import { World } from '../world.ts';

export const searchKey = 'secret/agents/search-api';
const modelKey = 'secret/agents/model-api';
const stagingKey = 'secret/agents-staging/search-api';
/** The Secret that the driver makes of the class `search-api`. */
export const copyName = 'search-api';

/** The people, machines and places of the story; its chapters move them. */
export interface AgentStage {
  world: World;
  cluster: Cluster;
  vault: VaultServer;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  people: Record<
    'tove' | 'lena' | 'viktor' | 'ruth' | 'otto' | 'tariq' | 'yusuf' | 'paula' | 'admin',
    Actor
  >;
  runner: Workload;
  /** Pods by the name the story has for them. */
  cast: Map<string, PodRecord>;
  watch: ReturnType<typeof watchSecrets>;
}

const runnerPart = { namespace: 'agents', serviceAccount: 'tool-runner', classes: ['search-api'] };

const runnerShape: PodShape = {
  labels: { 'example.com/purpose': 'tool-execution' },
  containers: [
    { name: 'runner', image: 'registry.example.net/agents/runner:4.2.0', classes: ['search-api'] },
    { name: 'telemetry', image: 'registry.example.net/otel-collector:0.118.0' },
  ],
};

const env = [{ name: 'SEARCH_TOKEN', secret: copyName, key: 'token' }];
const envShape: PodShape = { containers: [{ name: 'main', env }] };

/** Everything is deployed, and Argo CD watches: 17 March 2026, from 08:00 UTC. */
export function setAgentStage(): AgentStage {
  const world = new World(20260317, '2026-03-17T08:00:00Z');
  const cluster = world.cluster({ name: 'agents-eu', driver: '1.6', servers: 2 });
  const vault = world.vault();
  seedObjects(world, vault);
  const nodeA = cluster.addNode('pool-a1');
  const nodeB = cluster.addNode('pool-b1');
  const person = (name: string, address: string, groups: string[]) =>
    humanActor(`${name}@example.com`, address, groups);
  const people = {
    tove: person('tove', '192.0.2.10', ['agents-team']),
    lena: person('lena', '192.0.2.21', ['contractors']),
    viktor: person('viktor', '192.0.2.22', ['agents-oncall']),
    ruth: person('ruth', '192.0.2.23', ['agents-oncall']),
    otto: person('otto', '192.0.2.24', ['agents-team']),
    tariq: person('tariq', '192.0.2.25', ['interns']),
    yusuf: person('yusuf', '192.0.2.26', ['agents-oncall']),
    paula: person('paula', '192.0.2.27', ['agents-team']),
    admin: person('arne', '192.0.2.5', ['platform-admins']),
  };
  applyClasses(cluster, people.tove);
  const argo = gitopsActor(cluster, cluster.podAddress(nodeB));
  const watch = watchSecrets(cluster, argo, {});
  const workload = { ...runnerPart, kind: 'Deployment' as const, shape: runnerShape };
  const runner = applyWorkload(cluster, people.tove, { ...workload, name: 'tool-runner' });
  const cast = new Map<string, PodRecord>();
  return { world, cluster, vault, nodeA, nodeB, people, runner, cast, watch };
}

function seedObjects(world: World, vault: VaultServer): void {
  const tokens = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      token: `${name}-${index + 1}-${world.random.hex(32)}`,
      base_url: `https://${name}.example.net`,
    }));
  vault.seed(searchKey, tokens('search', 5));
  vault.seed(modelKey, tokens('model', 2));
  vault.seed(stagingKey, tokens('staging', 1));
  for (const name of [searchKey, modelKey, stagingKey]) world.objects.add(vault.reference(name));
}

function applyClasses(cluster: Cluster, by: Actor): void {
  const data = [{ objectName: 'token', key: 'token' }];
  const secretObjects = [{ secretName: copyName, labels: { team: 'agents' }, data }];
  const agents = { namespace: 'agents', role: 'agents' };
  const search = { ...agents, name: 'search-api', objects: [classObject(searchKey)] };
  cluster.applyClass(by, { ...search, secretObjects });
  cluster.applyClass(by, { ...agents, name: 'model-api', objects: [classObject(modelKey)] });
  const staging = { namespace: 'agents-staging', role: 'staging', name: 'search-api' };
  cluster.applyClass(by, { ...staging, objects: [classObject(stagingKey)], secretObjects });
}

/** The pods of the morning, and who consumes the copy. */
export function deployAgents(stage: AgentStage): void {
  const { cluster, vault, nodeA, nodeB, people, runner, cast } = stage;
  pass(stage, 10);
  cast.set('runner-1', startPod(cluster, vault, { ...runnerPart, node: nodeA, workload: runner }));
  cast.set('runner-2', startPod(cluster, vault, { ...runnerPart, node: nodeB, workload: runner }));
  const bare = { namespace: 'agents', by: people.tove };
  const worker = { ...bare, serviceAccount: 'worker', classes: [], shape: envShape };
  cast.set('warmer', startPod(cluster, vault, { ...worker, name: 'index-warmer', node: nodeA }));
  cast.set('mailer', startPod(cluster, vault, { ...worker, name: 'digest-mailer', node: nodeB }));
  const model = { ...bare, serviceAccount: 'gateway', classes: ['model-api'] };
  cast.set('gateway', startPod(cluster, vault, { ...model, name: 'model-gateway', node: nodeB }));
  const staging = { ...runnerPart, namespace: 'agents-staging', by: people.tove, node: nodeB };
  cast.set('staging', startPod(cluster, vault, { ...staging, name: 'tool-runner-0' }));
}

/** Another pod of the runner's ReplicaSet. */
export function startRunner(stage: AgentStage, name: string, node: ClusterNode): PodRecord {
  const { cluster, vault, runner, cast } = stage;
  const pod = startPod(cluster, vault, { ...runnerPart, node, workload: runner });
  cast.set(name, pod);
  return pod;
}

/** Time passes; every ten minutes each mount is republished, and the watch is renewed. */
export function pass(stage: AgentStage, minutes: number): void {
  const { world, cluster, vault } = stage;
  for (let passed = 0; passed < minutes; passed += 10) {
    world.clock.passMinutes(Math.min(10, minutes - passed));
    ordinaryTraffic(cluster, 3);
    ordinaryVaultTraffic(vault, 1);
    for (const pod of stage.cast.values()) if (!pod.deleted) pollPod(cluster, vault, pod);
    const { watch } = stage.watch;
    stage.watch.close();
    stage.watch = watchSecrets(cluster, watch.actor, {}, stage.watch);
  }
}

/** The pod that the story calls so. */
export function podOf(stage: AgentStage, name: string): PodRecord {
  const pod = stage.cast.get(name);
  if (pod === undefined) throw new Error(`${name} has not started`);
  return pod;
}

/** The entry of a class that mounts the object's `token` as a file. */
export function classObject(object: string) {
  const secretPath = object.replace('secret/', 'secret/data/');
  return { objectName: 'token', secretPath, secretKey: 'token' };
}
