import { managedPolicy, secretBodiesPolicy } from '../../../src/simulate/world/api-request.ts';
import { startPod } from '../../../src/simulate/world/driver.ts';
import { applyWorkload, deletePod, deleteWorkload } from '../../../src/simulate/world/pods.ts';
import { getSecret, overwriteSecret } from '../../../src/simulate/world/secret-readers.ts';
import { deleteSecret } from '../../../src/simulate/world/secrets.ts';
import type { Incident } from '../incident.ts';
import { ledger, quietMinutes, type Setting } from '../setting.ts';
import { takeSnapshot } from '../snapshot.ts';
import {
  paymentsPod,
  people,
  poll,
  secretOf,
  syncedName,
  syncedSetting,
  writeNext,
} from '../synced-setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };

const ownedByReplicaSet: Incident = {
  name: 'synced-secret',
  tells: 'the Secret outlives the pods that fed it, and goes with the ReplicaSet that owns it',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, vault, nodeA, nodeB, deployer } = setting;
    const spec = { ...payments, kind: 'Deployment' as const, name: 'api' };
    const workload = applyWorkload(cluster, deployer, spec);
    const pods = [nodeA, nodeB].map((node) =>
      startPod(cluster, vault, { ...payments, node, workload }),
    );
    quietMinutes(setting, 4);
    for (const pod of pods) deletePod(cluster, pod, cluster.controller('replicaset-controller'));
    quietMinutes(setting, 10);
    deleteWorkload(cluster, workload, deployer);
    quietMinutes(setting, 5);
    return setting.world;
  },
};

const ownedByStatus: Incident = {
  name: 'synced-secret-of-bare-pod',
  tells: 'nobody owns the pod, so its mount status owns the Secret: all three go together',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, deployer } = setting;
    const pod = paymentsPod(setting, { name: 'job' });
    quietMinutes(setting, 4);
    deletePod(cluster, pod, deployer);
    quietMinutes(setting, 6);
    return setting.world;
  },
};

const unchangedRewrites: Incident = {
  name: 'synced-secret-driver-1.6',
  tells: 'create (409) and update at every poll, owners dropped and put back: one interval',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: '1.6' });
    const { nodeB } = setting;
    const one = paymentsPod(setting, { name: 'one' });
    const two = paymentsPod(setting, { name: 'two', node: nodeB });
    poll(setting, [one, two], 5);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

function rotated(driver: '1.5' | '1.6', seed: number): Setting {
  const setting = syncedSetting(seed, { driver });
  const { nodeB } = setting;
  const one = paymentsPod(setting, { name: 'one' });
  poll(setting, [one], 2);
  writeNext(setting, seed);
  poll(setting, [one], 2);
  const two = paymentsPod(setting, { name: 'two', node: nodeB });
  poll(setting, [one, two], 2);
  writeNext(setting, seed);
  poll(setting, [one, two], 2);
  quietMinutes(setting, 4);
  return setting;
}

const overwritten: Incident = {
  name: 'synced-secret-overwritten',
  tells: 'a person puts her own value in, and the next republish puts the old one back',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: '1.6' });
    const { cluster } = setting;
    const one = paymentsPod(setting, { name: 'one' });
    poll(setting, [one], 2);
    const values = { api_key: `sandbox-${seed}` };
    overwriteSecret(cluster, people.nora, secretOf(cluster, `payments/${syncedName}`), values);
    poll(setting, [one], 2);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const deleted: Incident = {
  name: 'synced-secret-deleted',
  tells: 'a person deletes the Secret, and the next republish makes it anew: two intervals',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: '1.6' });
    const { cluster, world } = setting;
    const one = paymentsPod(setting, { name: 'one' });
    poll(setting, [one]);
    deleteSecret(cluster, people.nora, secretOf(cluster, `payments/${syncedName}`));
    world.clock.pass(30);
    getSecret(cluster, people.piet, 'payments', syncedName);
    for (const [id, why] of [
      ['nora', 'deleted the Secret, which shows no value'],
      ['piet', 'asked while there was none: not found'],
    ] as const) {
      world.truth.innocent({ kind: 'identity', id, why });
    }
    poll(setting, [one], 2);
    quietMinutes(setting, 4);
    return world;
  },
};

const twoClasses: Incident = {
  name: 'two-classes-one-secret',
  tells: 'two classes are synced into one Secret: it holds what was written last, in turn',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: '1.6' });
    const { cluster, nodeB, deployer } = setting;
    const objectName = 'ledger-key';
    const secretPath = `secret/data/${ledger.slice(7)}`;
    cluster.applyClass(deployer, {
      namespace: 'payments',
      name: 'ledger',
      objects: [{ objectName, secretPath, secretKey: 'api_key' }],
      secretObjects: [{ secretName: syncedName, data: [{ objectName, key: 'api_key' }] }],
    });
    const one = paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 4);
    const two = paymentsPod(setting, { name: 'two', node: nodeB, classes: ['ledger'] });
    quietMinutes(setting, 4);
    poll(setting, [one]);
    quietMinutes(setting, 3);
    poll(setting, [two]);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const bodiesLogged: Incident = {
  name: 'secret-bodies-logged',
  tells: 'the policy logs what is written into Secrets: the log itself is a copy',
  play: (seed) => {
    const setting = syncedSetting(seed, { policy: secretBodiesPolicy });
    const one = paymentsPod(setting, { name: 'one' });
    poll(setting, [one], 2);
    writeNext(setting, seed);
    poll(setting, [one], 2);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const managed: Incident = {
  name: 'synced-secret-managed-cluster',
  tells: 'a managed cluster logs no body of the driver: a snapshot of the classes tells the rest',
  play: (seed) => {
    const setting = syncedSetting(seed, { policy: managedPolicy });
    const createdAt = setting.world.clock.now;
    const one = paymentsPod(setting, { name: 'one' });
    poll(setting, [one], 2);
    writeNext(setting, seed);
    poll(setting, [one], 2);
    quietMinutes(setting, 4);
    takeSnapshot(setting.world, setting.cluster, createdAt);
    return setting.world;
  },
};

export const syncedSecretIncidents: Incident[] = [
  ownedByReplicaSet,
  ownedByStatus,
  unchangedRewrites,
  {
    name: 'synced-secret-rotated-1.5',
    tells: 'the rotation poll patches the Secret where it differs',
    play: (seed) => rotated('1.5', seed).world,
  },
  {
    name: 'synced-secret-rotated-1.6',
    tells: 'the republish rewrites the Secret with what it fetched',
    play: (seed) => rotated('1.6', seed).world,
  },
  overwritten,
  deleted,
  twoClasses,
  bodiesLogged,
  managed,
];
