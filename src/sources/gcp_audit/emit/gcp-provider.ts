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
import {
  type Client,
  identityOf,
  type Principal,
  pool,
  project,
  projectNumber,
} from './audit-entry.ts';
import { auditNoise } from './audit-noise.ts';
import { numbered, SecretManager, type SecretManagerOptions } from './secret-manager.ts';

const providerAgent = 'secrets-store-csi-driver-provider-gcp/1.15.0 grpc-go/1.80.0,gzip(gfe)';
const cliAgent = 'google-cloud-sdk gcloud/548.0.0 command/gcloud.secrets.versions.access,gzip(gfe)';

/** How a service account of GKE reads: by itself, or as an account of Google that was given to it. */
type Form = 'principal' | 'legacy' | 'delegated' | 'undelegated';

/**
 * Secret Manager of a project and Google's provider of the driver. All clusters of the project share
 * one pool, so their accounts of equal names are one principal; all nodes of a cluster have one address.
 * https://github.com/GoogleCloudPlatform/secrets-store-csi-driver-provider-gcp
 */
export class GcpProvider implements SimulatedProvider {
  readonly id = 'gcp';
  readonly writers = 1;
  readonly secrets: SecretManager;
  readonly #random: Random;
  readonly #forms = new Map<string, Form>();
  readonly #accounts = new Map<string, string>();
  readonly #egress = new Map<string, string>();

  constructor(
    part: Omit<ProviderPart, 'sink' | 'containers'> &
      Pick<SecretManagerOptions, 'sink' | 'withoutReads'>,
  ) {
    this.secrets = new SecretManager(part);
    this.#random = part.random;
  }

  makeObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `${namespace}-${name}`;
    const values = Array.from({ length: versions }, (_, index) => this.#value(path, index + 1));
    this.secrets.seed(path, values);
    const reference = this.secrets.reference(path);
    return { reference, path, classObjects: [this.entry(path)] };
  }

  /** An entry of a class, of the latest version or of one that is named. */
  entry(path: string, version = 'latest'): ClassObject {
    const resourceName = `${this.secrets.reference(path)}/versions/${version}`;
    return { objectName: `${path}.txt`, resourceName, path: `${path}.txt` };
  }

  /** Namespaces take turns in how their accounts read. */
  parameters(_cluster: Cluster, namespace: string): Record<string, string> {
    const turns: Form[] = ['principal', 'delegated', 'legacy'];
    const form = this.#forms.get(namespace) ?? turns[this.#forms.size % turns.length];
    this.#forms.set(namespace, form ?? 'principal');
    return { auth: 'pod-adc' };
  }

  /** Has the accounts of a namespace read in this form, and as whose account of Google. */
  readsAs(namespace: string, form: Form, account = namespace): void {
    this.#forms.set(namespace, form);
    this.#accounts.set(namespace, account);
  }

  identityOf(by: Person): string {
    return identityOf(personOf(by));
  }

  rotate(object: SimulatedObject, by: Person): void {
    const number = this.secrets.count(object.path) + 1;
    const value = this.#value(object.path, number);
    this.secrets.add(object.path, value, personOf(by), clientOf(by));
  }

  read(object: SimulatedObject, by: Person, why: string): void {
    this.readAs(personOf(by), object, clientOf(by), why);
  }

  readRefused(object: SimulatedObject, by: Person): void {
    this.secrets.deny(this.identityOf(by), object.path);
    this.secrets.access(object.path, personOf(by), clientOf(by));
  }

  readMetadata(object: SimulatedObject, by: Person): void {
    this.secrets.listVersions(object.path, personOf(by), clientOf(by));
  }

  /** The token of the pod's account is exchanged for one of its principal, elsewhere. */
  steal(cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Caller): () => void {
    podToken(cluster, pod, pool);
    const client = { address: from.address, userAgent: from.userAgent ?? 'curl/8.9.1' };
    const by = this.principalOf(pod);
    const use = () => this.readAs(by, object, client, 'a stolen token, used outside');
    use();
    return use;
  }

  refuse(account: Account, object: SimulatedObject): void {
    this.secrets.deny(identityOf(this.principalOf(account)), object.path);
  }

  noise(): NoiseTemplate[] {
    return auditNoise(this.secrets, this.#random);
  }

  /** One access an object, at each mount and each poll: the provider keeps no value. */
  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, session: unknown) {
    if (session === null) podToken(cluster, pod, pool);
    const by = this.principalOf(pod);
    const from = { address: this.egressOf(cluster), userAgent: providerAgent };
    if (by.email !== undefined) this.#takeToken(pod, by.email, from);
    const objects = new Map<ClassObject, Fetched>();
    for (const object of spec.objects) {
      const asked = String(object.resourceName);
      const [, secret = '', version = ''] =
        /secrets\/([^/]+)\/versions\/([^/]+)$/.exec(asked) ?? [];
      const answer = this.secrets.access(secret, by, from, { version });
      if (answer === null) return { session: this, objects: null };
      const reference = this.secrets.reference(secret);
      objects.set(object, {
        reference,
        version: answer.version,
        // The service answers with the number of the project.
        reported: `${numbered(reference)}/versions/${answer.version}`,
        statusIds: [asked],
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

  /** As whom the service knows an account of a cluster. */
  principalOf({
    namespace,
    serviceAccount,
  }: Pick<Account, 'namespace' | 'serviceAccount'>): Principal {
    const form = this.#forms.get(namespace) ?? 'principal';
    const legacy = `serviceAccount:${pool}[${namespace}/${serviceAccount}]`;
    if (form === 'legacy') return { subject: legacy };
    const subject = `principal://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`;
    if (form === 'principal') return { subject };
    const account = this.#accounts.get(namespace) ?? namespace;
    const email = `${account}-reader@${project}.iam.gserviceaccount.com`;
    return { email, delegates: form === 'delegated' ? [subject] : [] };
  }

  /** The address from which a cluster's nodes reach Google. */
  egressOf(cluster: Cluster): string {
    const known = this.#egress.get(cluster.name) ?? `203.0.113.${240 + this.#egress.size}`;
    this.#egress.set(cluster.name, known);
    return known;
  }

  /** Calls come from inside, and the log has a word where the address would be. */
  hideAddress(cluster: Cluster, word: 'private' | 'gce-internal-ip'): void {
    this.#egress.set(cluster.name, word);
  }

  /** Somebody reads; the truth learns of a holder. */
  readAs(
    by: Principal,
    object: SimulatedObject,
    from: Client,
    why: string,
    version?: string,
  ): void {
    const asked = version === undefined ? {} : { version };
    const answer = this.secrets.access(object.path, by, from, asked);
    if (answer === null) return;
    const holder = { kind: 'identity' as const, id: identityOf(by) };
    this.secrets.truth.read(holder, object.reference, answer.version, answer.at, why);
  }

  /** The account of the cluster asks for a token of the account of Google. */
  #takeToken(pod: PodRecord, email: string, from: Client): void {
    const { namespace, serviceAccount } = pod;
    const subject = `serviceAccount:${pool}[${namespace}/${serviceAccount}]`;
    const name = `projects/-/serviceAccounts/${email}`;
    this.secrets.write(
      {
        service: 'iamcredentials.googleapis.com',
        method: 'GenerateAccessToken',
        permission: 'iam.serviceAccounts.getAccessToken',
        kind: 'DATA_READ',
        resourceName: name,
        resourceType: 'iam.googleapis.com/ServiceAccount',
        request: {
          '@type': 'type.googleapis.com/google.iam.credentials.v1.GenerateAccessTokenRequest',
          name,
        },
        by: { subject },
        from,
      },
      { needed: false },
    );
  }

  #value(name: string, number: number): string {
    return `${name}-${number}-${this.#random.hex(24)}`;
  }
}

function personOf({ name }: Person): Principal {
  return { email: name.includes('@') ? name : `${name}@example.com` };
}

function clientOf({ address }: Person): Client {
  return { address, userAgent: cliAgent };
}
