import { managedPolicy } from '../../../src/simulate/world/api-request.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import { Truth } from '../../../src/simulate/world/truth.ts';
import { loginUserpass } from '../../../src/sources/vault_audit/emit/vault-logins.ts';
import type { Incident } from '../incident.ts';
import {
  bodylessStatuses,
  ordinarySetting,
  quietMinutes,
  type Setting,
  stripe,
} from '../setting.ts';
import { takeSnapshot } from '../snapshot.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const laptop = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };

/** Three pods, a rotation, an end: what the thin logs are asked to tell. */
function playOrdinary(setting: Setting, seed: number): void {
  const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
  const pod = { ...payments, by: deployer };
  const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
  quietMinutes(setting, 3);
  const two = startPod(cluster, vault, { ...pod, name: 'two', node: nodeB });
  quietMinutes(setting, 3);
  deletePod(cluster, two, deployer);
  const values = { api_key: `next-${seed}`, endpoint: 'https://s', webhook_secret: 'x' };
  vault.write(vault.rootSession(), stripe, values, laptop);
  world.clock.passMinutes(2);
  pollPod(cluster, vault, one);
  quietMinutes(setting, 3);
  startPod(cluster, vault, { ...pod, name: 'three', node: nodeB });
  quietMinutes(setting, 5);
}

const statusMetadata: Incident = {
  name: 'status-metadata',
  tells: 'mount statuses are logged by name only: versions come from the reads',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { policy: bodylessStatuses } });
    playOrdinary(setting, seed);
    return setting.world;
  },
};

const managedCluster: Incident = {
  name: 'managed-cluster',
  tells: 'a managed cluster logs no body of the driver; the class is known from a snapshot',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { policy: managedPolicy } });
    const createdAt = setting.world.clock.now;
    playOrdinary(setting, seed);
    takeSnapshot(setting.world, setting.cluster, createdAt);
    return setting.world;
  },
};

const noKubernetesLog: Incident = {
  name: 'no-kubernetes-log',
  tells: 'only Vault was logged: service accounts are the readers, and no pod is named',
  play: (seed) => {
    const setting = ordinarySetting(seed, {
      cluster: { truth: new Truth() },
      vault: { readersOnly: true },
    });
    setting.world.missing.add('kubernetes');
    playOrdinary(setting, seed);
    setting.vault.read(loginUserpass(setting.vault, 'maria', laptop), stripe, laptop);
    return setting.world;
  },
};

const noVaultLog: Incident = {
  name: 'no-vault-log',
  tells: 'only Kubernetes was logged: the mounts are certain, their versions are not',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver: '1.6' } });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    world.missing.add('vault');
    const pod = { ...payments, by: deployer };
    const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    const two = startPod(cluster, vault, { ...pod, name: 'two', node: nodeB });
    quietMinutes(setting, 3);
    pollPod(cluster, vault, one);
    pollPod(cluster, vault, two);
    deletePod(cluster, two, deployer);
    quietMinutes(setting, 5);
    world.truth.forgetVersions();
    for (const object of world.objects) {
      if (object !== vault.reference(stripe)) world.objects.delete(object);
    }
    return world;
  },
};

const eventList: Incident = {
  name: 'event-lists',
  tells: 'the audit events come as the webhook sent them, in EventLists',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    setting.world.kubernetesFormat = 'event-list';
    playOrdinary(setting, seed);
    return setting.world;
  },
};

const prettyPrinted: Incident = {
  name: 'pretty-printed',
  tells: 'somebody ran the audit log through jq before handing it over',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    setting.world.kubernetesFormat = 'pretty';
    playOrdinary(setting, seed);
    return setting.world;
  },
};

const keyValueOne: Incident = {
  name: 'key-value-one',
  tells: 'KV version 1 numbers nothing: holders are certain, versions have no name',
  play: (seed) => {
    const setting = ordinarySetting(seed, { withoutClass: true });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    vault.mountKv('legacy', 1);
    vault.seed('legacy/payments/smtp', [{ password: `smtp-${seed}`, port: 587 }]);
    world.objects.add(vault.reference('legacy/payments/smtp'));
    const object = {
      objectName: 'smtp',
      secretPath: 'legacy/payments/smtp',
      secretKey: 'password',
    };
    cluster.applyClass(deployer, { namespace: 'payments', name: 'smtp', objects: [object] });
    const pod = { ...payments, classes: ['smtp'], by: deployer };
    const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    startPod(cluster, vault, { ...pod, name: 'two', node: nodeB });
    quietMinutes(setting, 4);
    const maria = loginUserpass(vault, 'maria', laptop);
    const result = vault.read(maria, 'legacy/payments/smtp', laptop);
    const reader = { kind: 'identity' as const, id: 'maria' };
    world.truth.read(reader, vault.reference('legacy/payments/smtp'), null, result.at, 'read it');
    deletePod(cluster, one, deployer);
    quietMinutes(setting, 4);
    return world;
  },
};

const lateLogs: Incident = {
  name: 'logs-start-late',
  tells: 'the mounts are older than the logs: the next write of each status shows them',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver: '1.6' } });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const createdAt = world.clock.now;
    const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    const two = startPod(cluster, vault, { ...pod, name: 'two', node: nodeB });
    quietMinutes(setting, 10);
    cluster.lines.length = 0;
    vault.lines.length = 0;
    world.truth.forgetAll();
    for (const mount of [...one.mounts, ...two.mounts]) {
      mount.versions.clear();
      mount.reported.clear();
    }
    quietMinutes(setting, 2);
    pollPod(cluster, vault, one);
    pollPod(cluster, vault, two);
    quietMinutes(setting, 2);
    deletePod(cluster, two, deployer);
    const values = { api_key: `next-${seed}`, endpoint: 'https://s', webhook_secret: 'x' };
    vault.write(vault.rootSession(), stripe, values, laptop);
    world.clock.passMinutes(2);
    pollPod(cluster, vault, one);
    quietMinutes(setting, 2);
    takeSnapshot(setting.world, setting.cluster, createdAt);
    world.objects.clear();
    world.objects.add(vault.reference(stripe));
    return world;
  },
};

export const thinLogIncidents: Incident[] = [
  lateLogs,
  statusMetadata,
  managedCluster,
  noKubernetesLog,
  noVaultLog,
  eventList,
  prettyPrinted,
  keyValueOne,
];
