import { restartContainer } from '../../../src/simulate/world/consumers.ts';
import { pollPod, startPod } from '../../../src/simulate/world/driver.ts';
import type { PodShape } from '../../../src/simulate/world/kinds.ts';
import { applyWorkload, deletePod } from '../../../src/simulate/world/pods.ts';
import type { Incident } from '../incident.ts';
import { ledger, quietMinutes, stripeKey } from '../setting.ts';
import {
  consumer,
  envShape,
  paymentsPod,
  poll,
  syncedName,
  syncedSetting,
  volumeShape,
  writeNext,
} from '../synced-setting.ts';

const untilRestart: Incident = {
  name: 'env-until-restart',
  tells: 'rotation leaves an environment as it is, until the kubelet tells of a restart',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, nodeB } = setting;
    const feeder = paymentsPod(setting, { name: 'feeder' });
    quietMinutes(setting, 2);
    const restarted = consumer(setting, { name: 'restarted', shape: envShape, node: nodeB });
    consumer(setting, { name: 'untouched', shape: envShape });
    quietMinutes(setting, 2);
    restartContainer(cluster, restarted, 'app');
    writeNext(setting, seed);
    poll(setting, [feeder], 2);
    quietMinutes(setting, 4);
    restartContainer(cluster, restarted, 'app');
    quietMinutes(setting, 5);
    return setting.world;
  },
};

const volumeBesideEnv: Incident = {
  name: 'volume-beside-env',
  tells: 'one pod has the Secret in a volume and in its environment: only the volume follows',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: seed % 2 === 0 ? '1.6' : '1.5' });
    const { cluster, nodeB, deployer } = setting;
    const feeder = paymentsPod(setting, { name: 'feeder' });
    quietMinutes(setting, 2);
    const [container = { name: 'app' }] = volumeShape.containers;
    const env = [{ name: 'STRIPE_KEY', secret: syncedName, key: 'api_key' }];
    const shape = { ...volumeShape, containers: [{ ...container, env }] };
    const both = consumer(setting, { name: 'both', shape, node: nodeB });
    consumer(setting, { name: 'volume', shape: volumeShape });
    quietMinutes(setting, 2);
    writeNext(setting, seed);
    poll(setting, [feeder], 2);
    quietMinutes(setting, 3);
    deletePod(cluster, both, deployer);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const ownEnvironment: Incident = {
  name: 'own-synced-env',
  tells: 'the usual pattern: a pod mounts the class so that its own environment gets the Secret',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, vault, nodeA, nodeB, deployer } = setting;
    const [container = { name: 'app' }] = envShape.containers;
    const shape: PodShape = { containers: [{ ...container, classes: ['stripe'] }] };
    const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
    const spec = { ...payments, kind: 'Deployment' as const, name: 'api', shape };
    const workload = applyWorkload(cluster, deployer, spec);
    const one = startPod(cluster, vault, { ...payments, node: nodeA, workload });
    const two = startPod(cluster, vault, { ...payments, node: nodeB, workload });
    quietMinutes(setting, 4);
    writeNext(setting, seed);
    pollPod(cluster, vault, one);
    pollPod(cluster, vault, two);
    quietMinutes(setting, 4);
    deletePod(cluster, two, cluster.controller('replicaset-controller'));
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const manyShapes: Incident = {
  name: 'projected-and-subpath',
  tells: 'projected volumes follow, a subPath never does, a pull secret is seen by no container',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { world } = setting;
    const feeder = paymentsPod(setting, { name: 'feeder' });
    quietMinutes(setting, 2);
    const secrets = [{ secret: syncedName, items: [{ key: 'api_key', path: 'key' }] }];
    const mounts = [{ volume: 'all', path: '/all' }];
    const volumes = [{ name: 'all', secrets, isProjected: true }];
    consumer(setting, {
      name: 'projected',
      shape: { containers: [{ name: 'app', mounts }], volumes },
    });
    const subPath = [{ volume: 'keys', path: '/etc/key', subPath: 'api_key' }];
    consumer(setting, {
      name: 'frozen',
      shape: { ...volumeShape, containers: [{ name: 'app', mounts: subPath }] },
    });
    consumer(setting, {
      name: 'whole-env',
      shape: { containers: [{ name: 'app', envFrom: [syncedName] }] },
    });
    const puller = consumer(setting, {
      name: 'puller',
      shape: { containers: [{ name: 'app' }], imagePullSecrets: [syncedName] },
    });
    const { uid: id, name } = puller;
    const why = 'the kubelet pulls images with it, and no container sees it';
    world.truth.innocent({ kind: 'pod', id, name, paths: ['secret_env', 'secret_volume'], why });
    quietMinutes(setting, 2);
    writeNext(setting, seed);
    poll(setting, [feeder], 2);
    quietMinutes(setting, 4);
    return world;
  },
};

const otherKeys: Incident = {
  name: 'other-key-other-namespace',
  tells: 'one Secret has keys of two objects, and another namespace one of the same name',
  play: (seed) => {
    const secretObjects = [
      {
        secretName: syncedName,
        data: [
          { objectName: 'stripe-key', key: 'api_key' },
          { objectName: 'ledger-key', key: 'ledger_key' },
        ],
      },
    ];
    const setting = syncedSetting(seed, {}, []);
    const { world, cluster, vault, nodeB, deployer } = setting;
    const secretPath = `secret/data/${ledger.slice(7)}`;
    const ledgerKey = { objectName: 'ledger-key', secretPath, secretKey: 'api_key' };
    const both = { name: 'both', objects: [stripeKey(), ledgerKey], secretObjects };
    cluster.applyClass(deployer, { ...both, namespace: 'payments' });
    paymentsPod(setting, { name: 'feeder', classes: ['both'] });
    const other = [
      {
        ...secretObjects[0],
        secretName: syncedName,
        data: [{ objectName: 'ledger-key', key: 'api_key' }],
      },
    ];
    const billing = { ...both, namespace: 'billing', objects: [ledgerKey], secretObjects: other };
    cluster.applyClass(deployer, { ...billing, role: 'billing' });
    quietMinutes(setting, 2);
    const env = [{ name: 'LEDGER', secret: syncedName, key: 'ledger_key' }];
    const shape: PodShape = { containers: [{ name: 'app', env }] };
    const ledgerOnly = consumer(setting, { name: 'ledger-only', shape });
    consumer(setting, { name: 'stripe-only', shape: envShape });
    const part = { namespace: 'billing', serviceAccount: 'api', by: deployer, node: nodeB };
    startPod(cluster, vault, { ...part, name: 'feeder', classes: ['both'] });
    const elsewhere = startPod(cluster, vault, {
      ...part,
      name: 'namesake',
      classes: [],
      shape: envShape,
    });
    for (const pod of [ledgerOnly, elsewhere]) {
      world.truth.innocent({
        kind: 'pod',
        id: pod.uid,
        objects: [vault.reference('secret/payments/stripe')],
        why: 'what it refers to is another key, or another Secret of that name',
      });
    }
    quietMinutes(setting, 5);
    return world;
  },
};

const rebornConsumer: Incident = {
  name: 'reborn-consumer',
  tells: 'worker-0 dies and is born again on another node after a rotation: one name, two pods',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, vault, nodeA, nodeB, deployer } = setting;
    const feeder = paymentsPod(setting, { name: 'feeder' });
    const part = { namespace: 'payments', serviceAccount: 'worker', classes: [] };
    const spec = { ...part, kind: 'StatefulSet' as const, name: 'worker', shape: envShape };
    const workload = applyWorkload(cluster, deployer, spec);
    quietMinutes(setting, 2);
    const pod = { ...part, name: 'worker-0', workload };
    const first = startPod(cluster, vault, { ...pod, node: nodeA });
    quietMinutes(setting, 4);
    writeNext(setting, seed);
    poll(setting, [feeder]);
    quietMinutes(setting, 2);
    deletePod(cluster, first, cluster.controller('statefulset-controller'));
    cluster.clock.pass(3);
    startPod(cluster, vault, { ...pod, node: nodeB });
    quietMinutes(setting, 6);
    return setting.world;
  },
};

const oneOfTwo: Incident = {
  name: 'one-container-restarts',
  tells: 'two containers have it in their environment and one restarts: the pod holds both',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    const feeder = paymentsPod(setting, { name: 'feeder' });
    quietMinutes(setting, 2);
    const [app = { name: 'app' }] = envShape.containers;
    const shape = { containers: [app, { ...app, name: 'batch' }, { name: 'proxy' }] };
    const pod = consumer(setting, { name: 'pair', shape });
    quietMinutes(setting, 2);
    writeNext(setting, seed);
    poll(setting, [feeder]);
    quietMinutes(setting, 2);
    restartContainer(cluster, pod, 'proxy');
    quietMinutes(setting, 2);
    restartContainer(cluster, pod, 'batch');
    quietMinutes(setting, 4);
    restartContainer(cluster, pod, 'app');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

export const consumerIncidents: Incident[] = [
  untilRestart,
  volumeBesideEnv,
  ownEnvironment,
  manyShapes,
  otherKeys,
  rebornConsumer,
  oneOfTwo,
];
