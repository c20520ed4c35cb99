import { humanActor } from '../../../src/simulate/world/actors.ts';
import type { Actor, ApiRequest } from '../../../src/simulate/world/api-request.ts';
import { driverGroup, podBody, statusBody } from '../../../src/simulate/world/bodies.ts';
import { startPod } from '../../../src/simulate/world/driver.ts';
import type { PodRecord } from '../../../src/simulate/world/kinds.ts';
import { createPod, deletePod, killPod } from '../../../src/simulate/world/pods.ts';
import type { Incident } from '../incident.ts';
import { ordinarySetting, quietMinutes } from '../setting.ts';

const payments = { namespace: 'payments', serviceAccount: 'api', classes: ['stripe'] };
const mallory = humanActor('mallory', '198.51.100.23', ['support']);

function podDelete(pod: PodRecord, actor: Actor): ApiRequest {
  return { actor, verb: 'delete', resource: 'pods', namespace: pod.namespace, name: pod.name };
}

const emptyDeletes: Incident = {
  name: 'empty-deletes',
  tells: 'a refused delete, a dry run and a sweep that came too late end nothing',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, nodeB, deployer } = setting;
    const pod = { ...payments, by: deployer };
    const kept = startPod(cluster, vault, { ...pod, name: 'kept', node: nodeA });
    const first = startPod(cluster, vault, { ...pod, name: 'again', node: nodeA });
    quietMinutes(setting, 4);
    const refused = { code: 403, reason: 'Forbidden', message: 'pods "kept" is forbidden' };
    cluster.request({ ...podDelete(kept, mallory), ...refused });
    const state = { isBound: true, phase: 'Running', isRunning: true };
    cluster.request({
      ...podDelete(kept, deployer),
      query: 'dryRun=All',
      requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] },
      responseObject: podBody(kept, null, state),
    });
    deletePod(cluster, first, deployer, { sweep: false });
    startPod(cluster, vault, { ...pod, name: 'again', node: nodeB });
    world.clock.pass(5);
    const [mount] = first.mounts;
    if (mount === undefined) throw new Error('nothing was mounted');
    cluster.request({
      actor: cluster.controller('generic-garbage-collector'),
      verb: 'delete',
      group: driverGroup,
      resource: 'secretproviderclasspodstatuses',
      namespace: 'payments',
      name: mount.statusName,
      requestObject: { kind: 'DeleteOptions', preconditions: { uid: world.random.uuid() } },
      code: 409,
      reason: 'Conflict',
      message: 'the UID in the precondition does not match the UID in record',
    });
    quietMinutes(setting, 6);
    return world;
  },
};

const forgedStatus: Incident = {
  name: 'forged-status',
  tells: 'a person writes a mount status by hand: that mounts nothing, and takes nothing away',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const real = startPod(cluster, vault, { ...payments, name: 'real', by: deployer, node: nodeA });
    const part = { ...payments, classes: [], name: 'framed', by: deployer, node: nodeA };
    const framed = createPod(cluster, part);
    const [mount] = real.mounts;
    if (mount === undefined) throw new Error('nothing was mounted');
    const forged = { ...mount, pod: framed, statusName: 'framed-payments-stripe' };
    cluster.request({
      actor: mallory,
      verb: 'create',
      group: driverGroup,
      resource: 'secretproviderclasspodstatuses',
      namespace: 'payments',
      name: forged.statusName,
      requestObject: statusBody(forged, null),
      responseObject: statusBody(forged, { uid: world.random.uuid(), resourceVersion: '9', at: 0 }),
    });
    const why = 'the status that names it was forged';
    world.truth.innocent({ kind: 'pod', id: framed.uid, name: 'framed', why });
    quietMinutes(setting, 6);
    return world;
  },
};

const evictedPod: Incident = {
  name: 'evicted-pod',
  tells: 'a drain evicts the pod: no delete of it by name comes before the kubelet says so',
  play: (seed) => {
    const setting = ordinarySetting(seed);
    const { world, cluster, vault, nodeA, deployer } = setting;
    const part = { ...payments, name: 'api-0', by: deployer, node: nodeA };
    const pod = startPod(cluster, vault, part);
    quietMinutes(setting, 4);
    cluster.request({
      actor: deployer,
      verb: 'create',
      resource: 'pods',
      subresource: 'eviction',
      namespace: 'payments',
      name: pod.name,
      requestObject: { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: pod.name } },
      responseObject: { kind: 'Status', apiVersion: 'v1', status: 'Success', code: 201 },
    });
    world.clock.pass(8);
    killPod(cluster, pod, cluster.kubelet(nodeA));
    quietMinutes(setting, 6);
    return world;
  },
};

export const feintIncidents: Incident[] = [emptyDeletes, forgedStatus, evictedPod];
