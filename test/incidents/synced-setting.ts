import { humanActor, serviceAccountActor } from '../../src/simulate/world/actors.ts';
import type { Actor } from '../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../src/simulate/world/driver.ts';
import type {
  KubernetesSecret,
  PodRecord,
  PodShape,
  SecretObject,
} from '../../src/simulate/world/kinds.ts';
import type { PodPart } from '../../src/simulate/world/pods.ts';
import { ordinarySetting, type Setting, stripe, stripeKey } from './setting.ts';

/** The Secret that the driver makes of the class `payments/stripe`. */
export const syncedName = 'stripe-keys';

const synced: SecretObject = {
  secretName: syncedName,
  labels: { app: 'api' },
  data: [{ objectName: 'stripe-key', key: 'api_key' }],
};

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const office = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };

/** The ordinary ground, and the class `payments/stripe` is synced into `payments/stripe-keys`. */
export function syncedSetting(
  seed: number,
  cluster: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> = {},
  secretObjects: SecretObject[] = [synced],
): Setting {
  const setting = ordinarySetting(seed, { cluster, withoutClass: true });
  const spec = { namespace: 'payments', name: 'stripe', objects: [stripeKey()], secretObjects };
  setting.cluster.applyClass(setting.deployer, spec);
  return setting;
}

/** A bare pod of `payments` with the class mounted; `part` says what is different about it. */
export function paymentsPod(
  setting: Setting,
  part: Partial<PodPart> & { name: string },
): PodRecord {
  const { cluster, vault, nodeA, deployer } = setting;
  return startPod(cluster, vault, { ...payments, node: nodeA, by: deployer, ...part });
}

/** The same, mounting nothing: what it has it has from Secrets. */
export function consumer(
  setting: Setting,
  part: Partial<PodPart> & { name: string; shape: PodShape },
): PodRecord {
  return paymentsPod(setting, { classes: [], serviceAccount: 'worker', ...part });
}

/** Version after version: somebody with the root token writes the next. */
export function writeNext(setting: Setting, seed: number): void {
  const { vault, world } = setting;
  const number = vault.versionsOf(stripe).length + 1;
  const values = {
    api_key: `stripe-key-${number}-${seed}-${world.random.hex(8)}`,
    endpoint: 'https://stripe.example.net',
    webhook_secret: `stripe-hook-${number}`,
  };
  vault.write(vault.rootSession(), stripe, values, office);
}

/** Some rounds of the driver's poll, two minutes apart. */
export function poll(setting: Setting, pods: PodRecord[], times = 1): void {
  for (let round = 0; round < times; round += 1) {
    setting.world.clock.passMinutes(2);
    for (const pod of pods) pollPod(setting.cluster, setting.vault, pod);
  }
}

/** A Secret that exists. */
export function secretOf(cluster: Cluster, key: string): KubernetesSecret {
  const secret = cluster.secrets.get(key);
  if (secret === undefined) throw new Error(`no Secret ${key}`);
  return secret;
}

/** One container `app` with `STRIPE_KEY` from the synced Secret. */
export const envShape: PodShape = {
  containers: [{ name: 'app', env: [{ name: 'STRIPE_KEY', secret: syncedName, key: 'api_key' }] }],
};

/** One container `app` with the synced Secret as a volume. */
export const volumeShape: PodShape = {
  containers: [{ name: 'app', mounts: [{ volume: 'keys', path: '/keys' }] }],
  volumes: [{ name: 'keys', secrets: [{ secret: syncedName }] }],
};

/** The class in one container, nothing in the other. */
export const sidecarShape: PodShape = {
  containers: [
    { name: 'app', classes: ['stripe'] },
    { name: 'proxy', image: 'registry.example.net/envoy:1.34' },
  ],
};

/** People of other teams, each with a laptop. */
export const people = {
  mallory: humanActor('mallory', '198.51.100.23', ['support']),
  nora: humanActor('nora', '192.0.2.71', ['payments-team']),
  piet: humanActor('piet', '192.0.2.72', ['search-team']),
  quinn: humanActor('quinn', '192.0.2.73', ['sre']),
};

/** The application controller of Argo CD, which watches whatever it may. */
export function gitopsActor(cluster: Cluster, address: string): Actor {
  return serviceAccountActor('argocd', 'argocd-application-controller', {
    uid: cluster.accountUid('argocd', 'argocd-application-controller'),
    userAgent: 'argocd-application-controller/v0.0.0 (linux/amd64) kubernetes/$Format',
    address,
  });
}
