import { humanActor, impersonating } from '../../../src/simulate/world/actors.ts';
import { retryMount, startPod } from '../../../src/simulate/world/driver.ts';
import { applyWorkload, deletePod } from '../../../src/simulate/world/pods.ts';
import type { Incident } from '../incident.ts';
import { ledger, ordinarySetting, quietMinutes, stripe, stripeKey } from '../setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };

const leakedCredential: Incident = {
  name: 'leaked-credential',
  tells: 'several pods of one Deployment mount the leaked version, a pod beside them does not',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const api = { ...payments, kind: 'Deployment' as const, name: 'api' };
    const workload = applyWorkload(cluster, deployer, api);
    for (const node of [nodeA, nodeB, nodeA]) {
      startPod(cluster, vault, { ...payments, node, workload });
      quietMinutes(setting, 2);
    }
    const plain = { ...payments, classes: [], name: 'shell', by: deployer, node: nodeA };
    const shell = startPod(cluster, vault, plain);
    const { name, uid } = shell;
    world.truth.innocent({ kind: 'pod', id: uid, name, why: 'same account, mounts nothing' });
    quietMinutes(setting, 10);
    return world;
  },
};

const rebornStatefulSet: Incident = {
  name: 'reborn-statefulset',
  tells: 'db-0 dies and is born again on another node: one name, two uids, two intervals',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const db = { ...payments, kind: 'StatefulSet' as const, name: 'db' };
    const workload = applyWorkload(cluster, deployer, db);
    const controller = cluster.controller('statefulset-controller');
    const first = startPod(cluster, vault, { ...payments, name: 'db-0', node: nodeA, workload });
    quietMinutes(setting, 12);
    deletePod(cluster, first, controller);
    const second = startPod(cluster, vault, { ...payments, name: 'db-0', node: nodeB, workload });
    quietMinutes(setting, 8);
    // This time the collector is late: the driver finds the old status and takes it over.
    deletePod(cluster, second, controller, { sweep: false });
    startPod(cluster, vault, { ...payments, name: 'db-0', node: nodeA, workload });
    quietMinutes(setting, 8);
    return world;
  },
};

const statusVanishes: Incident = {
  name: 'status-vanishes',
  tells: 'a job of three minutes is gone with its mount status long before anybody looks',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const job = startPod(cluster, vault, {
      ...payments,
      name: 'export',
      by: deployer,
      node: nodeA,
    });
    quietMinutes(setting, 3);
    deletePod(cluster, job, deployer, { graceSeconds: 1 });
    quietMinutes(setting, 60);
    return world;
  },
};

const deniedMount: Incident = {
  name: 'denied-mount',
  tells: 'Vault refuses one pod for ever and another only at first',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const spec = { namespace: 'payments', name: 'probe', role: 'probe', objects: [stripeKey()] };
    cluster.applyClass(deployer, spec);
    vault.deny('probe', stripe);
    const refused = { ...payments, serviceAccount: 'probe', classes: ['probe'], by: deployer };
    const never = startPod(cluster, vault, { ...refused, name: 'probe', node: nodeA });
    const { name, uid } = never;
    world.truth.innocent({ kind: 'pod', id: uid, name, why: 'Vault refused its mount' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.clock.pass(20);
      retryMount(cluster, vault, never);
    }
    startPod(cluster, vault, { ...payments, name: 'api-0', by: deployer, node: nodeA });
    deletePod(cluster, never, deployer);
    const later = startPod(cluster, vault, { ...refused, name: 'probe-2', node: nodeB });
    world.clock.pass(30);
    vault.permit('probe', stripe);
    retryMount(cluster, vault, later);
    quietMinutes(setting, 5);
    return world;
  },
};

const sameClassTwoNamespaces: Incident = {
  name: 'same-class-two-namespaces',
  tells: 'payments/stripe and billing/stripe share a name, and so do the pods; the objects differ',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    vault.seed('secret/billing/stripe', [{ api_key: `billing-${seed}` }]);
    world.objects.add(vault.reference('secret/billing/stripe'));
    const billingKey = { ...stripeKey(), secretPath: 'secret/data/billing/stripe' };
    const spec = { namespace: 'billing', name: 'stripe', objects: [billingKey] };
    cluster.applyClass(deployer, spec);
    const pod = { ...payments, name: 'api-0', by: deployer };
    startPod(cluster, vault, { ...pod, node: nodeA });
    startPod(cluster, vault, { ...pod, namespace: 'billing', node: nodeA });
    quietMinutes(setting, 4);
    startPod(cluster, vault, { ...pod, namespace: 'billing', name: 'api-1', node: nodeB });
    quietMinutes(setting, 4);
    return world;
  },
};

const twoObjectsOneAccount: Incident = {
  name: 'two-objects-one-account',
  tells: 'one service account mounts two objects: one pod each, one pod both, one class both',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const ledgerKey = {
      objectName: 'ledger-key',
      secretPath: `secret/data/${ledger.slice('secret/'.length)}`,
      secretKey: 'api_key',
    };
    const spec = { namespace: 'payments', name: 'ledger', objects: [ledgerKey] };
    cluster.applyClass(deployer, spec);
    cluster.applyClass(deployer, { ...spec, name: 'both', objects: [stripeKey(), ledgerKey] });
    const pod = { ...payments, by: deployer, node: nodeA };
    startPod(cluster, vault, { ...pod, name: 'only-stripe' });
    startPod(cluster, vault, { ...pod, name: 'only-ledger', classes: ['ledger'] });
    quietMinutes(setting, 3);
    startPod(cluster, vault, { ...pod, name: 'two-volumes', classes: ['stripe', 'ledger'] });
    startPod(cluster, vault, { ...pod, name: 'one-volume', classes: ['both'], node: nodeB });
    quietMinutes(setting, 6);
    return world;
  },
};

const twoPodsOneAccount: Incident = {
  name: 'two-pods-one-account',
  tells: 'pods nobody can tell apart as readers, on one node and on two, and all hold the version',
  play: (seed) => {
    const setting = ordinarySetting(seed, { cluster: { announceProviders: seed % 2 === 0 } });
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    startPod(cluster, vault, { ...pod, name: 'one', node: nodeA });
    startPod(cluster, vault, { ...pod, name: 'two', node: nodeA });
    const third = startPod(cluster, vault, { ...pod, name: 'three', node: nodeB });
    quietMinutes(setting, 9);
    deletePod(cluster, third, deployer);
    quietMinutes(setting, 3);
    return world;
  },
};

const impersonatedCreator: Incident = {
  name: 'impersonated-creator',
  tells: 'kubectl --as makes a pod: the person behind it made it, not the name put on',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA } = setting;
    const by = impersonating(humanActor('mallory', '198.51.100.23', ['support']), 'dana');
    startPod(cluster, vault, { ...payments, name: 'debug', by, node: nodeA });
    world.truth.innocent({ kind: 'identity', id: 'dana', why: 'only her name was put on' });
    quietMinutes(setting, 5);
    return world;
  },
};

export const mountIncidents: Incident[] = [
  leakedCredential,
  rebornStatefulSet,
  statusVanishes,
  deniedMount,
  sameClassTwoNamespaces,
  twoObjectsOneAccount,
  twoPodsOneAccount,
  impersonatedCreator,
];
