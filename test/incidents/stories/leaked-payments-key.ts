import { humanActor, impersonating } from '../../../src/simulate/world/actors.ts';
import type { Actor } from '../../../src/simulate/world/api-request.ts';
import type { Cluster } from '../../../src/simulate/world/cluster.ts';
import {
  forgetSessions,
  mountPod,
  pollPod,
  retryMount,
  startPod,
} from '../../../src/simulate/world/driver.ts';
import type { ClusterNode, PodRecord, Workload } from '../../../src/simulate/world/kinds.ts';
import { podToken } from '../../../src/simulate/world/pod-token.ts';
import { applyWorkload, createPod, deletePod } from '../../../src/simulate/world/pods.ts';
import type { Session } from '../../../src/sources/vault_audit/emit/vault-entry.ts';
import {
  loginKubernetes,
  loginUserpass,
} from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { VaultServer } from '../../../src/sources/vault_audit/emit/vault-server.ts';
import { ordinaryTraffic, ordinaryVaultTraffic } from '../traffic.ts';
import { World } from '../world.ts';

const stripeKey = 'secret/payments/stripe';
const ledgerKey = 'secret/payments/ledger';
const billingKey = 'secret/billing/stripe';

const thief = { address: '203.0.113.66', userAgent: 'curl/8.9.1' };
const mariaLaptop = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };
const svenLaptop = { address: '192.0.2.12', userAgent: 'Vault/v1.20.3' };

/** The people, machines and places of the story; the chapters below move them. */
interface Stage {
  world: World;
  cluster: Cluster;
  vault: VaultServer;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  dana: Actor;
  api: Workload;
  webhook: Workload;
  /** Pods by the name the story has for them. */
  cast: Map<string, PodRecord>;
}

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };

/** Plays the demo incident of 3 March 2026, from 07:40 to 11:20 UTC; the same world every time. */
export function leakedPaymentsKey(): World {
  const stage = setStage();
  deploy(stage);
  bystanders(stage);
  morning(stage);
  debugPod(stage);
  const session = theft(stage);
  rotation(stage);
  afternoon(stage, session);
  return stage.world;
}

function setStage(): Stage {
  const world = new World(20260303, '2026-03-03T07:40:00Z');
  const cluster = world.cluster({ name: 'prod', driver: '1.5', servers: 2 });
  const vault = world.vault();
  const key = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      api_key: `${name}-${index + 1}-${world.random.hex(16)}`,
      webhook_secret: `${name}-hook-${index + 1}-${world.random.hex(8)}`,
    }));
  vault.seed(stripeKey, key('stripe', 3));
  vault.seed(ledgerKey, key('ledger', 2));
  vault.seed(billingKey, key('billing', 1));
  for (const name of [stripeKey, ledgerKey, billingKey]) world.objects.add(vault.reference(name));
  const nodeA = cluster.addNode('node-a');
  const nodeB = cluster.addNode('node-b');
  const dana = humanActor('dana@example.com', '192.0.2.10', ['payments-team']);
  const { namespace } = payments;
  cluster.applyClass(dana, { namespace, name: 'stripe', objects: [classObject(stripeKey)] });
  cluster.applyClass(dana, { namespace, name: 'ledger', objects: [classObject(ledgerKey)] });
  const billing = { namespace: 'billing', name: 'stripe', role: 'billing' };
  cluster.applyClass(dana, { ...billing, objects: [classObject(billingKey)] });
  const workload = { ...payments, kind: 'Deployment' as const, name: 'api' };
  const api = applyWorkload(cluster, dana, workload);
  const stateful = { ...payments, kind: 'StatefulSet' as const, name: 'webhook' };
  const webhook = applyWorkload(cluster, dana, stateful);
  const cast = new Map<string, PodRecord>();
  return { world, cluster, vault, nodeA, nodeB, dana, api, webhook, cast };
}

/** Time passes; every ten minutes the driver of node-a polls. Node-b's runs without rotation. */
function pass(stage: Stage, minutes: number): void {
  const { world, cluster, vault, nodeA } = stage;
  for (let passed = 0; passed < minutes; passed += 10) {
    world.clock.passMinutes(Math.min(10, minutes - passed));
    ordinaryTraffic(cluster, 3);
    ordinaryVaultTraffic(vault, 1);
    for (const pod of stage.cast.values()) {
      if (!pod.deleted && pod.node === nodeA) pollPod(cluster, vault, pod);
    }
  }
}

function deploy(stage: Stage): void {
  const { cluster, vault, nodeA, nodeB, api, webhook, cast } = stage;
  pass(stage, 10);
  cast.set('api-1', startPod(cluster, vault, { ...payments, node: nodeA, workload: api }));
  cast.set('api-2', startPod(cluster, vault, { ...payments, node: nodeB, workload: api }));
  cast.set('api-3', startPod(cluster, vault, { ...payments, node: nodeB, workload: api }));
  const first = { ...payments, name: 'webhook-0', node: nodeA, workload: webhook };
  cast.set('webhook', startPod(cluster, vault, first));
}

/** Whoever looks guilty to a search by name, account or time, and is not. */
function bystanders(stage: Stage): void {
  const { world, cluster, vault, nodeA, nodeB, dana, cast } = stage;
  const { truth } = world;
  pass(stage, 10);
  const ledger = { ...payments, name: 'ledger-sync', by: dana, classes: ['ledger'] };
  const sync = startPod(cluster, vault, { ...ledger, node: nodeA });
  cast.set('ledger-sync', sync);
  truth.innocent(innocentPod(sync, 'same service account, but it mounts secret/payments/ledger'));
  const other = { namespace: 'billing', serviceAccount: 'api', classes: ['stripe'], by: dana };
  const billing = startPod(cluster, vault, { ...other, name: 'api-0', node: nodeB });
  cast.set('billing', billing);
  const sameName = 'its class is called stripe too, but mounts secret/billing/stripe';
  truth.innocent(innocentPod(billing, sameName));
  vault.deny('payments', 'secret/payments/root-ca');
  vault.seed('secret/payments/root-ca', [{ key: 'never shown' }]);
  deniedProbe(stage);
  const olga = 'listed the pods and read the class, neither of which shows a value';
  truth.innocent({ kind: 'identity', id: 'olga', why: olga });
  const robot = 'reads only secret/reporting/warehouse';
  truth.innocent({ kind: 'identity', id: 'approle:reporting', why: robot });
  const piotr = 'logged in and looked his own token up';
  truth.innocent({ kind: 'identity', id: 'piotr', why: piotr });
  const deployer = 'deployed the workloads; deploying shows no value';
  truth.innocent({ kind: 'identity', id: 'dana@example.com', why: deployer });
}

function deniedProbe(stage: Stage): void {
  const { world, cluster, vault, nodeB, dana } = stage;
  vault.deny('probe', stripeKey);
  const objects = [classObject(stripeKey)];
  cluster.applyClass(dana, { namespace: 'payments', name: 'probe', role: 'probe', objects });
  const part = { ...payments, serviceAccount: 'probe', classes: ['probe'], by: dana };
  const probe = startPod(cluster, vault, { ...part, name: 'latency-probe', node: nodeB });
  for (let attempt = 0; attempt < 4; attempt += 1) {
    world.clock.pass(25 * (attempt + 1));
    retryMount(cluster, vault, probe);
  }
  deletePod(cluster, probe, dana);
  world.truth.innocent(innocentPod(probe, 'its class names the key, but Vault refused every read'));
}

function morning(stage: Stage): void {
  const { world, cluster, vault, nodeB, webhook, cast } = stage;
  pass(stage, 20);
  const maria = loginUserpass(vault, 'maria', mariaLaptop);
  read(stage, maria, mariaLaptop, 'an engineer reads it from her laptop');
  pass(stage, 20);
  const audra = loginUserpass(vault, 'audra', svenLaptop);
  vault.readWithoutValues(audra, stripeKey, 'metadata', svenLaptop);
  const why = 'read the list of versions, which shows no value';
  world.truth.innocent({ kind: 'identity', id: 'audra', why });
  const first = cast.get('webhook');
  if (first === undefined) throw new Error('webhook-0 has not started');
  deletePod(cluster, first, cluster.controller('statefulset-controller'));
  world.clock.pass(3);
  const again = { ...payments, name: 'webhook-0', node: nodeB, workload: webhook };
  cast.set('webhook-reborn', startPod(cluster, vault, again));
  read(stage, maria, mariaLaptop, 'an engineer reads it from her laptop');
}

/** Support makes a pod under the deployer's name; the person behind it is rafael. */
function debugPod(stage: Stage): void {
  const { cluster, vault, nodeA, dana, cast } = stage;
  pass(stage, 10);
  const rafael = humanActor('rafael@example.com', '192.0.2.58', ['support']);
  const by = impersonating(rafael, 'system:serviceaccount:payments:deployer');
  const pod = createPod(cluster, { ...payments, name: 'debug-7', by, node: nodeA });
  mountPod(cluster, vault, pod);
  cast.set('debug', pod);
  pass(stage, 20);
  deletePod(cluster, pod, dana);
}

/** The token of an api pod is used from outside; an hour later Vault still honours the login. */
function theft(stage: Stage): Session {
  const { world, cluster, vault, nodeA, cast } = stage;
  pass(stage, 10);
  cluster.startProvider(nodeA);
  world.clock.pass(12);
  const onNode = [...cast.values()].filter((pod) => !pod.deleted && pod.node === nodeA);
  forgetSessions(cluster, vault, onNode);
  pass(stage, 10);
  const robbed = cast.get('api-2');
  if (robbed === undefined) throw new Error('api-2 has not started');
  const token = podToken(cluster, robbed);
  const session = loginKubernetes(vault, 'kubernetes', 'payments', token, thief, 86_400);
  read(stage, session, thief, 'a stolen service-account token, used from outside');
  world.clock.pass(48);
  vault.read(session, 'secret/payments/root-ca', thief);
  world.clock.pass(7);
  read(stage, session, thief, 'a stolen service-account token, used from outside');
  return session;
}

function rotation(stage: Stage): void {
  const { world, vault } = stage;
  pass(stage, 30);
  const sven = loginUserpass(vault, 'sven', svenLaptop);
  const value = { api_key: `stripe-4-${world.random.hex(16)}`, webhook_secret: 'stripe-hook-4' };
  vault.write(sven, stripeKey, value, svenLaptop);
  const why = 'wrote version 4; who writes a version is named with it, not as a holder';
  world.truth.innocent({ kind: 'identity', id: 'sven', why });
  pass(stage, 20);
}

/** One pod of node-b is replaced and gets 4, the others keep 3, and the thief comes back for 4. */
function afternoon(stage: Stage, session: Session): void {
  const { cluster, vault, nodeB, dana, api, cast } = stage;
  const old = cast.get('api-3');
  if (old === undefined) throw new Error('api-3 has not started');
  deletePod(cluster, old, dana);
  cast.set('api-4', startPod(cluster, vault, { ...payments, node: nodeB, workload: api }));
  pass(stage, 30);
  read(stage, session, thief, 'the stolen login, still alive, after the rotation');
  pass(stage, 20);
}

function read(
  stage: Stage,
  session: Session,
  from: { address: string; userAgent: string },
  why: string,
): void {
  const result = stage.vault.read(session, stripeKey, from);
  if (result.state !== 'read') throw new Error(`the read is ${result.state}`);
  const holder = { kind: 'identity' as const, id: session.identity };
  const reference = stage.vault.reference(stripeKey);
  stage.world.truth.read(holder, reference, String(result.version), result.at, why);
}

/** The entry of a class that mounts the object's `api_key` as a file. */
function classObject(object: string) {
  const secretPath = object.replace('secret/', 'secret/data/');
  return { objectName: 'api-key', secretPath, secretKey: 'api_key' };
}

function innocentPod(pod: PodRecord, why: string) {
  const { uid, name, namespace } = pod;
  return { kind: 'pod' as const, id: uid, name, namespace, why };
}
