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
import type { TrueHolder } from '../../../simulate/world/truth.ts';
import { cloudtrailNoise } from './cloudtrail-noise.ts';
import type { AwsIdentity, Client, Role } from './cloudtrail-record.ts';
import { SecretsManager } from './secrets-manager.ts';
import { TokenService, userArn } from './token-service.ts';
import { Trail, type TrailOptions } from './trail.ts';

const sdk = 'aws-sdk-go-v2/1.39.0 ua/2.1 os/linux lang/go#1.24.12 md/GOOS#linux md/GOARCH#amd64';
const providerAgent = `${sdk} api/secretsmanager#1.39.4 app/secrets-store-csi-driver-provider-aws-3.1.1 m/E,z`;
/** The client that logs in is another one, and does not say whose it is. */
const loginAgent = `${sdk} api/sts#1.38.3 m/E`;
const agentAgent = `${sdk} api/eksauth#1.9.2`;
const cliAgent = 'aws-cli/2.31.3 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 lang/python#3.13.7';
const lambdaAgent = 'Boto3/1.40.18 md/Botocore#1.40.18 ua/2.1 os/linux lang/python#3.12.11';

/** A session is renewed before its token is an hour old. */
const session_microseconds_max = 50 * 60_000_000;

/** What the provider keeps of a volume: which versions lie in it, and the agent's session. */
interface VolumeState {
  held: Map<string, { version: string; value: string }>;
  identity: AwsIdentity;
}

/**
 * Secrets Manager with its keys, sessions and trail, and AWS's provider of the driver. Each service
 * account has a role, unless several were given one; all nodes of a cluster reach AWS from one address.
 * https://github.com/aws/secrets-store-csi-driver-provider-aws
 */
export class AwsProvider implements SimulatedProvider {
  readonly id = 'aws';
  readonly writers = 1;
  readonly trail: Trail;
  readonly secrets: SecretsManager;
  readonly tokens: TokenService;
  readonly #roles = new Map<string, string>();
  readonly #podIdentity = new Map<string, boolean>();
  readonly #egress = new Map<string, string>();
  #hasTags = true;

  constructor(
    part: Omit<ProviderPart, 'sink' | 'containers'> & Pick<TrailOptions, 'sink' | 'withoutKeys'>,
  ) {
    this.trail = new Trail(part);
    this.secrets = new SecretsManager(this.trail);
    this.tokens = new TokenService(this.trail);
  }

  makeObject(namespace: string, name: string, versions: number): SimulatedObject {
    const path = `${namespace}/${name}`;
    const values = Array.from({ length: versions }, (_, index) => this.#value(path, index + 1));
    this.secrets.seed(path, values);
    const entry = { objectName: path, objectType: 'secretsmanager', objectAlias: `${name}-key` };
    return { reference: this.secrets.reference(path), path, classObjects: [entry] };
  }

  /** Every second namespace has Pod Identity, the others roles for service accounts. */
  parameters(cluster: Cluster, namespace: string): Record<string, string> {
    const key = `${cluster.name} ${namespace}`;
    const isPodIdentity = this.#podIdentity.get(key) ?? this.#podIdentity.size % 2 === 1;
    this.#podIdentity.set(key, isPodIdentity);
    return isPodIdentity ? { usePodIdentity: 'true' } : {};
  }

  identityOf(by: Person): string {
    return userArn(by.name);
  }

  rotate(object: SimulatedObject, by: Person): void {
    if (this.trail.random.next() < 0.5) this.rotateInSteps(object, () => this.trail.pass(12));
    else this.write(object, by);
  }

  /** Somebody writes a version, which is current at once. */
  write(object: SimulatedObject, by: Person): void {
    this.secrets.put(object.path, this.#next(object.path), this.#user(by), this.#clientOf(by));
  }

  /**
   * The rotation function writes a version as pending, tries it, and moves AWSCURRENT to it; `wait`
   * passes the time between.
   */
  rotateInSteps({ path, reference }: SimulatedObject, wait: () => void): void {
    const { secrets, tokens, trail } = this;
    const from = { address: '198.51.100.230', userAgent: lambdaAgent };
    const lambda = tokens.service('rotation-function', 'SecretsManagerRotation');
    const holder = { kind: 'identity' as const, id: lambda.arn };
    const note = (answer: { version: string; at: number } | null, why: string) => {
      if (answer !== null) trail.truth.read(holder, reference, answer.version, answer.at, why);
    };
    note(secrets.get(path, lambda, from, { stage: 'AWSCURRENT' }), 'rotates it');
    const version = secrets.put(path, this.#next(path), lambda, from, { stage: 'AWSPENDING' });
    wait();
    note(secrets.get(path, lambda, from, { version, stage: 'AWSPENDING' }), 'tries what it made');
    wait();
    secrets.promote(path, version, lambda, from);
  }

  read(object: SimulatedObject, by: Person, why: string): void {
    this.readAs(this.#user(by), object, this.#clientOf(by), why);
  }

  readRefused(object: SimulatedObject, by: Person): void {
    this.secrets.deny(userArn(by.name), object.path);
    this.secrets.get(object.path, this.#user(by), this.#clientOf(by));
  }

  readMetadata(object: SimulatedObject, by: Person): void {
    this.secrets.describe(object.path, this.#user(by), this.#clientOf(by));
  }

  /**
   * With the token of a pod's account somebody takes its role elsewhere. Of Pod Identity the agent gives
   * keys to the pod alone, and they are carried away.
   */
  steal(cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Caller): () => void {
    const client = { address: from.address, userAgent: from.userAgent ?? 'curl/8.9.1' };
    const isPodIdentity = pod.mounts.some((mount) => isOfPodIdentity(mount.class));
    podToken(cluster, pod, audienceOf(isPodIdentity));
    const sessionName = `botocore-session-${Math.floor(this.trail.now / 1_000_000)}`;
    const session = isPodIdentity
      ? this.sessionOfPod(cluster, pod)
      : this.tokens.withWebIdentity(cluster, pod, this.roleOf(pod), client, { sessionName });
    const use = () => this.readAs(session, object, client, 'a stolen session, used outside');
    use();
    return use;
  }

  refuse(account: Account, object: SimulatedObject): void {
    this.secrets.deny(this.roleOf(account).arn, object.path);
  }

  noise(): NoiseTemplate[] {
    return cloudtrailNoise(this.trail, this.tokens);
  }

  /** The provider's calls for one volume: a session, then a read of each object that may have changed. */
  fetch(cluster: Cluster, pod: PodRecord, spec: SecretProviderClass, before: unknown) {
    if (before === null) podToken(cluster, pod, audienceOf(isOfPodIdentity(spec)));
    const known = before as VolumeState | null;
    const state: VolumeState = {
      held: known?.held ?? new Map(),
      identity: this.#logIn(cluster, pod, spec, known),
    };
    const objects = new Map<ClassObject, Fetched>();
    for (const object of spec.objects) {
      const found = this.#fetchOne(cluster, object, state, known !== null);
      if (found === null) return { session: state, objects: null };
      state.held.set(object.objectName, found);
      objects.set(object, {
        reference: this.secrets.reference(object.objectName),
        version: found.version,
        reported: found.version,
        statusIds: statusIds(object),
        content: found.value,
        tellsContent: true,
      });
    }
    cluster.clock.tick();
    return { session: state, objects };
  }

  /** The provider keeps no keys; the agent of Pod Identity is another program, and keeps its own. */
  logInAgain(_cluster: Cluster, _pod: PodRecord, _spec: SecretProviderClass, before: unknown) {
    return before;
  }

  /** The role that an account was given, else one of its own. */
  roleOf({ namespace, serviceAccount }: Pick<Account, 'namespace' | 'serviceAccount'>): Role {
    const given = this.#roles.get(`${namespace}/${serviceAccount}`);
    return this.tokens.role(given ?? `${namespace}-${serviceAccount}`);
  }

  /** Has a service account take this role. */
  giveRole(namespace: string, serviceAccount: string, role: string): void {
    this.#roles.set(`${namespace}/${serviceAccount}`, role);
  }

  /** Associations of pods and roles have `disableSessionTags`. */
  leaveTagsOut(): void {
    this.#hasTags = false;
  }

  /** Keys that the agent on the pod's node gives out for the pod. */
  sessionOfPod(cluster: Cluster, pod: PodRecord, { needed = true } = {}): AwsIdentity {
    const from = { address: this.egressOf(cluster), userAgent: agentAgent };
    const hasTags = this.#hasTags;
    const session = this.tokens.forPod(cluster, pod, this.roleOf(pod), from, { hasTags, needed });
    this.#belongs(cluster, pod, session);
    return session;
  }

  /** The session that the pod's first mount was last read with. */
  sessionOfMount({ mounts: [mount] }: PodRecord): AwsIdentity {
    if (mount === undefined) throw new Error('the pod mounts nothing');
    return (mount.session as VolumeState).identity;
  }

  /** The address from which a cluster's nodes reach AWS. */
  egressOf(cluster: Cluster): string {
    const known = this.#egress.get(cluster.name) ?? `203.0.113.${220 + this.#egress.size}`;
    this.#egress.set(cluster.name, known);
    return known;
  }

  /** Somebody reads with a session; the truth learns of a holder. */
  readAs(by: AwsIdentity, object: SimulatedObject, from: Client, why: string): void {
    this.readFor(by, object, from, { holder: { kind: 'identity', id: by.arn }, why });
  }

  /** Somebody whom the truth knows better than the session's name tells. */
  readFor(
    by: AwsIdentity,
    { path, reference }: SimulatedObject,
    from: Client,
    { holder, why }: { holder: TrueHolder; why: string },
  ): void {
    const answer = this.secrets.get(path, by, from);
    if (answer === null) return;
    this.trail.truth.read(holder, reference, answer.version, answer.at, why);
  }

  #logIn(
    cluster: Cluster,
    pod: PodRecord,
    spec: SecretProviderClass,
    known: VolumeState | null,
  ): AwsIdentity {
    if (isOfPodIdentity(spec)) {
      const age = this.trail.now - (known?.identity.createdAt ?? 0);
      if (known !== null && age < session_microseconds_max) return known.identity;
      return this.sessionOfPod(cluster, pod);
    }
    const from = { address: this.egressOf(cluster), userAgent: loginAgent };
    const session = this.tokens.withWebIdentity(cluster, pod, this.roleOf(pod), from);
    this.#belongs(cluster, pod, session);
    return session;
  }

  /** Driver 1.5 tells which versions it has: one that is current still is not read again. */
  #fetchOne(
    cluster: Cluster,
    object: ClassObject,
    state: VolumeState,
    isPoll: boolean,
  ): { version: string; value: string } | null {
    const { objectName, objectVersion } = object;
    const from = { address: this.egressOf(cluster), userAgent: providerAgent };
    const pinned = typeof objectVersion === 'string' && objectVersion !== '' ? objectVersion : null;
    const held = state.held.get(objectName);
    if (isPoll && cluster.driver === '1.5' && held !== undefined) {
      if (pinned !== null) return held;
      const isCurrent = this.secrets.isCurrent(objectName, held.version, state.identity, from);
      if (isCurrent) return held;
    }
    const part = pinned === null ? {} : { version: pinned };
    return this.secrets.get(objectName, state.identity, from, part);
  }

  #belongs(cluster: Cluster, pod: PodRecord, session: AwsIdentity): void {
    const from = `pod:${cluster.name}/${pod.uid}`;
    this.trail.truth.linked('logged_in', from, `provider_session:aws/${session.accessKeyId}`);
  }

  #user(by: Person): AwsIdentity {
    return this.tokens.user(by.name);
  }

  #clientOf(by: Person): Client {
    return { address: by.address, userAgent: cliAgent };
  }

  #next(path: string): string {
    return this.#value(path, this.secrets.versions(path).length + 1);
  }

  #value(name: string, number: number): string {
    return `${name}-${number}-${this.trail.random.hex(24)}`;
  }
}

function isOfPodIdentity({ parameters }: SecretProviderClass): boolean {
  return parameters.usePodIdentity === 'true';
}

function audienceOf(isPodIdentity: boolean): string {
  return isPodIdentity ? 'pods.eks.amazonaws.com' : 'sts.amazonaws.com';
}

/** The status calls an object after its file, and each part of it that is a file too after that. */
function statusIds({ objectName, objectAlias, jmesPath }: ClassObject): string[] {
  const file = typeof objectAlias === 'string' ? objectAlias : objectName;
  const parts = Array.isArray(jmesPath) ? (jmesPath as { objectAlias: string }[]) : [];
  return [file, ...parts.map((part) => part.objectAlias)].map((name) => name.replaceAll('/', '_'));
}
