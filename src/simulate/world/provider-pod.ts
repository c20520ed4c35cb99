import { providerNamespace } from './actors.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './kinds.ts';

/** The provider's pod on a node starts: its name, uid, node and address are in the log. */
export function announceProvider(cluster: Cluster, node: ClusterNode): void {
  const { provider } = node;
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    name: 'vault-csi-provider',
    uid: cluster.accountUid(providerNamespace, 'daemonset/vault-csi-provider'),
    controller: true,
    blockOwnerDeletion: true,
  };
  const metadata = { generateName: 'vault-csi-provider-', ownerReferences: [owner] };
  const spec = {
    serviceAccountName: 'vault-csi-provider',
    containers: [{ name: 'vault-csi-provider', image: 'hashicorp/vault-csi-provider:1.7.4' }],
  };
  const stored = {
    ...metadata,
    name: provider.name,
    namespace: providerNamespace,
    uid: provider.uid,
  };
  const common = { namespace: providerNamespace, resource: 'pods' };
  cluster.request({
    ...common,
    actor: cluster.controller('daemon-set-controller'),
    verb: 'create',
    requestObject: { kind: 'Pod', apiVersion: 'v1', metadata, spec },
    responseObject: {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: stored,
      spec,
      status: { phase: 'Pending' },
    },
  });
  cluster.bind(providerNamespace, provider.name, provider.uid, node);
  cluster.request({
    ...common,
    actor: cluster.kubelet(node),
    verb: 'patch',
    subresource: 'status',
    name: provider.name,
    requestObject: {
      metadata: { uid: provider.uid },
      status: { phase: 'Running', podIP: provider.address, podIPs: [{ ip: provider.address }] },
    },
    responseObject: {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: stored,
      spec: { ...spec, nodeName: node.name },
      status: {
        phase: 'Running',
        hostIP: node.address,
        podIP: provider.address,
        podIPs: [{ ip: provider.address }],
      },
    },
  });
}
