import { humanActor } from '../../src/simulate/world/actors.ts';
import { type Actor, fullPolicy, type Policy } from '../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../src/simulate/world/cluster.ts';
import type { ClusterNode } from '../../src/simulate/world/kinds.ts';
import type { Truth } from '../../src/simulate/world/truth.ts';
import type { VaultOptions } from '../../src/sources/vault_audit/emit/vault-options.ts';
import type { VaultServer } from '../../src/sources/vault_audit/emit/vault-server.ts';
import { ordinaryTraffic, ordinaryVaultTraffic } from './traffic.ts';
import { World } from './world.ts';

export const stripe = 'secret/payments/stripe';
export const ledger = 'secret/payments/ledger';

export interface Setting {
  world: World;
  cluster: Cluster;
  vault: VaultServer;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  /** Who deploys: a person, never a holder. */
  deployer: Actor;
}

/**
 * The ground most incidents start on: two nodes, `secret/payments/stripe` at version 3, the class
 * `payments/stripe` that mounts its `api_key`, and everyday traffic around it.
 */
export function ordinarySetting(
  seed: number,
  options: {
    cluster?: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> & { truth?: Truth };
    vault?: Omit<VaultOptions, 'clock' | 'random' | 'truth'>;
    versions?: number;
    withoutClass?: boolean;
  } = {},
): Setting {
  const world = new World(seed);
  const cluster = world.cluster({ servers: 1 + (seed % 2), ...options.cluster });
  const vault = world.vault({ devices: 1 + (seed % 2), ...options.vault });
  const count = options.versions ?? 3;
  const values = (name: string) =>
    Array.from({ length: count }, (_, index) => ({
      api_key: `${name}-key-${index + 1}-${world.random.hex(12)}`,
      endpoint: `https://${name}.example.net`,
      webhook_secret: `${name}-hook-${index + 1}`,
    }));
  vault.seed(stripe, values('stripe'));
  vault.seed(ledger, values('ledger'));
  world.objects.add(vault.reference(stripe));
  world.objects.add(vault.reference(ledger));
  const nodeA = cluster.addNode('node-a');
  const nodeB = cluster.addNode('node-b');
  const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
  ordinaryTraffic(cluster, 3);
  ordinaryVaultTraffic(vault, 2);
  if (options.withoutClass !== true) {
    const { namespace: vaultNamespace } = options.vault ?? {};
    cluster.applyClass(deployer, {
      namespace: 'payments',
      name: 'stripe',
      objects: [stripeKey()],
      ...(vaultNamespace === undefined ? {} : { vaultNamespace }),
    });
  }
  return { world, cluster, vault, nodeA, nodeB, deployer };
}

/** Classes with bodies, mount statuses without. */
export const bodylessStatuses: Policy = (request) => {
  const { level, omitReceived } = fullPolicy(request);
  const isStatus = request.resource === 'secretproviderclasspodstatuses';
  return { level: isStatus && level !== 'None' ? 'Metadata' : level, omitReceived };
};

/** The one field that most classes mount. */
export function stripeKey(objectName = 'stripe-key') {
  return { objectName, secretPath: 'secret/data/payments/stripe', secretKey: 'api_key' };
}

/** Time goes by, and the logs cover it. */
export function quietMinutes(setting: Setting, minutes: number): void {
  setting.world.clock.passMinutes(minutes / 2);
  for (const cluster of setting.world.clusters) ordinaryTraffic(cluster, 2);
  setting.world.clock.passMinutes(minutes / 2);
  for (const cluster of setting.world.clusters) ordinaryTraffic(cluster, 1);
  for (const vault of setting.world.vaults) ordinaryVaultTraffic(vault, 1);
}
