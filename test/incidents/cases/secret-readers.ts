import {
  humanActor,
  impersonating,
  serviceAccountActor,
} from '../../../src/simulate/world/actors.ts';
import { secretAnswersPolicy } from '../../../src/simulate/world/api-request.ts';
import {
  getSecret,
  listSecrets,
  refuseSecrets,
  watchSecrets,
} from '../../../src/simulate/world/secret-readers.ts';
import type { Incident } from '../incident.ts';
import { quietMinutes, type Setting } from '../setting.ts';
import {
  gitopsActor,
  paymentsPod,
  people,
  poll,
  syncedName,
  syncedSetting,
  writeNext,
} from '../synced-setting.ts';

const { mallory, nora, piet, quinn } = people;

function innocent(setting: Setting, id: string, why: string): void {
  setting.world.truth.innocent({ kind: 'identity', id, why });
}

/** Those who asked for Secrets and got none of this one. */
function besideReaders(setting: Setting): void {
  const { cluster } = setting;
  refuseSecrets(cluster, mallory, 'get', { namespace: 'payments', name: syncedName });
  refuseSecrets(cluster, mallory, 'list', { namespace: 'payments' });
  innocent(setting, 'mallory', 'RBAC refused every request');
  getSecret(cluster, piet, 'search', syncedName);
  listSecrets(cluster, piet, { namespace: 'search' });
  innocent(setting, 'piet', 'asked in another namespace');
  const helm = { ...humanActor('helmut', '192.0.2.74'), userAgent: 'Helm/3.18.4' };
  listSecrets(cluster, helm, { namespace: 'payments', labels: { owner: 'helm' } });
  listSecrets(cluster, helm, { field: { type: 'helm.sh/release.v1' } });
  innocent(setting, 'helmut', 'his selectors leave this Secret out');
}

const getAndList: Incident = {
  name: 'secret-get-and-list',
  tells: 'a get, a list of the namespace, lists with selectors; others ask and are not shown it',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    getSecret(cluster, humanActor('early', '192.0.2.75'), 'payments', syncedName);
    innocent(setting, 'early', 'asked before the Secret was there: not found');
    const pod = paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 2);
    getSecret(cluster, nora, 'payments', syncedName);
    besideReaders(setting);
    quietMinutes(setting, 3);
    const lister = humanActor('lars', '192.0.2.76', ['payments-team']);
    listSecrets(cluster, lister, { namespace: 'payments' });
    listSecrets(cluster, quinn, { labels: { app: 'api' } });
    const byName = humanActor('bea', '192.0.2.77');
    listSecrets(cluster, byName, { namespace: 'payments', field: { name: syncedName } });
    getSecret(cluster, nora, 'payments', syncedName);
    writeNext(setting, seed);
    poll(setting, [pod]);
    quietMinutes(setting, 2);
    getSecret(cluster, nora, 'payments', syncedName);
    quietMinutes(setting, 3);
    return setting.world;
  },
};

const watchBefore: Incident = {
  name: 'gitops-watch-before-write',
  tells: 'a controller watches all Secrets before this one is there: shown at each write',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster, nodeB } = setting;
    const argo = gitopsActor(cluster, cluster.podAddress(nodeB));
    listSecrets(cluster, argo, {});
    const first = watchSecrets(cluster, argo, {}, { watch: emptyWatch(argo) });
    quietMinutes(setting, 4);
    const pod = paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 3);
    first.close();
    watchSecrets(cluster, argo, {}, first);
    quietMinutes(setting, 3);
    writeNext(setting, seed);
    poll(setting, [pod]);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

function emptyWatch(actor: ReturnType<typeof gitopsActor>) {
  return { actor, selects: () => false, shown: new Map() };
}

const watchAfter: Incident = {
  name: 'gitops-watch-after-write',
  tells: 'the watch begins when the Secret is long there; one ended before, one is elsewhere',
  play: (seed) => {
    const setting = syncedSetting(seed, { driver: '1.6' });
    const { cluster, nodeB } = setting;
    const narrow = serviceAccountActor('search', 'reloader', {
      uid: cluster.accountUid('search', 'reloader'),
      userAgent: 'Reloader/v0.0.0 (linux/amd64) kubernetes/$Format',
      address: cluster.podAddress(nodeB),
    });
    const tooEarly = watchSecrets(cluster, quinn, { namespace: 'payments' });
    quietMinutes(setting, 2);
    tooEarly.close();
    innocent(setting, 'quinn', 'her watch was over before the Secret was written');
    watchSecrets(cluster, narrow, { namespace: 'search' });
    innocent(setting, narrow.username, 'watches another namespace');
    refuseSecrets(cluster, mallory, 'watch', {});
    innocent(setting, 'mallory', 'RBAC refused the watch');
    const pod = paymentsPod(setting, { name: 'one' });
    poll(setting, [pod], 2);
    const argo = gitopsActor(cluster, cluster.podAddress(nodeB));
    const watch = watchSecrets(cluster, argo, {});
    poll(setting, [pod], 2);
    watch.close();
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const impersonated: Incident = {
  name: 'impersonated-read',
  tells: 'kubectl --as reads the Secret: the person behind it is who holds it',
  play: (seed) => {
    const setting = syncedSetting(seed);
    const { cluster } = setting;
    paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 3);
    const account = 'system:serviceaccount:payments:deployer';
    getSecret(cluster, impersonating(mallory, account), 'payments', syncedName);
    quietMinutes(setting, 2);
    const asBoss = impersonating(piet, 'boss', ['system:masters']);
    listSecrets(cluster, asBoss, { namespace: 'payments' });
    refuseSecrets(cluster, impersonating(quinn, 'boss'), 'get', {
      namespace: 'payments',
      name: syncedName,
    });
    innocent(setting, 'quinn', 'the name she put on may not read it either');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const metadataOnly: Incident = {
  name: 'secret-metadata-only',
  tells: 'tables and metadata lists show no value, and this log says that they were such',
  play: (seed) => {
    const setting = syncedSetting(seed, { policy: secretAnswersPolicy });
    const { cluster } = setting;
    paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 3);
    listSecrets(cluster, piet, { namespace: 'payments', as: 'table' });
    innocent(setting, 'piet', 'kubectl asked for a table, which has no values');
    const inventory = humanActor('inventory', '192.0.2.78');
    listSecrets(cluster, inventory, { as: 'metadata' });
    innocent(setting, 'inventory', 'asked for metadata alone');
    quietMinutes(setting, 4);
    return setting.world;
  },
};

const answersLogged: Incident = {
  name: 'secret-answers-logged',
  tells:
    'writes were logged without values, answers with them: a log that was never to hold the value does',
  play: (seed) => {
    const setting = syncedSetting(seed, { policy: secretAnswersPolicy });
    const { cluster } = setting;
    const pod = paymentsPod(setting, { name: 'one' });
    quietMinutes(setting, 3);
    listSecrets(cluster, piet, { namespace: 'payments' });
    quietMinutes(setting, 4);
    writeNext(setting, seed);
    poll(setting, [pod]);
    quietMinutes(setting, 6);
    getSecret(cluster, quinn, 'payments', syncedName);
    quietMinutes(setting, 4);
    return setting.world;
  },
};

export const secretReaderIncidents: Incident[] = [
  getAndList,
  watchBefore,
  watchAfter,
  impersonated,
  metadataOnly,
  answersLogged,
];
