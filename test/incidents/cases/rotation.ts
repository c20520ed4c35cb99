import { forgetSessions, pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type { PodRecord } from '../../../src/simulate/world/kinds.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { Incident } from '../incident.ts';
import { ordinarySetting, quietMinutes, type Setting, stripe, stripeKey } from '../setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const office = { address: '192.0.2.31', userAgent: 'Vault/v1.20.3' };

function poll(setting: Setting, pods: PodRecord[], times = 1): void {
  for (let round = 0; round < times; round += 1) {
    setting.world.clock.passMinutes(2);
    for (const pod of pods) pollPod(setting.cluster, setting.vault, pod);
  }
}

function newValues(seed: number) {
  return {
    api_key: `stripe-key-new-${seed}`,
    endpoint: 'https://stripe.example.net',
    webhook_secret: 'stripe-hook-new',
  };
}

function rotate(driver: '1.5' | '1.6', hasKey = true): (seed: number) => Setting['world'] {
  return (seed) => {
    const options = hasKey ? { driver } : { driver, hmacKey: null };
    const setting = ordinarySetting(seed, { cluster: options });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const early = startPod(cluster, vault, { ...pod, name: 'early', node: nodeA });
    const gone = startPod(cluster, vault, { ...pod, name: 'gone', node: nodeB });
    poll(setting, [early, gone], 3);
    deletePod(cluster, gone, deployer);
    quietMinutes(setting, 2);
    vault.write(vault.rootSession(), stripe, newValues(seed), office);
    poll(setting, [early], 3);
    const late = startPod(cluster, vault, { ...pod, name: 'late', node: nodeB });
    poll(setting, [early, late], 2);
    quietMinutes(setting, 5);
    return world;
  };
}

const noChange: Incident = {
  name: 'updates-without-change',
  tells: 'driver 1.6 writes the status at every poll, and nothing changes',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver: '1.6' } });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    const two = startPod(cluster, vault, { ...pod, name: 'two', node: nodeB });
    poll(setting, [one, two], 5);
    deletePod(cluster, one, deployer);
    poll(setting, [two], 3);
    quietMinutes(setting, 3);
    return world;
  },
};

const partialRotation: Incident = {
  name: 'rotation-reaches-some',
  tells: 'without rotation a pod keeps version 3 until it goes; new pods get 4',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const old = startPod(cluster, vault, { ...pod, name: 'old', node: nodeA });
    startPod(cluster, vault, { ...pod, name: 'older', node: nodeB });
    quietMinutes(setting, 5);
    vault.write(vault.rootSession(), stripe, newValues(seed), office);
    quietMinutes(setting, 5);
    startPod(cluster, vault, { ...pod, name: 'new', node: nodeA });
    deletePod(cluster, old, deployer);
    quietMinutes(setting, 5);
    return world;
  },
};

function restart(address: 'same' | 'new'): (seed: number) => Setting['world'] {
  return (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    const two = startPod(cluster, vault, { ...pod, name: 'two', node: nodeA });
    const other = startPod(cluster, vault, { ...pod, name: 'other', node: nodeB });
    poll(setting, [one, two, other], 2);
    const kept = nodeA.provider.address;
    if (address === 'new') cluster.startProvider(nodeA);
    else nodeA.provider.address = kept;
    world.clock.pass(15);
    forgetSessions(cluster, vault, [one, two]);
    poll(setting, [one, two, other], 3);
    quietMinutes(setting, 5);
    return world;
  };
}

const wholeAnswer = (driver: '1.5' | '1.6'): Incident => ({
  name: `whole-answer-driver-${driver}`,
  tells: 'no secretKey: the reported version differs at every poll, the version does not',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver }, withoutClass: true });
    const { world, cluster, vault, nodeA, deployer } = setting;
    const { objectName, secretPath } = stripeKey();
    const spec = { namespace: 'payments', name: 'stripe', objects: [{ objectName, secretPath }] };
    cluster.applyClass(deployer, spec);
    const pod = { ...payments, by: deployer, node: nodeA };
    const one = startPod(cluster, vault, { ...pod, name: 'one' });
    poll(setting, [one], 3);
    vault.write(vault.rootSession(), stripe, newValues(seed), office);
    poll(setting, [one], 3);
    quietMinutes(setting, 3);
    return world;
  },
});

const sameContent: Incident = {
  name: 'same-content',
  tells: 'version 4 says what 3 said: nobody who holds 3 is split by it',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver: seed % 2 === 0 ? '1.5' : '1.6' } });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const one = startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    poll(setting, [one], 2);
    const same = vault.versionsOf(stripe).at(-1);
    vault.write(vault.rootSession(), stripe, { ...same?.values }, office);
    poll(setting, [one], 3);
    const two = startPod(cluster, vault, { ...pod, name: 'two', node: nodeB });
    poll(setting, [one, two], 2);
    quietMinutes(setting, 4);
    return world;
  },
};

const deletedAndBack: Incident = {
  name: 'deleted-and-back',
  tells: 'the version is deleted, polls fail, it is undeleted, then destroyed: nobody loses it',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver: seed % 2 === 0 ? '1.6' : '1.5' } });
    const { world, cluster, vault, nodeA, deployer } = setting;
    const one = startPod(cluster, vault, { ...payments, name: 'one', by: deployer, node: nodeA });
    poll(setting, [one], 2);
    const root = vault.rootSession();
    vault.change(root, stripe, 'delete', [3], office);
    poll(setting, [one], 3);
    vault.change(root, stripe, 'undelete', [3], office);
    poll(setting, [one], 2);
    vault.change(root, stripe, 'destroy', [3], office);
    poll(setting, [one], 2);
    quietMinutes(setting, 4);
    return world;
  },
};

const pinnedVersion: Incident = {
  name: 'pinned-version',
  tells: '`?version=2` in the class: those pods hold 2 whatever is written after it',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pinned = { ...stripeKey(), secretPath: 'secret/data/payments/stripe?version=2' };
    const spec = { namespace: 'payments', name: 'stripe-pinned', objects: [pinned] };
    cluster.applyClass(deployer, spec);
    const pod = { ...payments, by: deployer };
    const old = { ...pod, name: 'pinned', classes: ['stripe-pinned'], node: nodeA };
    const one = startPod(cluster, vault, old);
    const two = startPod(cluster, vault, { ...pod, name: 'latest', node: nodeB });
    poll(setting, [one, two], 2);
    vault.write(vault.rootSession(), stripe, newValues(seed), office);
    poll(setting, [one, two], 2);
    quietMinutes(setting, 4);
    return world;
  },
};

export const rotationIncidents: Incident[] = [
  noChange,
  { name: 'rotation-driver-1.5', tells: 'version 4 reaches pods by polls', play: rotate('1.5') },
  { name: 'rotation-driver-1.6', tells: 'the same by republishing', play: rotate('1.6') },
  {
    name: 'rotation-without-hmac-key',
    tells: 'no version is reported at all: only the reads tell that 4 came',
    play: rotate('1.6', false),
  },
  partialRotation,
  {
    name: 'provider-restart',
    tells: 'new logins and reads with no mount write behind them, from the known address',
    play: restart('same'),
  },
  {
    name: 'provider-replaced',
    tells: 'the provider pod is replaced: new logins and reads from a new address of the node',
    play: restart('new'),
  },
  wholeAnswer('1.5'),
  wholeAnswer('1.6'),
  sameContent,
  deletedAndBack,
  pinnedVersion,
];
