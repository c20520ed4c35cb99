import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { ClusterOptions } from '../../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import { podToken } from '../../../src/simulate/world/pod-token.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import { loginKubernetes } from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { VaultOptions } from '../../../src/sources/vault_audit/emit/vault-options.ts';
import type { Incident } from '../incident.ts';
import { ordinarySetting, quietMinutes, type Setting, stripe, stripeKey } from '../setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const laptop = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };

const twoClusters: Incident = {
  name: 'two-clusters',
  tells: 'east and west use equal names and equal addresses on one Vault; auth mounts differ',
  play: (seed) => {
    const east = { name: 'east', authMount: 'kubernetes-east' };
    const setting = ordinarySetting(seed, { cluster: east });
    const { world, cluster, vault, nodeA, deployer } = setting;
    const west = world.cluster({ name: 'west', authMount: 'kubernetes-west' });
    const westNode = west.addNode('node-a');
    west.addNode('node-b');
    vault.seed('secret/west/stripe', [{ api_key: `west-${seed}` }]);
    world.objects.add(vault.reference('secret/west/stripe'));
    const westKey = { ...stripeKey(), secretPath: 'secret/data/west/stripe' };
    const westDeployer = humanActor('dana', '192.0.2.10', ['payments-team']);
    west.applyClass(westDeployer, { namespace: 'payments', name: 'stripe', objects: [westKey] });
    const key = { namespace: 'payments', name: 'stripe-shared', objects: [stripeKey()] };
    west.applyClass(westDeployer, key);
    const pod = { ...payments, name: 'api-0' };
    const robbed = startPod(cluster, vault, { ...pod, by: deployer, node: nodeA });
    startPod(west, vault, { ...pod, by: westDeployer, node: westNode });
    quietMinutes(setting, 3);
    const shared = { ...pod, name: 'api-1', classes: ['stripe-shared'] };
    const leaving = startPod(west, vault, { ...shared, by: westDeployer, node: westNode });
    quietMinutes(setting, 3);
    deletePod(west, leaving, westDeployer);
    const token = podToken(cluster, robbed);
    const from = { address: '203.0.113.5' };
    const session = loginKubernetes(vault, 'kubernetes-east', 'payments', token, from);
    const result = vault.read(session, stripe, from);
    const thief = { kind: 'identity' as const, id: session.identity, cluster: 'east' };
    world.truth.read(thief, vault.reference(stripe), '3', result.at, 'stolen token of east');
    quietMinutes(setting, 4);
    return world;
  },
};

function variant(
  name: string,
  tells: string,
  cluster: Omit<ClusterOptions, 'clock' | 'random' | 'truth'>,
  vaultOptions: Omit<VaultOptions, 'clock' | 'random' | 'truth'> = {},
): Incident {
  const play = (seed: number): Setting['world'] => {
    const setting = ordinarySetting(seed, { cluster, vault: vaultOptions });
    const { world, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const one = startPod(setting.cluster, vault, { ...pod, name: 'one', node: nodeA });
    const two = startPod(setting.cluster, vault, { ...pod, name: 'two', node: nodeB });
    quietMinutes(setting, 4);
    const values = { api_key: `next-${seed}`, endpoint: 'https://s', webhook_secret: 'x' };
    vault.write(vault.rootSession(), stripe, values, laptop);
    world.clock.passMinutes(2);
    pollPod(setting.cluster, vault, one);
    pollPod(setting.cluster, vault, two);
    quietMinutes(setting, 3);
    deletePod(setting.cluster, two, deployer);
    quietMinutes(setting, 3);
    return world;
  };
  return { name, tells, play };
}

export const siteIncidents: Incident[] = [
  twoClusters,
  variant('jwt-mapped', 'JWT auth with claim mappings: the pod stands on every Vault line', {
    login: 'mapped',
    authMount: 'jwt',
  }),
  variant('jwt-plain', 'JWT auth without mappings: only the subject tells the account', {
    login: 'jwt',
    authMount: 'jwt',
    driver: '1.6',
  }),
  variant('openbao', 'OpenBao: no headers, times in plain', {}, { product: 'openbao' }),
  variant(
    'old-vault',
    'Vault of years ago: no mount point, no headers',
    {},
    { product: 'old-vault' },
  ),
  variant(
    'raw-device',
    'the audit device hashes nothing: the log itself carries the value',
    {},
    { isRaw: true },
  ),
  variant('batch-tokens', 'batch tokens have no accessor to follow', {}, { tokenType: 'batch' }),
  variant(
    'vault-namespace',
    'everything happens in a Vault namespace',
    {},
    { namespace: 'team-a' },
  ),
  variant('clock-ahead', "Vault's clock is three seconds ahead", {}, { clockSkew: 3 }),
  variant('clock-behind', "Vault's clock is three seconds behind", {}, { clockSkew: -3 }),
  variant('provider-tokens', 'the provider asks for the tokens itself', { tokensBy: 'provider' }),
];
