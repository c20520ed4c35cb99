import {
  debugNode,
  execIntoPlumbing,
  hostShapes,
  proxyToNode,
  startHostPod,
} from '../../../src/simulate/world/nodes.ts';
import { deletePod } from '../../../src/simulate/world/pods.ts';
import type { Incident } from '../incident.ts';
import { quietMinutes, type Setting } from '../setting.ts';
import { paymentsPod, people, poll, syncedSetting, writeNext } from '../synced-setting.ts';

const { mallory, nora, piet, quinn } = people;

/** Node-a's pod gets version 4, node-b's keeps 3: who is on a node reaches what is there. */
function twoNodes(seed: number): Setting {
  const setting = syncedSetting(seed, {}, []);
  const { nodeB } = setting;
  const one = paymentsPod(setting, { name: 'on-a' });
  const two = paymentsPod(setting, { name: 'on-b', node: nodeB });
  poll(setting, [one, two]);
  writeNext(setting, seed);
  poll(setting, [one]);
  quietMinutes(setting, 2);
  return setting;
}

const debugged: Incident = {
  name: 'debug-node',
  tells: 'kubectl debug node/…: who is on the node could read what its pods hold now',
  play: (seed) => {
    const setting = twoNodes(seed);
    const { cluster, nodeB } = setting;
    const pod = debugNode(cluster, quinn, nodeB, { namespace: 'default' });
    deletePod(cluster, pod, quinn);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const plumbing: Incident = {
  name: 'exec-into-driver-and-provider',
  tells: "all mounts of a node go through its driver's and its provider's pods",
  play: (seed) => {
    const setting = twoNodes(seed);
    const { cluster, nodeA, nodeB } = setting;
    execIntoPlumbing(cluster, nora, nodeA, 'driver');
    execIntoPlumbing(cluster, piet, nodeB, 'provider');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const kubeletProxy: Incident = {
  name: 'nodes-proxy',
  tells: 'nodes/proxy reaches the kubelet, which runs commands in any pod of the node',
  play: (seed) => {
    const setting = twoNodes(seed);
    const { cluster, nodeA, nodeB } = setting;
    proxyToNode(cluster, nora, nodeA, '/run/payments/on-a/app?cmd=env');
    proxyToNode(cluster, piet, nodeB, '/containerLogs/payments/on-b/app');
    proxyToNode(cluster, mallory, nodeB, '/pods', true);
    const why = 'RBAC refused the request';
    setting.world.truth.innocent({ kind: 'identity', id: 'mallory', why });
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const hostPods: Incident = {
  name: 'host-path-and-privileged',
  tells: 'pods with the kubelet’s folder or all privileges, beside one with neither',
  play: (seed) => {
    const setting = twoNodes(seed);
    const { cluster, nodeA, nodeB, world } = setting;
    const part = { namespace: 'tools', why: 'made a pod that sees its node' };
    startHostPod(cluster, quinn, nodeA, { ...part, name: 'agent', shape: hostShapes.hostPath });
    const privileged = { ...part, name: 'strace', shape: hostShapes.privileged };
    const tool = startHostPod(cluster, piet, nodeB, privileged);
    const plain = { name: 'shell', classes: [], namespace: 'tools', serviceAccount: 'default' };
    paymentsPod(setting, { ...plain, by: nora, node: nodeB });
    world.truth.innocent({ kind: 'identity', id: 'nora', why: 'her pod sees nothing of its node' });
    quietMinutes(setting, 3);
    deletePod(cluster, tool, piet);
    quietMinutes(setting, 4);
    return world;
  },
};

export const nodeIncidents: Incident[] = [debugged, plumbing, kubeletProxy, hostPods];
