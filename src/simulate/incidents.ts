import type { SimulatedObject } from './emitter.ts';
import { deployerOf, type Team } from './scenery.ts';
import { forgetPod, type Stage } from './stage.ts';
import { humanActor, impersonating, serviceAccountActor } from './world/actors.ts';
import type { Actor } from './world/api-request.ts';
import { retryMount, startPod } from './world/driver.ts';
import {
  attachTo,
  debugPod,
  execInto,
  forwardPort,
  readLogs,
  refuseEntry,
} from './world/entries.ts';
import type { PodRecord } from './world/kinds.ts';
import { deletePod } from './world/pods.ts';
import { getSecret, listSecrets, refuseSecrets } from './world/secret-readers.ts';

/** One act of a person or thief in a team's place, or one that was refused. */
type Incident = (scene: Scene) => void;

interface Scene {
  stage: Stage;
  team: Team;
  object: SimulatedObject;
  /** A pod that mounts something. */
  pod: PodRecord;
  /** Somebody who appears in this act alone, as the cluster's and the provider's logs call her. */
  person: { name: string; address: string; userAgent: string };
  actor: Actor;
}

const minute = 60_000_000;
const firstNames = 'ada bea cem dov eva finn gia hugo ines jan kaya lars mira noor otto pia'.split(
  ' ',
);
const lastNames = 'berg costa dahl evans fuchs grant haas ito jung kaya lund moro'.split(' ');

const incidents: Record<string, Incident> = {
  theft: ({ stage, team, object, pod, person }) => {
    const from = { address: person.address, userAgent: 'curl/8.9.1' };
    const comeBack = team.provider.steal(team.cluster, pod, object, from);
    stage.agenda.add(stage.clock.now + stage.random.integer(4, 50) * minute, comeBack);
  },
  direct_read: ({ stage, team, object, person }) => {
    const read = () => team.provider.read(object, person, 'read it directly');
    read();
    if (stage.random.next() < 0.5) {
      stage.agenda.add(stage.clock.now + stage.random.integer(5, 900) * minute, read);
    }
  },
  secret_get: ({ team, actor }) => {
    getSecret(team.cluster, actor, team.namespace, team.secretName);
  },
  secret_list: ({ team, actor }) => {
    listSecrets(team.cluster, actor, { namespace: team.namespace });
  },
  secret_impersonated: ({ team, actor }) => {
    const account = `system:serviceaccount:${team.namespace}:deployer`;
    getSecret(team.cluster, impersonating(actor, account), team.namespace, team.secretName);
  },
  exec: ({ stage, team, actor, pod }) => {
    const container = stage.random.pick(containersOf(pod));
    execInto(team.cluster, actor, pod, { container, seconds: stage.random.integer(2, 60) });
  },
  ephemeral_container: ({ team, actor, pod }) => {
    debugPod(team.cluster, actor, pod, { name: 'debugger-x4k', target: 'app', seconds: 45 });
  },
  attach: ({ team, actor, pod }) => {
    attachTo(team.cluster, actor, pod, { container: 'app', seconds: 20 });
  },
  port_forward: ({ stage, team, actor, pod }) => {
    forwardPort(team.cluster, actor, pod, { seconds: stage.random.integer(10, 90) });
  },
  logs: ({ team, actor, pod }) => {
    readLogs(team.cluster, actor, pod, { container: 'app', query: 'tailLines=200' });
  },
  refused_read: ({ stage, team, object, person }) => {
    team.provider.readRefused(object, person);
    innocent(stage, team.provider.identityOf(person), 'the provider refused the read');
  },
  metadata_read: ({ stage, team, object, person }) => {
    team.provider.readMetadata(object, person);
    const why = 'read the list of versions, which shows no value';
    innocent(stage, team.provider.identityOf(person), why);
  },
  refused_secret: ({ stage, team, actor }) => {
    const place = { namespace: team.namespace };
    refuseSecrets(team.cluster, actor, 'list', place);
    refuseSecrets(team.cluster, actor, 'get', { ...place, name: team.secretName });
    innocent(stage, actor.username, 'RBAC refused every request');
  },
  refused_entry: ({ stage, team, actor, pod }) => {
    refuseEntry(team.cluster, actor, pod, 'exec');
    refuseEntry(team.cluster, actor, pod, 'ephemeralcontainers');
    innocent(stage, actor.username, 'RBAC refused the entry');
  },
  refused_account: ({ stage, team }) => {
    const { cluster, namespace, secretName } = team;
    const account = serviceAccountActor(namespace, 'scraper', {
      uid: cluster.accountUid(namespace, 'scraper'),
      userAgent: 'python-requests/2.32.3',
      address: cluster.podAddress(stage.random.pick(cluster.nodes)),
    });
    refuseSecrets(cluster, account, 'get', { namespace, name: secretName });
    innocent(stage, account.username, 'RBAC refused the Secret');
  },
  refused_mount: ({ stage, team, object }) => probe(stage, team, object),
};

/** The kinds of acts that a run plays, in the order in which they come round. */
export const incidentKinds = Object.keys(incidents);

/** Puts that many acts on the agenda, each kind as often, at times over the whole run. */
export function planIncidents(stage: Stage, from: number): void {
  const { agenda, end, options, random } = stage;
  const last = end - 20 * minute;
  for (let index = 0; index < options.incidents; index += 1) {
    const kind = incidentKinds[index % incidentKinds.length] ?? 'exec';
    const at = from + random.next() * (last - from);
    agenda.add(at, () => play(stage, kind, index));
  }
}

function play(stage: Stage, kind: string, index: number): void {
  const { random } = stage;
  const team = random.pick(stage.teams);
  const pods = team.workloads.flatMap((running) => running.pods);
  const pod = random.pick(pods.filter((one) => one.mounts.length > 0));
  const [mount] = pod.mounts;
  const mounted = team.objects.find((one) => one.classObjects === mount?.class.objects);
  const name = personName(index);
  const outside = kind === 'theft';
  const address = `${outside ? '203.0.113' : '192.0.2'}.${random.integer(20, 250)}`;
  incidents[kind]?.({
    stage,
    team,
    object: mounted ?? random.pick(team.objects),
    pod,
    person: { name, address, userAgent: 'Vault/v1.20.3' },
    actor: humanActor(`${name}@example.com`, address, ['engineering']),
  });
}

/** A name of her own for everybody, in no order that tells who did what. */
function personName(index: number): string {
  const place = (index * 89) % (firstNames.length * lastNames.length);
  const first = firstNames[place % firstNames.length];
  const last = lastNames[Math.floor(place / firstNames.length)];
  const round = Math.floor(index / (firstNames.length * lastNames.length));
  return `${first}.${last}${round === 0 ? '' : round + 1}`;
}

/** A pod whose class names the object, and to which the provider gives nothing. */
function probe(stage: Stage, team: Team, object: SimulatedObject): void {
  const { cluster, provider, namespace } = team;
  const by = deployerOf(namespace);
  const name = `probe-${stage.random.nameSuffix(5)}`;
  provider.refuse({ namespace, serviceAccount: 'probe', identity: 'probe' }, object);
  const parameters = provider.parameters(cluster, 'probe');
  const objects = object.classObjects;
  cluster.applyClass(by, { namespace, name, provider: provider.id, parameters, objects });
  const node = stage.random.pick(cluster.nodes);
  const part = { namespace, serviceAccount: 'probe', classes: [name], node, by, name };
  const pod = startPod(cluster, provider, part);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    stage.clock.pass(20);
    retryMount(cluster, provider, pod);
  }
  deletePod(cluster, pod, by);
  forgetPod(team, pod);
  const why = 'its class names the object, and the provider refused every read';
  stage.truth.innocent({ kind: 'pod', id: pod.uid, name, namespace, why });
}

function innocent(stage: Stage, id: string, why: string): void {
  stage.truth.innocent({ kind: 'identity', id, why });
}

function containersOf(pod: PodRecord): string[] {
  return pod.shape?.containers.map(({ name }) => name) ?? ['app'];
}
