import { humanActor, serviceAccountActor } from '../../../src/simulate/world/actors.ts';
import { podToken } from '../../../src/simulate/world/pod-token.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import {
  applyBinding,
  applyRole,
  noteRight,
  readSecrets,
} from '../../../src/simulate/world/rbac-objects.ts';
import { getSecret } from '../../../src/simulate/world/secret-readers.ts';
import { boundExtra, requestToken } from '../../../src/simulate/world/tokens.ts';
import { loginUserpass } from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { Incident } from '../incident.ts';
import { quietMinutes, type Setting, stripe } from '../setting.ts';
import { paymentsPod, people, syncedName, syncedSetting } from '../synced-setting.ts';

const { mallory, nora, piet, quinn } = people;
const admin = humanActor('root-admin', '192.0.2.5', ['platform-admins']);
const index = { namespace: 'search', serviceAccount: 'index' };
const indexIdentity = 'system:serviceaccount:search:index';
const secretKey = `payments/${syncedName}`;

/** The account `search/index` may read the Secrets of `payments`. */
function letIndexRead(setting: Setting): void {
  const { cluster } = setting;
  const role = { namespace: 'payments', name: 'secret-reader' };
  applyRole(cluster, admin, role, [readSecrets]);
  const subject = { kind: 'ServiceAccount' as const, name: 'index', namespace: 'search' };
  const binding = { namespace: 'payments', name: 'index-reads', role: 'secret-reader' };
  applyBinding(cluster, admin, binding, [subject]);
  noteRight(cluster, indexIdentity, secretKey, 'a RoleBinding lets it read Secrets');
}

const tokenOfToken: Incident = {
  name: 'token-of-token',
  tells: 'a token gets a token gets a Secret; others ask for tokens too late, or bound, or in vain',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, world } = setting;
    const gone = paymentsPod(setting, { name: 'gone', serviceAccount: 'batch' });
    const one = paymentsPod(setting, { name: 'one' });
    paymentsPod(setting, { name: 'two', node: setting.nodeB });
    letIndexRead(setting);
    quietMinutes(setting, 3);
    const api = { namespace: 'payments', serviceAccount: 'api' };
    const first = requestToken(cluster, mallory, api);
    const second = requestToken(cluster, first.actor, index);
    world.clock.pass(20);
    getSecret(cluster, second.actor, 'payments', syncedName);
    requestToken(cluster, nora, api);
    requestToken(cluster, quinn, { ...api, pod: one });
    deletePod(cluster, gone, setting.deployer);
    quietMinutes(setting, 2);
    // What the account held has ended: her token reaches nothing.
    requestToken(cluster, piet, { namespace: 'payments', serviceAccount: 'batch' });
    quietMinutes(setting, 4);
    for (const { username } of [mallory, nora, quinn, piet]) {
      world.holders.push({ kind: 'identity', id: username });
    }
    for (const { jti } of [first, second]) world.holders.push({ kind: 'token', id: jti });
    world.holders.push({ kind: 'service-account', id: 'payments/api' });
    world.holders.push({ kind: 'service-account', id: 'search/index' });
    world.holders.push({ kind: 'node', id: 'node-a' });
    return world;
  },
};

const podTokenAbroad: Incident = {
  name: 'pod-token-abroad',
  tells: 'the token of one of two pods of an account asks for another token, from a laptop',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, world } = setting;
    const robbed = paymentsPod(setting, { name: 'one' });
    const other = paymentsPod(setting, { name: 'two' });
    letIndexRead(setting);
    quietMinutes(setting, 3);
    const { jti } = podToken(cluster, robbed);
    const thief = serviceAccountActor('payments', 'api', {
      uid: cluster.accountUid('payments', 'api'),
      userAgent: 'curl/8.9.1',
      address: '203.0.113.90',
      extra: boundExtra(jti, robbed),
    });
    const next = requestToken(cluster, thief, index);
    getSecret(cluster, next.actor, 'payments', syncedName);
    quietMinutes(setting, 4);
    for (const { uid } of [robbed, other]) world.holders.push({ kind: 'pod', id: uid });
    for (const id of [jti, next.jti]) world.holders.push({ kind: 'token', id });
    return world;
  },
};

const childOfSession: Incident = {
  name: 'vault-child-token',
  tells: 'a person makes a Vault token of hers, and it reads under another name',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { vault, world } = setting;
    paymentsPod(setting, { name: 'one' });
    const laptop = { address: '192.0.2.61', userAgent: 'Vault/v1.20.3' };
    const ingrid = loginUserpass(vault, 'ingrid', laptop);
    quietMinutes(setting, 2);
    const child = vault.makeToken(ingrid, 'nightly', laptop);
    const runner = { address: '192.0.2.140', userAgent: 'hvac/2.3.0' };
    const read = vault.read(child, stripe, runner);
    const holder = { kind: 'identity' as const, id: child.identity };
    const object = vault.reference(stripe);
    world.truth.read(holder, object, '3', read.at, 'read it with a token made of hers');
    world.truth.childSessions.set('ingrid', child.identity);
    quietMinutes(setting, 3);
    world.holders.push({ kind: 'identity', id: 'ingrid' });
    world.holders.push({ kind: 'identity', id: child.identity });
    return world;
  },
};

export const tokenIncidents: Incident[] = [tokenOfToken, podTokenAbroad, childOfSession];
