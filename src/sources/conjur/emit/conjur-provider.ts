import type {
  Account,
  NoiseTemplate,
  Person,
  ProviderPart,
  SimulatedObject,
  SimulatedProvider,
  Caller as Stranger,
} from '../../../simulate/emitter.ts';
import type { Cluster } from '../../../simulate/world/cluster.ts';
import type { Fetched } from '../../../simulate/world/csi-provider.ts';
import type { ClassObject, PodRecord, SecretProviderClass } from '../../../simulate/world/kinds.ts';
import { podToken } from '../../../simulate/world/pod-token.ts';
import type { Random } from '../../../simulate/world/random.ts';
import { conjurNoise } from './conjur-noise.ts';
import { type Caller, type ConjurOptions, ConjurServer } from './conjur-server.ts';

/** What the provider reports of every object: a constant, and no version. */
const reported = '1';

/** How the pods of a namespace read: each account as a host of its own, or all as one that the class names. */
type Form = 'own' | 'shared';

/**
 * Conjur and its provider of the driver. Each cluster has an authenticator of its own, all nodes of one
 * reach Conjur from one address. The provider keeps no session and no value: each mount and each poll
 * authenticates and fetches all variables of the class in one request, which names no version.
 * https://github.com/cyberark/conjur-k8s-csi-provider
 */
export class ConjurProvider implements SimulatedProvider {
  readonly id = 'conjur';
  readonly writers = 1;
  readonly server: ConjurServer;
  readonly #random: Random;
  readonly #forms = new Map<string, Form>();
  readonly #egress = new Map<string, string>();
  #objects = 0;

  constructor(
    part: Omit<ProviderPart, 'sink' | 'containers'> &
      Pick<ConjurOptions, 'sink' | 'account' | 'isOneOfSeveral'>,
  ) {
    this.server = new ConjurServer(part);
    this.#random = part.random;
  }

  /** The log holds the making of every second one. */
  makeObject(namespace: string, name: string, versions: number): SimulatedObject {
    this.#objects += 1;
    return this.#objects % 2 === 0
      ? this.declareObject(namespace, name, versions)
      : this.seedObject(namespace, name, versions);
  }

  /** A variable of which the log tells nothing but its fetches and writes. */
  seedObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `${namespace}/${name}`;
    this.server.seed(
      path,
      Array.from({ length: versions }, () => this.#value(path)),
    );
    return this.#object(path);
  }

  /** A variable that a policy makes now, with values that are written now. */
  declareObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `${namespace}/${name}`;
    const admin = { role: 'user:admin', address: '192.0.2.12' };
    this.server.declare(path, admin);
    for (let written = 0; written < versions; written += 1) {
      this.server.set(path, this.#value(path), admin);
    }
    return this.#object(path);
  }

  /** Namespaces take turns in how their accounts read. */
  parameters(cluster: Cluster, namespace: string): Record<string, string> {
    const turns: Form[] = ['own', 'shared'];
    const form = this.#forms.get(namespace) ?? turns[this.#forms.size % turns.length] ?? 'own';
    this.#forms.set(namespace, form);
    return {
      account: this.server.account,
      applianceUrl: 'https://conjur.example.net',
      authnId: this.authenticatorOf(cluster),
      ...(form === 'shared' ? { identity: `host/apps/${namespace}` } : {}),
      sslCertificate: '-----BEGIN CERTIFICATE-----',
    };
  }

  /** Has the accounts of a namespace read in this form. */
  readsAs(namespace: string, form: Form): void {
    this.#forms.set(namespace, form);
  }

  identityOf(by: Person): string {
    return this.server.roleId(personOf(by).role);
  }

  rotate(object: SimulatedObject, by: Person): void {
    this.server.set(object.path, this.#value(object.path), personOf(by));
  }

  /** The value is written once more: no new version, and the log does not tell. */
  rewrite(object: SimulatedObject, value: string, by: Person): void {
    this.server.set(object.path, value, personOf(by));
  }

  read(object: SimulatedObject, by: Person, why: string): void {
    this.readAs(personOf(by), object, why);
  }

  readRefused(object: SimulatedObject, by: Person): void {
    const person = personOf(by);
    this.server.deny(person.role, object.path);
    this.server.fetch(object.path, person);
  }

  readMetadata(object: SimulatedObject, by: Person): void {
    this.server.check(object.path, personOf(by));
  }

  /** The token of the pod is shown to Conjur by somebody else. */
  steal(cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Stranger): () => void {
    podToken(cluster, pod, 'conjur');
    const by = { role: this.roleOf(cluster, pod), address: from.address };
    const use = () => {
      this.server.authenticate(by, this.authenticatorOf(cluster));
      this.readAs(by, object, 'a stolen token, used outside');
    };
    use();
    return use;
  }

  /** Whoever reads as the account, in whichever cluster: the host of the class, or one of its own. */
  refuse(account: Account, object: SimulatedObject): void {
    const suffix = `system:serviceaccount:${account.namespace}:${account.serviceAccount}`;
    for (const cluster of this.#egress.keys()) {
      this.server.deny(`host:conjur/authn-jwt/${cluster}/apps/${suffix}`, object.path);
    }
    this.server.deny(`host:apps/${account.identity}`, object.path);
  }

  noise(): NoiseTemplate[] {
    return conjurNoise(this.server, this.#random);
  }

  /** All variables in one request; no version is asked for, none is told. */
  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, session: unknown) {
    if (session === null) podToken(cluster, pod, 'conjur');
    const by = { role: this.roleOf(cluster, pod, spec), address: this.egressOf(cluster) };
    this.server.authenticate(by, this.authenticatorOf(cluster));
    const variables = spec.objects.map((object) => String(object.variable));
    const answers = this.server.fetchAll(variables, by);
    if (answers === null) return { session: this, objects: null };
    const objects = new Map<ClassObject, Fetched>();
    for (const object of spec.objects) {
      const variable = String(object.variable);
      const answer = answers.get(variable);
      if (answer == null) continue;
      const reference = this.server.reference(variable);
      if (this.server.isDeclared(variable)) {
        this.server.truth.carried(pod.uid, reference, answer.version);
      }
      objects.set(object, {
        reference,
        version: null,
        reported,
        statusIds: [variable],
        content: answer.value,
        tellsContent: false,
      });
    }
    cluster.clock.tick();
    return { session: this, objects };
  }

  /** There is no session that a log names. */
  logInAgain(): unknown {
    return this;
  }

  /** The role as which a pod reads: the host that its class names, else the one its token makes. */
  roleOf(
    cluster: Cluster,
    { namespace, serviceAccount }: Pick<PodRecord, 'namespace' | 'serviceAccount'>,
    spec?: SecretProviderClass,
  ): string {
    const isShared = this.#forms.get(namespace) === 'shared';
    const named = spec?.parameters.identity ?? (isShared ? `host/apps/${namespace}` : undefined);
    if (named !== undefined) return named.replace(/^host\//, 'host:');
    const suffix = `system:serviceaccount:${namespace}:${serviceAccount}`;
    return `host:conjur/${this.authenticatorOf(cluster)}/apps/${suffix}`;
  }

  authenticatorOf(cluster: Cluster): string {
    this.egressOf(cluster);
    return `authn-jwt/${cluster.name}`;
  }

  /** The address from which a cluster's nodes reach Conjur. */
  egressOf(cluster: Cluster): string {
    const known = this.#egress.get(cluster.name) ?? `203.0.113.${220 + this.#egress.size}`;
    this.#egress.set(cluster.name, known);
    return known;
  }

  /** Somebody fetches it by itself, perhaps a version by its number; the truth learns of a holder. */
  readAs(by: Caller, object: SimulatedObject, why: string, version?: string): void {
    const answer = this.server.fetch(object.path, by, version);
    if (answer === null) return;
    const holder = { kind: 'identity' as const, id: this.server.roleId(by.role) };
    this.server.truth.read(holder, object.reference, version ?? null, answer.at, why);
  }

  #object(path: string): SimulatedObject {
    const entry = { objectName: `${path.split('/').at(-1)}.txt`, variable: path };
    return { reference: this.server.reference(path), path, classObjects: [entry] };
  }

  #value(path: string): string {
    return `${path}-${this.#random.hex(24)}`;
  }
}

function personOf({ name, address }: Person): Caller {
  return { role: `user:${name}`, address };
}
