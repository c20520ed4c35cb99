import { humanActor } from '../../../src/simulate/world/actors.ts';
import {
  applyBinding,
  applyRole,
  deleteBinding,
  noteRight,
  readSecrets,
} from '../../../src/simulate/world/rbac-objects.ts';
import { getSecret, refuseSecrets } from '../../../src/simulate/world/secret-readers.ts';
import type { Incident } from '../incident.ts';
import { quietMinutes } from '../setting.ts';
import { paymentsPod, people, syncedName, syncedSetting } from '../synced-setting.ts';

const { mallory, nora, piet } = people;
const secretKey = `payments/${syncedName}`;

const boundAndUnbound: Incident = {
  name: 'rights-bound-and-unbound',
  tells: 'who may read the Secret and did not, who did, and who never may',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, world } = setting;
    const admin = humanActor('root-admin', '192.0.2.5', ['platform-admins']);
    const role = { namespace: 'payments', name: 'secret-reader' };
    applyRole(cluster, admin, role, [readSecrets]);
    const named = { ...readSecrets, resourceNames: ['other-secret'] };
    applyRole(cluster, admin, { namespace: 'payments', name: 'other-reader' }, [named]);
    paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 2);
    const binding = { namespace: 'payments', name: 'readers', role: 'secret-reader' };
    const account = { kind: 'ServiceAccount' as const, name: 'ci', namespace: 'build' };
    applyBinding(cluster, admin, binding, [{ kind: 'User', name: 'nora' }, account]);
    noteRight(cluster, 'nora', secretKey, 'a RoleBinding lets her read Secrets');
    const ci = 'system:serviceaccount:build:ci';
    noteRight(cluster, ci, secretKey, 'a RoleBinding lets it read Secrets');
    const narrow = { namespace: 'payments', name: 'other-readers', role: 'other-reader' };
    applyBinding(cluster, admin, narrow, [{ kind: 'User', name: 'mallory' }]);
    const elsewhere = { namespace: 'search', name: 'secret-reader' };
    applyRole(cluster, admin, elsewhere, [readSecrets]);
    const far = { namespace: 'search', name: 'readers', role: 'secret-reader' };
    applyBinding(cluster, admin, far, [{ kind: 'User', name: 'piet' }]);
    quietMinutes(setting, 2);
    refuseSecrets(cluster, mallory, 'get', { namespace: 'payments', name: syncedName });
    refuseSecrets(cluster, piet, 'list', { namespace: 'payments' });
    for (const [id, why] of [
      ['mallory', 'her role names another Secret'],
      ['piet', 'his role is in another namespace'],
    ] as const) {
      world.truth.innocent({ kind: 'identity', id, why });
    }
    getSecret(cluster, nora, 'payments', syncedName);
    quietMinutes(setting, 2);
    deleteBinding(cluster, admin, binding);
    quietMinutes(setting, 4);
    return world;
  },
};

const clusterWide: Incident = {
  name: 'rights-cluster-wide',
  tells: 'a ClusterRole with wildcards, bound to a group and, in one namespace, to a person',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, world } = setting;
    const admin = humanActor('root-admin', '192.0.2.5', ['platform-admins']);
    applyRole(cluster, admin, { name: 'all' }, [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    ]);
    const onCall = humanActor('oskar', '192.0.2.81', ['on-call']);
    cluster.request({ actor: onCall, verb: 'list', resource: 'pods', namespace: 'payments' });
    paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 2);
    applyBinding(cluster, admin, { name: 'on-call-all', role: 'all' }, [
      { kind: 'Group', name: 'on-call' },
    ]);
    noteRight(cluster, 'oskar', secretKey, 'his group may do everything');
    const inPayments = { namespace: 'payments', name: 'piet', role: 'all' };
    applyBinding(cluster, admin, { ...inPayments, roleKind: 'ClusterRole' }, [
      { kind: 'User', name: 'piet' },
    ]);
    noteRight(cluster, 'piet', secretKey, 'may do everything in this namespace');
    refuseSecrets(cluster, mallory, 'get', { namespace: 'payments', name: syncedName });
    world.truth.innocent({ kind: 'identity', id: 'mallory', why: 'no role is bound to her' });
    quietMinutes(setting, 4);
    return world;
  },
};

export const rightsIncidents: Incident[] = [boundAndUnbound, clusterWide];
