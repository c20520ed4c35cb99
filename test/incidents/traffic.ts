import { humanActor, serviceAccountActor } from '../../src/simulate/world/actors.ts';
import type { ApiRequest } from '../../src/simulate/world/api-request.ts';
import { driverGroup } from '../../src/simulate/world/bodies.ts';
import type { Cluster } from '../../src/simulate/world/cluster.ts';
import { loginApprole, loginUserpass } from '../../src/sources/vault_audit/emit/vault-logins.ts';
import type { VaultServer } from '../../src/sources/vault_audit/emit/vault-server.ts';

/** What any cluster logs all day and no answer rests on: leases, health, controllers, people. */
export function ordinaryTraffic(cluster: Cluster, rounds: number): void {
  for (let round = 0; round < rounds; round += 1) {
    cluster.clock.pass(cluster.random.integer(1, 9));
    for (const request of cluster.random.shuffle(oneRound(cluster)).slice(0, 3)) {
      cluster.request({ ...request, needed: false });
    }
  }
}

function oneRound(cluster: Cluster): ApiRequest[] {
  const node = cluster.random.pick(cluster.nodes);
  const kubelet = cluster.kubelet(node);
  const coredns = serviceAccountActor('kube-system', 'coredns', {
    uid: cluster.accountUid('kube-system', 'coredns'),
    userAgent: 'coredns/v1.12.0',
    address: node.address,
  });
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: node.name },
  };
  return [
    {
      actor: kubelet,
      verb: 'update',
      group: 'coordination.k8s.io',
      resource: 'leases',
      namespace: 'kube-node-lease',
      name: node.name,
      requestObject: lease,
      responseObject: lease,
    },
    {
      actor: kubelet,
      verb: 'patch',
      resource: 'nodes',
      subresource: 'status',
      name: node.name,
      requestObject: { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      responseObject: {
        kind: 'Node',
        apiVersion: 'v1',
        metadata: { name: node.name, uid: node.uid },
      },
    },
    { actor: coredns, verb: 'watch', resource: 'services', query: 'watch=true', longRunning: true },
    {
      actor: cluster.driverActor(node),
      verb: 'watch',
      group: driverGroup,
      resource: 'secretproviderclasspodstatuses',
      query: `labelSelector=internal.secrets-store.csi.k8s.io%2Fnode-name%3D${node.name}&watch=true`,
      longRunning: true,
    },
    {
      actor: cluster.driverActor(node),
      verb: 'watch',
      resource: 'pods',
      query: `fieldSelector=spec.nodeName%3D${node.name}&watch=true`,
      longRunning: true,
    },
    {
      actor: humanActor('olga', '192.0.2.17', ['platform']),
      verb: 'list',
      resource: 'pods',
      namespace: 'payments',
      query: 'limit=500',
    },
    {
      actor: humanActor('olga', '192.0.2.17', ['platform']),
      verb: 'get',
      group: driverGroup,
      resource: 'secretproviderclasses',
      namespace: 'payments',
      name: 'stripe',
    },
    {
      actor: cluster.controller('endpointslice-controller'),
      verb: 'update',
      group: 'discovery.k8s.io',
      resource: 'endpointslices',
      namespace: 'payments',
      name: 'api-x7k2p',
      requestObject: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', endpoints: [] },
      responseObject: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', endpoints: [] },
    },
  ];
}

/** Readers of other objects, token look-ups and refused logins: bystanders of every incident. */
export function ordinaryVaultTraffic(vault: VaultServer, rounds: number): void {
  const robot = loginApprole(vault, 'reporting', { address: '10.0.7.4' }, { needed: false });
  const person = loginUserpass(vault, 'piotr', { address: '192.0.2.44' }, { needed: false });
  for (let round = 0; round < rounds; round += 1) {
    vault.read(robot, 'secret/reporting/warehouse', { address: '10.0.7.4' }, { needed: false });
    vault.selfLookup(person, { address: '192.0.2.44', userAgent: 'Vault/v1.20.3' });
  }
}
