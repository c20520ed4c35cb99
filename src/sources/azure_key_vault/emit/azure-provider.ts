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
import { podToken } from '../../../simulate/world/pod-token.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import type { Principal } from './audit-record.ts';
import { type Client, identityOf, KeyVault } from './key-vault.ts';
import { keyVaultNoise } from './key-vault-noise.ts';

const tokenAudience = 'api://AzureADTokenExchange';
const providerAgent = 'azsdk-go-azsecrets/v1.4.0 (go1.25.3; linux)';
const cliAgent = 'AZURECLI/2.79.0 azsdk-python-core/1.35.0 Python/3.12.10';
/** The Azure CLI is one application, whoever uses it. */
const cliApplication = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/**
 * A vault and Azure's provider of the driver. Each namespace has one managed identity, in all clusters and
 * for all its service accounts; all nodes of a cluster reach the vault from one address.
 * https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/
 */
export class AzureProvider implements SimulatedProvider {
  readonly id = 'azure';
  readonly writers = 1;
  readonly vault: KeyVault;
  readonly #random: Random;
  readonly #truth: Truth;
  readonly #principals = new Map<string, Principal>();
  readonly #egress = new Map<string, string>();

  constructor(
    part: Omit<ProviderPart, 'sink' | 'containers'> & Partial<Pick<ProviderPart, 'sink'>>,
  ) {
    this.vault = new KeyVault(part);
    this.#random = part.random;
    this.#truth = part.truth;
  }

  makeObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `${namespace}-${name}`;
    const values = Array.from({ length: versions }, (_, index) => this.#value(path, index + 1));
    this.vault.seed(path, values);
    const entry = { objectName: path, objectType: 'secret' };
    return { reference: this.vault.reference(path), path, classObjects: [entry] };
  }

  parameters(_cluster: Cluster, namespace: string): Record<string, string> {
    return {
      keyvaultName: this.vault.name,
      clientID: this.identity(namespace).applicationId,
      tenantId: '99990000-0000-4000-8000-0000000000aa',
    };
  }

  identityOf(by: Person): string {
    return by.name;
  }

  rotate(object: SimulatedObject, by: Person): void {
    const number = this.vault.versions(object.path).length + 1;
    const from = { address: by.address, userAgent: cliAgent };
    this.vault.set(object.path, this.#value(object.path, number), this.#personOf(by), from);
  }

  read(object: SimulatedObject, by: Person, why: string): void {
    this.#readAs(this.#personOf(by), object, { address: by.address, userAgent: cliAgent }, why);
  }

  readRefused(object: SimulatedObject, by: Person): void {
    this.vault.deny(by.name, object.path);
    const from = { address: by.address, userAgent: cliAgent };
    this.vault.challenge(object.path, from);
    this.vault.get(object.path, this.#personOf(by), from);
  }

  readMetadata(object: SimulatedObject, by: Person): void {
    const from = { address: by.address, userAgent: cliAgent };
    this.vault.listVersions(object.path, this.#personOf(by), from);
  }

  /** The token of the pod's service account is exchanged for one of the identity, elsewhere. */
  steal(cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Caller): () => void {
    podToken(cluster, pod, tokenAudience);
    const client = { address: from.address, userAgent: from.userAgent ?? 'curl/8.9.1' };
    const use = () =>
      this.#readAs(this.identity(pod.namespace), object, client, 'a stolen token, used outside');
    use();
    return use;
  }

  refuse({ identity }: Account, object: SimulatedObject): void {
    this.vault.deny(this.identity(identity).applicationId, object.path);
  }

  noise(): NoiseTemplate[] {
    return keyVaultNoise(this.vault, this.#random);
  }

  /** One secret an object, at each mount and each poll: the provider keeps no value. */
  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, session: unknown) {
    if (session === null) podToken(cluster, pod, tokenAudience);
    const principal = this.#principals.get(spec.parameters.clientID ?? '');
    const by = principal ?? this.identity(pod.namespace);
    const from = { address: this.egressOf(cluster), userAgent: providerAgent };
    const objects = new Map<ClassObject, Fetched>();
    const [first] = spec.objects;
    if (first !== undefined) this.vault.challenge(first.objectName, from);
    for (const object of spec.objects) {
      const pinned = object.objectVersion;
      const options = typeof pinned === 'string' && pinned !== '' ? { version: pinned } : {};
      const answer = this.vault.get(object.objectName, by, from, options);
      if (answer === null) return { session: this, objects: null };
      objects.set(object, {
        reference: this.vault.reference(object.objectName),
        version: answer.version,
        reported: answer.version,
        statusIds: [`${object.objectType}/${object.objectName}`],
        content: answer.value,
        tellsContent: true,
      });
    }
    cluster.clock.tick();
    return { session: this, objects };
  }

  /** Tokens are kept by nobody that a log names. */
  logInAgain(): unknown {
    return this;
  }

  /** The managed identity of a namespace. */
  identity(namespace: string): Principal {
    return this.#known(namespace, () => ({
      objectId: this.#random.uuid(),
      applicationId: this.#random.uuid(),
      resourceId: `/subscriptions/11112222-3333-4444-5555-666677778888/resourcegroups/corp-rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${namespace}-reader`,
    }));
  }

  /** The address from which a cluster's nodes reach the vault. */
  egressOf(cluster: Cluster): string {
    const known = this.#egress.get(cluster.name) ?? `203.0.113.${200 + this.#egress.size}`;
    this.#egress.set(cluster.name, known);
    return known;
  }

  #personOf(by: Person): Principal {
    return this.#known(by.name, () => ({
      objectId: this.#random.uuid(),
      applicationId: cliApplication,
      userPrincipalName: by.name,
    }));
  }

  #known(name: string, make: () => Principal): Principal {
    const found = this.#principals.get(name) ?? make();
    this.#principals.set(name, found);
    if (found.userPrincipalName === undefined) this.#principals.set(found.applicationId, found);
    return found;
  }

  #readAs(by: Principal, object: SimulatedObject, from: Client, why: string): void {
    this.vault.challenge(object.path, from);
    const answer = this.vault.get(object.path, by, from);
    if (answer === null) return;
    const holder = { kind: 'identity' as const, id: identityOf(by) };
    this.#truth.read(holder, object.reference, answer.version, answer.at, why);
  }

  #value(name: string, number: number): string {
    return `${name}-${number}-${this.#random.hex(24)}`;
  }
}
