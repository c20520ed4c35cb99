import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import { deletePod, killPod } from '../../../src/simulate/world/pods.ts';
import type { Incident } from '../incident.ts';
import { ledger, ordinarySetting, quietMinutes, stripe, stripeKey } from '../setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };

function edited(how: 'update' | 'patch'): Incident {
  return {
    name: `class-edited-by-${how}`,
    tells: 'the class names another object from one day on: old pods keep the old one',
    play: (seed) => {
      const setting = ordinarySetting(seed);
      const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
      const pod = { ...payments, by: deployer };
      startPod(cluster, vault, { ...pod, name: 'before', node: nodeA });
      quietMinutes(setting, 5);
      const other = { ...stripeKey(), secretPath: `secret/data/${ledger.slice(7)}` };
      cluster.editClass(deployer, cluster.class('payments', 'stripe'), [other], how);
      quietMinutes(setting, 5);
      startPod(cluster, vault, { ...pod, name: 'after', node: nodeB });
      quietMinutes(setting, 5);
      return world;
    },
  };
}

const twoClassesOneObject: Incident = {
  name: 'two-classes-one-object',
  tells: 'one pod mounts two fields of the object by two classes: it holds the version once',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const hook = { ...stripeKey('hook'), secretKey: 'webhook_secret' };
    const spec = { namespace: 'payments', name: 'stripe-hook', objects: [hook] };
    cluster.applyClass(deployer, spec);
    const classes = ['stripe', 'stripe-hook'];
    const pod = { ...payments, classes, name: 'both', by: deployer, node: nodeA };
    const one = startPod(cluster, vault, pod);
    quietMinutes(setting, 5);
    deletePod(cluster, one, deployer);
    quietMinutes(setting, 5);
    return world;
  },
};

const editedUnderRotation = (objectName: string): Incident => ({
  name: `class-edited-under-rotation-${objectName}`,
  tells: 'the class names another object while a pod lives, and republishing brings that one',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { driver: '1.6' } });
    const { world, cluster, vault, nodeA, deployer } = setting;
    const part = { ...payments, name: 'api-0', by: deployer, node: nodeA };
    const pod = startPod(cluster, vault, part);
    quietMinutes(setting, 3);
    pollPod(cluster, vault, pod);
    const other = { ...stripeKey(objectName), secretPath: `secret/data/${ledger.slice(7)}` };
    cluster.editClass(deployer, cluster.class('payments', 'stripe'), [other], 'update');
    for (const mount of pod.mounts) mount.reported.clear();
    quietMinutes(setting, 3);
    pollPod(cluster, vault, pod);
    world.truth.drop(pod.uid, vault.reference(stripe), world.clock.now);
    quietMinutes(setting, 5);
    return world;
  },
});

const killedPods: Incident = {
  name: 'killed-pods',
  tells: 'one pod is deleted by force, another with its lost node: no kubelet says so',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const forced = startPod(cluster, vault, { ...pod, name: 'forced', node: nodeA });
    const lost = startPod(cluster, vault, { ...pod, name: 'lost', node: nodeB });
    quietMinutes(setting, 5);
    killPod(cluster, forced, deployer);
    quietMinutes(setting, 5);
    killPod(cluster, lost, cluster.controller('pod-garbage-collector'));
    startPod(cluster, vault, { ...pod, name: 'lost', node: nodeA });
    quietMinutes(setting, 5);
    return world;
  },
};

const dataInPath: Incident = {
  name: 'data-in-path',
  tells: 'a KV mount two folders deep, and a path that itself says data',
  play: (seed) => {
    const setting = ordinarySetting(seed, { withoutClass: true });
    const { world, cluster, vault, nodeA, deployer } = setting;
    vault.mountKv('team/kv');
    vault.seed('team/kv/app/data/key', [{ token: 'one' }, { token: `two-${seed}` }]);
    world.objects.add(vault.reference('team/kv/app/data/key'));
    const secretPath = 'team/kv/data/app/data/key';
    const object = { objectName: 'token', secretPath, secretKey: 'token' };
    cluster.applyClass(deployer, { namespace: 'payments', name: 'deep', objects: [object] });
    const pod = { ...payments, classes: ['deep'], by: deployer, node: nodeA };
    startPod(cluster, vault, { ...pod, name: 'deep' });
    quietMinutes(setting, 5);
    return world;
  },
};

export const classIncidents: Incident[] = [
  edited('update'),
  edited('patch'),
  twoClassesOneObject,
  killedPods,
  dataInPath,
  editedUnderRotation('ledger-key'),
  editedUnderRotation('stripe-key'),
];
