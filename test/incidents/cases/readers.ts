import { humanActor } from '../../../src/simulate/world/actors.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import { podToken } from '../../../src/simulate/world/pod-token.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import { requestToken } from '../../../src/simulate/world/tokens.ts';
import type { Session } from '../../../src/sources/vault_audit/emit/vault-entry.ts';
import type { Caller, ReadResult } from '../../../src/sources/vault_audit/emit/vault-exchange.ts';
import {
  loginApprole,
  loginKubernetes,
  loginOidc,
  loginUserpass,
} from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { Incident } from '../incident.ts';
import { ledger, ordinarySetting, quietMinutes, type Setting, stripe } from '../setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const outside = { address: '203.0.113.77', userAgent: 'curl/8.9.1' };
const laptop = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };

/** A read with no mount behind it, told to the truth. */
function readAs(
  setting: Setting,
  session: Session,
  object: string,
  from: Caller,
  options: { version?: number } = {},
): ReadResult {
  const { world, vault } = setting;
  const result = vault.read(session, object, from, options);
  if (result.state !== 'read') return result;
  const version = result.version === null ? null : String(result.version);
  const holder = { kind: 'identity' as const, id: session.identity };
  world.truth.read(holder, vault.reference(object), version, result.at, 'read it from outside');
  return result;
}

const stolenToken: Incident = {
  name: 'stolen-token',
  tells: "somebody outside logs in with the pod's service-account token: the pod is not the reader",
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const robbed = startPod(cluster, vault, { ...pod, name: 'robbed', node: nodeA });
    startPod(cluster, vault, { ...pod, name: 'other', node: nodeB });
    quietMinutes(setting, 6);
    const token = podToken(cluster, robbed);
    const session = loginKubernetes(vault, 'kubernetes', 'payments', token, outside);
    readAs(setting, session, stripe, outside);
    world.clock.pass(40);
    readAs(setting, session, ledger, outside);
    readAs(setting, session, stripe, outside);
    readAs(setting, session, stripe, outside, { version: 1 });
    quietMinutes(setting, 5);
    return world;
  },
};

const tokenAfterDeath: Incident = {
  name: 'token-after-death',
  tells:
    "the pod is gone, its Vault token is not: it is used from the pod's node and from elsewhere",
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const dead = startPod(cluster, vault, { ...pod, name: 'dead', node: nodeA });
    startPod(cluster, vault, { ...pod, name: 'alive', node: nodeB });
    quietMinutes(setting, 4);
    deletePod(cluster, dead, deployer);
    quietMinutes(setting, 10);
    const session = dead.mounts[0]?.session as Session | undefined;
    if (session === undefined) throw new Error('the pod mounted nothing');
    readAs(setting, session, stripe, { address: '10.9.9.9' });
    world.clock.pass(65);
    readAs(setting, session, stripe, { address: nodeA.provider.address });
    quietMinutes(setting, 5);
    return world;
  },
};

const deadSessionBesideSibling: Incident = {
  name: 'dead-session-beside-sibling',
  tells: "a dead pod's Vault token is used from its node, where a pod of the same account lives on",
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const pod = { ...payments, by: deployer, node: nodeA };
    const dead = startPod(cluster, vault, { ...pod, name: 'dead' });
    const sibling = startPod(cluster, vault, { ...pod, name: 'sibling' });
    quietMinutes(setting, 4);
    pollPod(cluster, vault, dead);
    pollPod(cluster, vault, sibling);
    deletePod(cluster, dead, deployer);
    quietMinutes(setting, 10);
    pollPod(cluster, vault, sibling);
    const session = dead.mounts[0]?.session as Session | undefined;
    if (session === undefined) throw new Error('the pod mounted nothing');
    world.clock.pass(30);
    readAs(setting, session, stripe, { address: nodeA.provider.address });
    quietMinutes(setting, 5);
    return world;
  },
};

const peopleAndMachines: Incident = {
  name: 'people-and-machines',
  tells: 'an engineer by password, a pipeline by AppRole and the root token read it themselves',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    startPod(cluster, vault, { ...payments, name: 'api-0', by: deployer, node: nodeA });
    const maria = loginUserpass(vault, 'maria', laptop);
    readAs(setting, maria, stripe, laptop);
    quietMinutes(setting, 5);
    readAs(setting, maria, stripe, laptop);
    const pipeline = loginApprole(vault, 'deploy', { address: '10.0.7.9' });
    readAs(setting, pipeline, stripe, { address: '10.0.7.9' }, { version: 2 });
    readAs(setting, vault.rootSession(), stripe, laptop);
    readAs(setting, loginOidc(vault, 'ines@example.com', laptop), stripe, laptop);
    const tomas = loginUserpass(vault, 'tomas', laptop);
    vault.deny('tomas', stripe);
    vault.read(tomas, stripe, laptop);
    world.truth.innocent({ kind: 'identity', id: 'tomas', why: 'Vault refused him' });
    quietMinutes(setting, 5);
    return world;
  },
};

const metadataReads: Incident = {
  name: 'metadata-reads',
  tells: 'version lists, key names and listings show nobody a value',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    startPod(cluster, vault, { ...payments, name: 'api-0', by: deployer, node: nodeA });
    const auditor = loginUserpass(vault, 'audra', laptop);
    for (const what of ['metadata', 'subkeys', 'list'] as const) {
      vault.readWithoutValues(auditor, stripe, what, laptop);
    }
    vault.read(auditor, stripe, laptop, { version: 9 });
    world.truth.innocent({ kind: 'identity', id: 'audra', why: 'saw no value' });
    quietMinutes(setting, 5);
    return world;
  },
};

const wrappedRead: Incident = {
  name: 'wrapped-read',
  tells: 'wrapped answers open once: who opens one holds it, who asked for somebody else does not',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    startPod(cluster, vault, { ...payments, name: 'api-0', by: deployer, node: nodeA });
    const pipeline = loginApprole(vault, 'deploy', { address: '10.0.7.9' });
    const result = vault.read(pipeline, stripe, { address: '10.0.7.9' }, { wrapTtl: 300 });
    quietMinutes(setting, 2);
    const robot = loginApprole(vault, 'installer', { address: '10.0.8.2' });
    open(setting, robot, result, { address: '10.0.8.2' });
    const why = 'asked for it wrapped; another opened it';
    world.truth.innocent({ kind: 'identity', id: pipeline.identity, why });
    const maria = loginUserpass(vault, 'maria', laptop);
    open(setting, maria, vault.read(maria, stripe, laptop, { wrapTtl: 60 }), laptop);
    quietMinutes(setting, 5);
    return world;
  },
};

/** Opens a wrapped answer: only now somebody sees the value. */
function open(setting: Setting, session: Session, wrapped: ReadResult, from: Caller): void {
  if (wrapped.state !== 'wrapped') throw new Error('not wrapped');
  const { world, vault } = setting;
  const at = vault.unwrap(session, wrapped.wrappingToken, from);
  const holder = { kind: 'identity' as const, id: session.identity };
  world.truth.read(holder, vault.reference(stripe), String(wrapped.version), at, 'opened it');
}

const readersAroundRotation: Incident = {
  name: 'readers-around-rotation',
  tells: 'one engineer reads 3, then 4, then 3 again by number: two intervals',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const pod = { ...payments, name: 'api-0', by: deployer, node: nodeA };
    const one = startPod(cluster, vault, pod);
    const maria = loginUserpass(vault, 'maria', laptop);
    readAs(setting, maria, stripe, laptop);
    quietMinutes(setting, 4);
    const values = { api_key: `next-${seed}`, endpoint: 'https://s', webhook_secret: 'x' };
    vault.write(maria, stripe, values, laptop);
    readAs(setting, maria, stripe, laptop);
    pollPod(cluster, vault, one);
    quietMinutes(setting, 4);
    readAs(setting, maria, stripe, laptop, { version: 3 });
    quietMinutes(setting, 4);
    return world;
  },
};

const askedForToken: Incident = {
  name: 'token-asked-by-person',
  tells: '`kubectl create token api` on a laptop: the account is the reader, no pod is',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const pod = { ...payments, name: 'api-0', by: deployer, node: nodeA };
    const one = startPod(cluster, vault, pod);
    quietMinutes(setting, 3);
    const mallory = humanActor('mallory', '198.51.100.23', ['support']);
    const { jti } = requestToken(cluster, mallory, {
      namespace: 'payments',
      serviceAccount: 'api',
    });
    world.holders.push({ kind: 'identity', id: 'mallory' }, { kind: 'token', id: jti });
    const token = { ...podToken(cluster, one), jti, jwt: `eyJ.${world.random.hex(40)}` };
    const from = { address: '198.51.100.23', userAgent: 'Vault/v1.20.3' };
    readAs(setting, loginKubernetes(vault, 'kubernetes', 'payments', token, from), stripe, from);
    quietMinutes(setting, 3);
    return world;
  },
};

const directRead: Incident = {
  name: 'direct-read-by-pod',
  tells: 'a pod without the volume asks Vault itself, from its own known address',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    startPod(cluster, vault, { ...payments, name: 'api-0', by: deployer, node: nodeA });
    const bare = { ...payments, name: 'asker', classes: [], by: deployer, node: nodeA };
    const asker = startPod(cluster, vault, bare);
    quietMinutes(setting, 3);
    const from = { address: asker.address, userAgent: 'hvac/2.3.0' };
    const token = podToken(cluster, asker);
    const session = loginKubernetes(vault, 'kubernetes', 'payments', token, from);
    const reference = vault.reference(stripe);
    for (let round = 0; round < 2; round += 1) {
      const { at } = vault.read(session, stripe, from);
      world.truth.read(cluster.holder(asker), reference, '3', at, 'read it from its own address');
      world.clock.pass(50);
    }
    quietMinutes(setting, 3);
    return world;
  },
};

export const readerIncidents: Incident[] = [
  stolenToken,
  tokenAfterDeath,
  deadSessionBesideSibling,
  peopleAndMachines,
  metadataReads,
  wrappedRead,
  readersAroundRotation,
  askedForToken,
  directRead,
];
