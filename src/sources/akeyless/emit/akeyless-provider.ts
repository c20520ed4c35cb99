import type {
  Account,
  Caller,
  NoiseTemplate,
  Person,
  ProviderPart,
  SimulatedObject,
  SimulatedProvider,
} from '../../../simulate/emitter.ts';
import type { Cluster } from '../../../simulate/world/cluster.ts';
import type { Fetched } from '../../../simulate/world/csi-provider.ts';
import type { ClassObject, PodRecord, SecretProviderClass } from '../../../simulate/world/kinds.ts';
import type { LineSink } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import { addedLine, askedLine, publishedLine } from '../../csi_log/emit/container-lines.ts';
import type { Access } from './access-entry.ts';
import { AkeylessAccount } from './akeyless-account.ts';
import { akeylessNoise } from './akeyless-noise.ts';

const providerAgent = 'akeyless-csi-provider/1.0.13';

/** How much the mount status tells of an item's version. */
type Stated = 'version' | 'constant' | 'nothing';

/**
 * An account of Akeyless and its provider of the driver. The provider logs in as itself, by the access id
 * that the class names: one a namespace, in all clusters and for all its accounts. No entry names a pod;
 * the provider's own log does.
 * https://github.com/akeylesslabs/akeyless-csi-provider
 */
export class AkeylessProvider implements SimulatedProvider {
  readonly id = 'akeyless';
  readonly writers = 1;
  readonly account: AkeylessAccount;
  readonly #random: Random;
  readonly #containers: (cluster: string) => LineSink;
  /** `constant`: a provider of before, which reports 0; `nothing`: no log has what it reports. */
  readonly #stated: Stated;
  readonly #accessIds = new Map<string, string>();
  readonly #egress = new Map<string, string>();
  readonly #loggedIn = new Set<string>();

  constructor(part: Omit<ProviderPart, 'sink'> & { sink?: LineSink; stated?: Stated }) {
    this.account = new AkeylessAccount(part);
    this.#random = part.random;
    this.#containers = part.containers;
    this.#stated = part.stated ?? 'version';
  }

  makeObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `/${namespace}/${name}`;
    this.account.seed(
      path,
      Array.from({ length: versions }, () => this.#value(path)),
    );
    const entry = { objectName: `${name}.txt`, fileName: `${name}.txt`, secretPath: path };
    return { reference: this.account.reference(path), path, classObjects: [entry] };
  }

  parameters(_cluster: Cluster, namespace: string): Record<string, string> {
    return {
      akeylessGatewayURL: 'https://gateway.example.net:8080/v2',
      akeylessAccessType: 'k8s',
      akeylessAccessID: this.accessId(namespace),
      akeylessK8sAuthConfigName: 'clusters',
    };
  }

  identityOf(by: Person): string {
    return this.accessId(by.name);
  }

  rotate(object: SimulatedObject, by: Person): void {
    this.account.update(object.path, this.#value(object.path), this.#personOf(by));
  }

  read(object: SimulatedObject, by: Person, why: string): void {
    this.readAs(this.#personOf(by), object, why);
  }

  readRefused(object: SimulatedObject, by: Person): void {
    this.account.deny(this.identityOf(by), object.path);
    this.account.get(object.path, this.#personOf(by));
  }

  readMetadata(object: SimulatedObject, by: Person): void {
    this.account.describe(object.path, this.#personOf(by));
  }

  /** Whoever carries the provider's credentials off is that access id, from elsewhere. */
  steal(_cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Caller): () => void {
    const by: Access = {
      id: this.accessId(pod.namespace),
      type: 'k8s',
      address: from.address,
      userAgent: from.userAgent ?? 'curl/8.9.1',
    };
    const use = () => {
      this.account.authenticate(by);
      this.readAs(by, object, 'the stolen access of the provider, used outside');
    };
    use();
    return use;
  }

  refuse({ identity }: Account, object: SimulatedObject): void {
    this.account.deny(this.accessId(identity), object.path);
  }

  noise(): NoiseTemplate[] {
    return akeylessNoise(this.account, this.#random);
  }

  /** The details of each item first, for their version, then its value; the containers say of which pod. */
  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, session: unknown) {
    const by: Access = {
      id: String(spec.parameters.akeylessAccessID),
      type: 'k8s',
      address: this.egressOf(cluster),
      userAgent: providerAgent,
    };
    const volume = { pod, class: spec.name };
    if (session === null) this.#logIn(cluster, by);
    this.#say(cluster, (at) => askedLine(volume, this.id, at), { needed: false });
    const objects = new Map<ClassObject, Fetched>();
    for (const object of spec.objects) {
      const item = String(object.secretPath);
      const last = String(this.account.describe(item, by));
      const answer = this.account.get(item, by);
      if (answer === null) return { session: this, objects: null };
      objects.set(object, this.#fetched(object, item, last, answer.value));
    }
    for (const { secretPath } of spec.objects) {
      this.#say(cluster, (at) => addedLine(volume, String(secretPath), at));
    }
    this.#say(cluster, (at) => publishedLine(volume, at));
    return { session: this, objects };
  }

  /** The provider keeps one token for all mounts, which no entry names. */
  logInAgain(cluster: Cluster): unknown {
    for (const id of this.#accessIds.values()) this.#loggedIn.delete(`${cluster.name} ${id}`);
    return this;
  }

  /** The access id of a namespace, or of a person. */
  accessId(name: string): string {
    const known = this.#accessIds.get(name) ?? `p-${this.#random.hex(12)}`;
    this.#accessIds.set(name, known);
    return known;
  }

  /** Several namespaces read by one access id. */
  shareAccess(namespace: string, owner: string): void {
    this.#accessIds.set(namespace, this.accessId(owner));
  }

  /** The address from which a cluster's nodes reach the account. */
  egressOf(cluster: Cluster): string {
    const known = this.#egress.get(cluster.name) ?? `203.0.113.${180 + this.#egress.size}`;
    this.#egress.set(cluster.name, known);
    return known;
  }

  /** Somebody reads, perhaps a version by its number; the truth learns of a holder. */
  readAs(by: Access, object: SimulatedObject, why: string, version?: string): void {
    const answer = this.account.get(object.path, by, version);
    if (answer === null) return;
    const holder = { kind: 'identity' as const, id: by.id };
    this.account.truth.read(holder, object.reference, version ?? null, answer.at, why);
  }

  #fetched(object: ClassObject, item: string, last: string, content: string): Fetched {
    const isTold = this.#stated === 'version';
    return {
      reference: this.account.reference(item),
      version: isTold ? last : null,
      reported: this.#stated === 'constant' ? '0' : last,
      statusIds: [`${object.fileName}:${item}`],
      content,
      tellsContent: isTold,
    };
  }

  #logIn(cluster: Cluster, by: Access): void {
    if (this.#loggedIn.has(`${cluster.name} ${by.id}`)) return;
    this.#loggedIn.add(`${cluster.name} ${by.id}`);
    this.account.authenticate(by);
  }

  #say(cluster: Cluster, line: (at: number) => string, { needed = true } = {}): void {
    const at = cluster.clock.tick();
    const sink = this.#containers(cluster.name);
    sink.push({ text: line(at), at, needed, writer: 0, opening: false });
  }

  #personOf({ name, address }: Person): Access {
    const known = { id: this.accessId(name), uniqueId: `${name}@example.com` };
    return { ...known, type: 'email', address, userAgent: 'akeyless-cli/1.130.0' };
  }

  #value(path: string): string {
    return `${path}-${this.#random.hex(24)}`;
  }
}
