import { serviceAccountActor } from '../../../src/simulate/world/actors.ts';
import { secretBodiesPolicy } from '../../../src/simulate/world/api-request.ts';
import type { Declared, OperatorKind } from '../../../src/simulate/world/operator-bodies.ts';
import {
  declareCopy,
  installOperator,
  type Operator,
  refreshCopy,
} from '../../../src/simulate/world/operators.ts';
import { getSecret, watchSecrets } from '../../../src/simulate/world/secret-readers.ts';
import { writeSecret } from '../../../src/simulate/world/secrets.ts';
import { loginApprole, loginUserpass } from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { Incident } from '../incident.ts';
import { ordinarySetting, quietMinutes, type Setting, stripe } from '../setting.ts';
import {
  consumer,
  paymentsPod,
  people,
  poll,
  secretOf,
  syncedName,
  syncedSetting,
  writeNext,
} from '../synced-setting.ts';

const { nora } = people;
const laptop = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };

function copyOf(setting: Setting, part: Partial<Declared> & { name: string }): Declared {
  return {
    uid: setting.world.random.uuid(),
    namespace: 'payments',
    object: stripe,
    field: 'api_key',
    key: 'api_key',
    target: part.name,
    role: 'payments',
    serviceAccount: 'copier',
    authMount: setting.cluster.authMount,
    objectName: 'stripe-key',
    ...part,
  };
}

/** A rotation that reaches the copy at the operator's next look, and another Secret beside it. */
function copied(kind: OperatorKind, seed: number): Setting {
  const setting = ordinarySetting(seed);
  const { cluster, vault, nodeB, deployer } = setting;
  const operator = installOperator(cluster, vault, { kind, by: deployer, node: nodeB });
  const copy = copyOf(setting, { name: 'stripe-copy', class: 'stripe' });
  declareCopy(operator, deployer, copy);
  const env = [{ name: 'KEY', secret: 'stripe-copy', key: 'api_key' }];
  quietMinutes(setting, 3);
  consumer(setting, { name: 'worker', shape: { containers: [{ name: 'app', env }] } });
  refreshTwice(setting, operator, copy);
  writeNext(setting, seed);
  quietMinutes(setting, 4);
  refreshCopy(operator, copy);
  quietMinutes(setting, 2);
  getSecret(cluster, nora, 'payments', 'stripe-copy');
  quietMinutes(setting, 4);
  return setting;
}

function refreshTwice(setting: Setting, operator: Operator, copy: Declared): void {
  for (let round = 0; round < 2; round += 1) {
    quietMinutes(setting, 5);
    refreshCopy(operator, copy);
  }
}

const cloned: Incident = {
  name: 'cloned-secret',
  tells: 'a controller clones the synced Secret into another namespace; the bodies are logged',
  play: (seed) => {
    const annotations = { 'replicator.v1.mittwald.de/replicate-to': 'billing' };
    const data = [{ objectName: 'stripe-key', key: 'api_key' }];
    const synced = [{ secretName: syncedName, annotations, data }];
    const setting = syncedSetting(seed, { policy: secretBodiesPolicy }, synced);
    const { cluster, nodeB, world } = setting;
    const actor = serviceAccountActor('replicator', 'kubernetes-replicator', {
      uid: cluster.accountUid('replicator', 'kubernetes-replicator'),
      userAgent: 'kubernetes-replicator/v0.0.0 (linux/amd64) kubernetes/$Format',
      address: cluster.podAddress(nodeB),
    });
    world.truth.platform.add(actor.username);
    watchSecrets(cluster, actor, {});
    const clone = (how: 'create' | 'update') =>
      writeSecret(cluster, {
        actor,
        how,
        namespace: 'billing',
        name: syncedName,
        annotations: { 'replicator.v1.mittwald.de/replicated-from-version': '48200' },
        data: secretOf(cluster, `payments/${syncedName}`).data,
        path: 'external_copy',
      });
    const pod = paymentsPod(setting, { name: 'one' });
    world.clock.pass(0.5);
    clone('create');
    quietMinutes(setting, 3);
    getSecret(cluster, nora, 'billing', syncedName);
    writeNext(setting, seed);
    poll(setting, [pod]);
    world.clock.pass(0.5);
    clone('update');
    quietMinutes(setting, 4);
    return world;
  },
};

const destroyedAndWrapped: Incident = {
  name: 'destroyed-and-wrapped',
  tells: 'deleted, back, destroyed: Secret and pods keep it; who opened a wrapped answer holds it',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: seed % 2 === 0 ? '1.5' : '1.6' });
    const { world, vault } = setting;
    const pod = paymentsPod(setting, { name: 'one' });
    const root = vault.rootSession();
    const asker = loginApprole(vault, 'deploy', { address: '10.0.7.9' });
    const wrapped = vault.read(asker, stripe, { address: '10.0.7.9' }, { wrapTtl: 900 });
    if (wrapped.state !== 'wrapped') throw new Error('it is not wrapped');
    const why = 'asked for it wrapped; another opened it';
    world.truth.innocent({ kind: 'identity', id: asker.identity, why });
    poll(setting, [pod]);
    vault.change(root, stripe, 'delete', [3], laptop);
    poll(setting, [pod], 2);
    const maria = loginUserpass(vault, 'maria', laptop);
    const at = vault.unwrap(maria, wrapped.wrappingToken, laptop);
    const holder = { kind: 'identity' as const, id: 'maria' };
    world.truth.read(holder, vault.reference(stripe), '3', at, 'opened it');
    vault.change(root, stripe, 'undelete', [3], laptop);
    poll(setting, [pod]);
    vault.change(root, stripe, 'destroy', [3], laptop);
    poll(setting, [pod], 2);
    quietMinutes(setting, 4);
    return world;
  },
};

const sameValue: Incident = {
  name: 'copied-by-hand',
  tells: 'a person reads the synced Secret and puts its value into a Secret of her own',
  play: (seed) => {
    const setting = syncedSetting(seed, { policy: secretBodiesPolicy });
    const { cluster, world } = setting;
    paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 2);
    getSecret(cluster, nora, 'payments', syncedName);
    const { data } = secretOf(cluster, `payments/${syncedName}`);
    const place = { namespace: 'sandbox', name: 'my-key' };
    writeSecret(cluster, { actor: nora, how: 'create', ...place, data, path: 'external_copy' });
    quietMinutes(setting, 4);
    return world;
  },
};

const kinds: [OperatorKind, string, string][] = [
  ['external_secrets', 'external-secrets', 'an ExternalSecret copies the field on its own clock'],
  ['vault_secrets_operator', 'vault-secrets-operator', 'a VaultStaticSecret copies all fields'],
  [
    'secret_sync',
    'secret-sync',
    'a SecretSync copies by server-side apply, with no pod and no mount',
  ],
];

export const copyIncidents: Incident[] = [
  ...kinds.map(([kind, name, tells]) => ({
    name,
    tells,
    play: (seed: number) => copied(kind, seed).world,
  })),
  cloned,
  sameValue,
  destroyedAndWrapped,
];
