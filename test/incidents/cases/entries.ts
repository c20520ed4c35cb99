import { humanActor, impersonating } from '../../../src/simulate/world/actors.ts';
import {
  attachTo,
  debugPod,
  execInto,
  forwardPort,
  proxyTo,
  readLogs,
  refuseEntry,
} from '../../../src/simulate/world/entries.ts';
import type { Incident } from '../incident.ts';
import { quietMinutes, type Setting } from '../setting.ts';
import {
  consumer,
  envShape,
  paymentsPod,
  people,
  poll,
  sidecarShape,
  syncedSetting,
  writeNext,
} from '../synced-setting.ts';

const { mallory, nora, piet, quinn } = people;
const ines = humanActor('ines', '192.0.2.79', ['payments-team']);

function innocent(setting: Setting, id: string, why: string): void {
  setting.world.truth.innocent({ kind: 'identity', id, why });
}

const perContainer: Incident = {
  name: 'exec-per-container',
  tells: 'an exec into the container that mounts it is observed, into the one beside it is not',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    const pod = paymentsPod(setting, { name: 'api-0', shape: sidecarShape });
    quietMinutes(setting, 3);
    execInto(cluster, nora, pod, { container: 'app', command: ['cat', '/mnt/stripe/stripe-key'] });
    execInto(cluster, piet, pod, { container: 'proxy', seconds: 90 });
    const upgraded = { container: 'app', command: ['sh'], verb: 'get' as const, seconds: 300 };
    execInto(cluster, impersonating(quinn, 'breakglass'), pod, upgraded);
    refuseEntry(cluster, mallory, pod, 'exec');
    innocent(setting, 'mallory', 'RBAC refused the exec');
    const bare = paymentsPod(setting, { name: 'bare', classes: [], serviceAccount: 'worker' });
    execInto(cluster, ines, bare, { container: 'app' });
    innocent(setting, 'ines', 'the pod she entered holds nothing');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const sharedProcesses: Incident = {
  name: 'shared-process-namespace',
  tells: 'the containers share their processes: an exec into either is an exec into both',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    const shape = { ...sidecarShape, shareProcessNamespace: true };
    const pod = paymentsPod(setting, { name: 'api-0', shape });
    const apart = paymentsPod(setting, { name: 'api-1', shape: sidecarShape });
    quietMinutes(setting, 3);
    execInto(cluster, piet, pod, { container: 'proxy' });
    execInto(cluster, ines, apart, { container: 'proxy' });
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const ephemeral: Incident = {
  name: 'ephemeral-container',
  tells: 'kubectl debug is in at its PATCH; without a target it shares nothing with the app',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    const pod = paymentsPod(setting, { name: 'api-0', shape: sidecarShape });
    quietMinutes(setting, 3);
    debugPod(cluster, nora, pod, { name: 'debugger-x7k', target: 'app', seconds: 200 });
    quietMinutes(setting, 2);
    debugPod(cluster, piet, pod, { name: 'debugger-p2v' });
    debugPod(cluster, quinn, pod, { name: 'debugger-b9d', target: 'proxy' });
    refuseEntry(cluster, mallory, pod, 'ephemeralcontainers');
    innocent(setting, 'mallory', 'RBAC refused the patch');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const aroundPod: Incident = {
  name: 'attach-logs-port-forward',
  tells: 'an attach is an entry; logs, forwarded ports and proxied requests only could show it',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, nodeB } = setting;
    const pod = paymentsPod(setting, { name: 'api-0', node: nodeB });
    quietMinutes(setting, 3);
    attachTo(cluster, nora, pod, { container: 'app' });
    readLogs(cluster, piet, pod, { container: 'app' });
    forwardPort(cluster, quinn, pod, { seconds: 240 });
    proxyTo(cluster, ines, pod, '/debug/vars');
    quietMinutes(setting, 3);
    readLogs(cluster, piet, pod, { container: 'app', query: 'tailLines=200' });
    for (const way of ['portforward', 'log', 'attach'] as const) {
      refuseEntry(cluster, mallory, pod, way);
    }
    innocent(setting, 'mallory', 'RBAC refused every request');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const environmentEntry: Incident = {
  name: 'exec-into-env-container',
  tells:
    'after a rotation an exec finds 4 in the mount of one pod and 3 in the environment of another',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    const feeder = paymentsPod(setting, { name: 'feeder' });
    quietMinutes(setting, 2);
    const shape = { containers: [...envShape.containers, { name: 'proxy' }] };
    const worker = consumer(setting, { name: 'worker', shape });
    quietMinutes(setting, 2);
    writeNext(setting, seed);
    poll(setting, [feeder], 2);
    execInto(cluster, nora, worker, { container: 'app', command: ['env'] });
    execInto(cluster, piet, feeder);
    execInto(cluster, quinn, worker, { container: 'proxy', command: ['env'] });
    quietMinutes(setting, 4);
    return setting.world;
  },
};

export const entryIncidents: Incident[] = [
  perContainer,
  sharedProcesses,
  ephemeral,
  aroundPod,
  environmentEntry,
];
