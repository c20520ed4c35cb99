import type {
  Account,
  Caller,
  Copier,
  NoiseTemplate,
  Person,
  ProviderPart,
  SimulatedObject,
  SimulatedProvider,
} from '../../../simulate/emitter.ts';
import type { Actor } from '../../../simulate/world/api-request.ts';
import type { Cluster } from '../../../simulate/world/cluster.ts';
import type { ClusterNode, PodRecord, SecretProviderClass } from '../../../simulate/world/kinds.ts';
import type { Declared } from '../../../simulate/world/operator-bodies.ts';
import { declareCopy, installOperator, refreshCopy } from '../../../simulate/world/operators.ts';
import { podToken } from '../../../simulate/world/pod-token.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { TrueHolder, Truth } from '../../../simulate/world/truth.ts';
import { logInWith } from './csi-mount.ts';
import type { ProviderObject } from './object-version.ts';
import type { Session } from './vault-entry.ts';
import type { KvValues } from './vault-kv.ts';
import { loginUserpass } from './vault-logins.ts';
import { vaultNoise } from './vault-noise.ts';
import { VaultServer } from './vault-server.ts';

/** A Vault with one KV engine, `secret`, as the generator plays it. */
export class VaultProvider implements SimulatedProvider {
  readonly id = 'vault';
  readonly writers = 1;
  readonly #server: VaultServer;
  readonly #random: Random;
  readonly #truth: Truth;
  #copiers = 0;

  constructor(part: ProviderPart) {
    this.#server = new VaultServer(part);
    this.#server.mountKv('secret');
    this.#random = part.random;
    this.#truth = part.truth;
  }

  makeObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `secret/${namespace}/${name}`;
    const values = Array.from({ length: versions }, (_, index) => this.#values(name, index + 1));
    this.#server.seed(path, values);
    const entry: ProviderObject = {
      objectName: `${name}-key`,
      secretPath: `secret/data/${namespace}/${name}`,
      secretKey: 'api_key',
    };
    return { reference: this.#server.reference(path), path, classObjects: [entry] };
  }

  parameters(cluster: Cluster, namespace: string): Record<string, string> {
    return {
      roleName: namespace,
      vaultAddress: 'https://vault.example.net:8200',
      vaultAuthMountPath: cluster.authMount,
    };
  }

  identityOf(by: Person): string {
    return by.name;
  }

  rotate(object: SimulatedObject, by: Person): void {
    const number = this.#server.versionsOf(object.path).length + 1;
    const name = object.path.split('/').at(-1) ?? '';
    this.#server.write(this.#logIn(by), object.path, this.#values(name, number), by);
  }

  read(object: SimulatedObject, by: Person, why: string): void {
    const session = this.#logIn(by);
    this.#readAs(session, object, by, { holder: { kind: 'identity', id: session.identity }, why });
  }

  readRefused(object: SimulatedObject, by: Person): void {
    // Whom the policy refuses is told by role or name, as Vault does it.
    this.#server.deny(by.name, object.path);
    this.#server.read(this.#logIn(by), object.path, by);
  }

  readMetadata(object: SimulatedObject, by: Person): void {
    this.#server.readWithoutValues(this.#logIn(by), object.path, 'metadata', by);
  }

  steal(cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Caller): () => void {
    const session = logInWith(this.#server, cluster, podToken(cluster, pod), {
      authMount: cluster.authMount,
      role: pod.namespace,
      from,
    });
    // Two clusters may each have an account of that name: they are two.
    const holder = { kind: 'identity' as const, id: session.identity, cluster: cluster.name };
    const use = () =>
      this.#readAs(session, object, from, { holder, why: 'a stolen token, used from outside' });
    use();
    return use;
  }

  refuse({ identity }: Account, object: SimulatedObject): void {
    this.#server.deny(identity, object.path);
  }

  /** Every other cluster has External Secrets, the rest the Vault Secrets Operator. */
  installCopier(cluster: Cluster, by: Actor, node: ClusterNode): Copier {
    const kind = this.#copiers % 2 === 0 ? 'external_secrets' : 'vault_secrets_operator';
    this.#copiers += 1;
    const operator = installOperator(cluster, this.#server, { kind, by, node });
    return (declarer, { namespace, object, secretName }) => {
      const copy: Declared = {
        uid: this.#random.uuid(),
        namespace,
        name: secretName,
        object: object.path,
        field: 'api_key',
        key: 'api_key',
        target: secretName,
        role: namespace,
        serviceAccount: 'copier',
        authMount: cluster.authMount,
      };
      declareCopy(operator, declarer, copy);
      return () => refreshCopy(operator, copy);
    };
  }

  noise(): NoiseTemplate[] {
    return vaultNoise(this.#server, this.#random);
  }

  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, session: unknown) {
    return this.#server.fetch(cluster, pod, spec, session);
  }

  logInAgain(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass): Session {
    return this.#server.logInAgain(cluster, pod, spec);
  }

  #logIn(by: Person): Session {
    return loginUserpass(this.#server, by.name, by);
  }

  #readAs(
    session: Session,
    object: SimulatedObject,
    from: Caller,
    { holder, why }: { holder: TrueHolder; why: string },
  ): void {
    const result = this.#server.read(session, object.path, from);
    if (result.state !== 'read') return;
    const version = result.version === null ? null : String(result.version);
    this.#truth.read(holder, object.reference, version, result.at, why);
  }

  #values(name: string, number: number): KvValues {
    return {
      api_key: `${name}-${number}-${this.#random.hex(24)}`,
      endpoint: `https://${name}.example.net`,
      webhook_secret: `${name}-hook-${number}-${this.#random.hex(12)}`,
    };
  }
}
