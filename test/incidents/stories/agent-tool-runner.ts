import { serviceAccountActor } from '../../../src/simulate/world/actors.ts';
import { restartContainer } from '../../../src/simulate/world/consumers.ts';
import { retryMount, startPod } from '../../../src/simulate/world/driver.ts';
import {
  debugPod,
  execInto,
  forwardPort,
  readLogs,
  refuseEntry,
} from '../../../src/simulate/world/entries.ts';
import type { PodRecord } from '../../../src/simulate/world/kinds.ts';
import { podToken } from '../../../src/simulate/world/pod-token.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import {
  applyBinding,
  applyRole,
  noteRight,
  readSecrets,
} from '../../../src/simulate/world/rbac-objects.ts';
import {
  getSecret,
  listSecrets,
  refuseSecrets,
} from '../../../src/simulate/world/secret-readers.ts';
import type { Session } from '../../../src/sources/vault_audit/emit/vault-entry.ts';
import {
  loginKubernetes,
  loginUserpass,
} from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { World } from '../world.ts';
import {
  type AgentStage,
  classObject,
  copyName,
  deployAgents,
  pass,
  podOf,
  searchKey,
  setAgentStage,
  startRunner,
} from './agent-stage.ts';

const thief = { address: '203.0.113.90', userAgent: 'python-requests/2.32.3' };
const ingridLaptop = { address: '192.0.2.61', userAgent: 'Vault/v1.20.3' };
const audraLaptop = { address: '192.0.2.62', userAgent: 'Vault/v1.20.3' };

/** Plays 17 March 2026, 08:00 to 11:30 UTC: a tool-runner is talked into printing its credential. */
export function agentToolRunner(): World {
  const stage = setAgentStage();
  deployAgents(stage);
  innocents(stage);
  rights(stage);
  injection(stage);
  const session = theft(stage);
  copyReaders(stage);
  rotation(stage);
  afterwards(stage, session);
  return stage.world;
}

/** Whoever looks guilty to a search by name, account or time, and is not. */
function innocents(stage: AgentStage): void {
  const { world, cluster, vault, people } = stage;
  pass(stage, 10);
  const { truth } = world;
  const gateway = podOf(stage, 'gateway');
  const search = vault.reference(searchKey);
  const mountsOther = 'same namespace and node, but it mounts secret/agents/model-api';
  truth.innocent({ ...innocentPod(gateway, mountsOther), objects: [search] });
  const staging = podOf(stage, 'staging');
  const sameNames = 'same class name and account name, but of agents-staging, another object';
  truth.innocent({ ...innocentPod(staging, sameNames), objects: [search] });
  deniedProbe(stage);
  readLogs(cluster, people.paula, gateway, { container: 'app', query: 'tailLines=500' });
  forwardPort(cluster, people.paula, gateway, { seconds: 180 });
  debugPod(cluster, people.paula, gateway, { name: 'debugger-k2x', target: 'app' });
  getSecret(cluster, people.paula, 'agents-staging', copyName);
  const paula = "read the gateway's log, entered it, and read the staging Secret: other objects";
  truth.innocent({ kind: 'identity', id: 'paula@example.com', objects: [search], why: paula });
  const helm = { ...people.tove, userAgent: 'Helm/3.18.4' };
  listSecrets(cluster, helm, { namespace: 'agents', labels: { owner: 'helm' } });
  const tove = 'deployed all of it, and listed only the Secrets that Helm owns';
  truth.innocent({ kind: 'identity', id: 'tove@example.com', why: tove });
  const audra = loginUserpass(vault, 'audra', audraLaptop);
  vault.readWithoutValues(audra, searchKey, 'metadata', audraLaptop);
  const versions = 'read the list of versions, which shows no value';
  truth.innocent({ kind: 'identity', id: 'audra', why: versions });
  for (const [id, why] of [
    ['olga', 'listed pods and read a class, neither of which shows a value'],
    ['piotr', 'logged in to Vault and looked his own token up'],
    ['approle:reporting', 'reads only secret/reporting/warehouse'],
  ] as const) {
    truth.innocent({ kind: 'identity', id, why });
  }
}

/** A second agent is told to fetch the credential too, and may not: not from Vault, not the copy. */
function deniedProbe(stage: AgentStage): void {
  const { world, cluster, vault, nodeA, people } = stage;
  vault.deny('planner', searchKey);
  const objects = [classObject(searchKey)];
  const spec = { namespace: 'agents', name: 'planner', role: 'planner', objects };
  cluster.applyClass(people.tove, spec);
  const part = { namespace: 'agents', serviceAccount: 'planner', classes: ['planner'] };
  const made = { ...part, name: 'planner-0', by: people.tove, node: nodeA };
  const planner = startPod(cluster, vault, made);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    world.clock.pass(20 * (attempt + 1));
    retryMount(cluster, vault, planner);
  }
  const account = serviceAccountActor('agents', 'planner', {
    uid: cluster.accountUid('agents', 'planner'),
    userAgent: 'kubectl/v1.35.0 (linux/amd64) kubernetes/0c2a19d',
    address: planner.address,
  });
  refuseSecrets(cluster, account, 'list', { namespace: 'agents' });
  refuseSecrets(cluster, account, 'get', { namespace: 'agents', name: copyName });
  deletePod(cluster, planner, people.tove);
  const refused = 'its class names the credential, but Vault refused every read';
  world.truth.innocent(innocentPod(planner, refused));
  const denied = 'asked for the Secret, and RBAC refused it';
  world.truth.innocent({ kind: 'identity', id: account.username, why: denied });
}

/** The people on call may read Secrets; one of them never does. */
function rights(stage: AgentStage): void {
  const { cluster, people } = stage;
  pass(stage, 10);
  const role = { namespace: 'agents', name: 'secret-reader' };
  applyRole(cluster, people.admin, role, [readSecrets]);
  const binding = { namespace: 'agents', name: 'oncall-secrets', role: 'secret-reader' };
  const group = { kind: 'Group' as const, name: 'agents-oncall' };
  applyBinding(cluster, people.admin, binding, [group]);
  const { yusuf } = people;
  cluster.request({ actor: yusuf, verb: 'list', resource: 'pods', namespace: 'agents' });
  const why = 'is on call, and so could have read the Secret; no log shows that he did';
  noteRight(cluster, yusuf.username, `agents/${copyName}`, why);
}

/** A web page tells the agent to print its files. No log shows that; these show who could see it. */
function injection(stage: AgentStage): void {
  const { world, cluster, people } = stage;
  pass(stage, 30);
  const robbed = podOf(stage, 'runner-1');
  const { lena, viktor, ruth, tariq } = people;
  const log = 'read the log of the pod while the token stood in it';
  readLogs(cluster, lena, robbed, { container: 'runner', query: 'tailLines=200', why: log });
  world.clock.passMinutes(4);
  readLogs(cluster, lena, robbed, { container: 'runner', query: 'tailLines=2000', why: log });
  refuseEntry(cluster, tariq, robbed, 'exec');
  refuseEntry(cluster, tariq, robbed, 'log');
  const refused = 'tried to enter the pod, and RBAC refused it';
  world.truth.innocent({ kind: 'identity', id: tariq.username, why: refused });
  world.clock.passMinutes(3);
  const command = ['ls', '-l', '/mnt/search-api'];
  const looked = 'was on call, and looked into the container that mounts it';
  execInto(cluster, viktor, robbed, { container: 'runner', command, seconds: 4, why: looked });
  const beside = 'entered the container beside it, which mounts nothing';
  execInto(cluster, ruth, robbed, { container: 'telemetry', seconds: 200, why: beside });
}

/** The pod printed its service-account token as well; somebody outside logs in with it. */
function theft(stage: AgentStage): Session {
  const { world, cluster, vault } = stage;
  pass(stage, 10);
  const token = podToken(cluster, podOf(stage, 'runner-1'));
  const session = loginKubernetes(vault, 'kubernetes', 'agents', token, thief, 86_400);
  readFromOutside(stage, session);
  world.clock.pass(70);
  readFromOutside(stage, session);
  return session;
}

function copyReaders(stage: AgentStage): void {
  const { cluster, people } = stage;
  pass(stage, 20);
  listSecrets(cluster, people.otto, { namespace: 'agents' }, 'listed the Secrets of the namespace');
}

function rotation(stage: AgentStage): void {
  const { world, vault } = stage;
  pass(stage, 20);
  const ingrid = loginUserpass(vault, 'ingrid', ingridLaptop);
  const token = `search-6-${world.random.hex(32)}`;
  const values = { token, base_url: 'https://search.example.net' };
  vault.write(ingrid, searchKey, values, ingridLaptop);
  const why = 'wrote version 6; who writes a version is named with it, not as a holder';
  world.truth.innocent({ kind: 'identity', id: 'ingrid', why });
  pass(stage, 20);
}

/** One consumer of the copy restarts, the other keeps the leaked token; the thief comes back. */
function afterwards(stage: AgentStage, session: Session): void {
  const { world, cluster, nodeA } = stage;
  restartContainer(cluster, podOf(stage, 'warmer'), 'main');
  pass(stage, 10);
  const robbed = podOf(stage, 'runner-1');
  deletePod(cluster, robbed, cluster.controller('replicaset-controller'));
  world.clock.pass(2);
  startRunner(stage, 'runner-3', nodeA);
  pass(stage, 20);
  readFromOutside(stage, session);
  pass(stage, 20);
}

function readFromOutside(stage: AgentStage, session: Session): void {
  const { world, vault } = stage;
  const result = vault.read(session, searchKey, thief);
  if (result.state !== 'read') throw new Error(`the read is ${result.state}`);
  const holder = { kind: 'identity' as const, id: session.identity };
  const why = 'the service-account token that the pod printed, used from outside';
  const reference = vault.reference(searchKey);
  world.truth.read(holder, reference, String(result.version), result.at, why);
}

function innocentPod(pod: PodRecord, why: string) {
  const { uid, name, namespace } = pod;
  return { kind: 'pod' as const, id: uid, name, namespace, why };
}
