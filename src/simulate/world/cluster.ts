import { auditLog } from '../../sources/k8s_audit/emit/audit-lines.ts';
import {
  controllerActor,
  driverNamespace,
  kubeletActor,
  providerNamespace,
  schedulerActor,
  serviceAccountActor,
} from './actors.ts';
import {
  type Actor,
  type ApiRequest,
  fullPolicy,
  type Policy,
  type RequestLine,
  type RequestWriter,
} from './api-request.ts';
import { classBody, createdStatus, driverGroup, objectsOf } from './bodies.ts';
import type { Clock } from './clock.ts';
import type {
  ClassObject,
  ClusterNode,
  KubernetesSecret,
  PodRecord,
  ProviderPod,
  SecretObject,
  SecretProviderClass,
} from './kinds.ts';
import type { LineSink, LogLine } from './log-line.ts';
import { announceProvider } from './provider-pod.ts';
import type { Random } from './random.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { TrueHolder, Truth } from './truth.ts';

export interface ClusterOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** As `--cluster` will name it; `default` where it is not given. */
  name?: string;
  policy?: Policy;
  /** How its log writes a request. */
  writer?: RequestWriter;
  /** Where its lines go, instead of into `lines`. */
  sink?: LineSink;
  driver?: '1.5' | '1.6';
  /** Who asks for the token that Vault gets: the kubelet for the driver, or the provider itself. */
  tokensBy?: 'kubelet' | 'provider';
  /** null: the provider could not get its key, and reports no versions. */
  hmacKey?: Buffer | null;
  servers?: number;
  network?: string;
  authMount?: string;
  /** How the provider logs in; `mapped` is JWT auth with claim mappings. */
  login?: 'kubernetes' | 'jwt' | 'mapped';
  /** False: the log starts later than the provider pods, and no record tells their addresses. */
  announceProviders?: boolean;
}

/** A Kubernetes cluster as its API servers log it: nodes, classes and who may write what. */
export class Cluster {
  readonly name: string;
  /** Every line, unless they go elsewhere. */
  readonly lines: LogLine[] = [];
  readonly clock: Clock;
  readonly random: Random;
  readonly truth: Truth;
  readonly driver: '1.5' | '1.6';
  readonly tokensBy: 'kubelet' | 'provider';
  readonly hmacKey: Buffer | null;
  readonly authMount: string;
  readonly login: 'kubernetes' | 'jwt' | 'mapped';
  readonly nodes: ClusterNode[] = [];
  readonly classes: SecretProviderClass[] = [];
  /** Mount statuses that exist, `namespace/name` to uid. */
  readonly statuses = new Map<string, string>();
  readonly pods: PodRecord[] = [];
  /** Secrets that exist, by `namespace/name`, and the watches that see what is written to them. */
  readonly secrets = new Map<string, KubernetesSecret>();
  readonly watches = new Set<SecretWatch>();
  readonly policy: Policy;
  readonly #writer: RequestWriter;
  readonly #sink: LineSink;
  readonly #servers: number;
  readonly #network: string;
  readonly #announceProviders: boolean;
  readonly #accountUids = new Map<string, string>();
  readonly #controllers = new Map<string, Actor>();
  #addresses = 10;
  #resourceVersion = 48_100;

  constructor(options: ClusterOptions) {
    this.name = options.name ?? 'default';
    this.clock = options.clock;
    this.random = options.random;
    this.truth = options.truth;
    this.driver = options.driver ?? '1.5';
    this.tokensBy = options.tokensBy ?? 'kubelet';
    this.hmacKey =
      options.hmacKey === undefined ? Buffer.from(options.random.hex(64), 'hex') : options.hmacKey;
    this.authMount = options.authMount ?? 'kubernetes';
    this.login = options.login ?? 'kubernetes';
    this.policy = options.policy ?? fullPolicy;
    this.#writer = options.writer ?? auditLog;
    this.#sink = options.sink ?? this.lines;
    this.#servers = options.servers ?? 1;
    this.#network = options.network ?? '10.244';
    this.#announceProviders = options.announceProviders ?? true;
  }

  /** Sends one request to one of the API servers; gives the time at which it was done. */
  request(request: ApiRequest): number {
    const received = this.clock.tick();
    const completed = received + this.random.integer(1_200, 14_000);
    const writer = this.random.integer(0, this.#servers - 1);
    const times = { received, completed };
    const lines = this.#writer.lines(request, this.policy, this.random.uuid(), times);
    this.#log(lines, request, writer, times);
    this.clock.now = completed;
    return completed;
  }

  /** A request that lasts: `ResponseStarted` now, `ResponseComplete` when it is closed. */
  open(request: ApiRequest): { startedAt: number; close: () => number } {
    const long = { ...request, longRunning: true };
    const auditId = this.random.uuid();
    const received = this.clock.tick();
    const startedAt = received + this.random.integer(1_200, 14_000);
    const writer = this.random.integer(0, this.#servers - 1);
    const started = { received, completed: startedAt };
    this.#log(this.#writer.lines(long, this.policy, auditId, started), long, writer, started);
    this.clock.now = startedAt;
    const close = () => {
      const times = { received, completed: this.clock.tick() };
      this.#log(this.#writer.endLines(long, this.policy, auditId, times), long, writer, times);
      return times.completed;
    };
    return { startedAt, close };
  }

  #log(
    lines: RequestLine[],
    request: ApiRequest,
    writer: number,
    times: { received: number; completed: number },
  ): void {
    for (const line of lines) {
      const at = line.opening ? times.received : times.completed;
      this.#sink.push({ ...line, at, needed: request.needed ?? true, writer });
    }
  }

  resourceVersion(): number {
    this.#resourceVersion += this.random.integer(1, 7);
    return this.#resourceVersion;
  }

  addNode(name: string): ClusterNode {
    const index = this.nodes.length + 1;
    const node: ClusterNode = {
      name,
      uid: this.random.uuid(),
      address: `10.0.1.${index + 10}`,
      certificate: this.random.hex(64),
      provider: { name: '', uid: '', address: '' },
      driver: { name: `csi-secrets-store-${this.random.nameSuffix(5)}`, uid: this.random.uuid() },
    };
    this.nodes.push(node);
    this.startProvider(node);
    return node;
  }

  /** A provider pod starts on the node: another name, uid and, unless told, address. */
  startProvider(node: ClusterNode, address?: string): ProviderPod {
    node.provider = {
      name: `vault-csi-provider-${this.random.nameSuffix(5)}`,
      uid: this.random.uuid(),
      address: address ?? this.podAddress(node),
    };
    if (this.#announceProviders) announceProvider(this, node);
    return node.provider;
  }

  podAddress(node: ClusterNode): string {
    this.#addresses += 1;
    return `${this.#network}.${this.nodes.indexOf(node) + 1}.${this.#addresses}`;
  }

  accountUid(namespace: string, serviceAccount: string): string {
    const key = `${namespace}/${serviceAccount}`;
    const uid = this.#accountUids.get(key) ?? this.random.uuid();
    this.#accountUids.set(key, uid);
    return uid;
  }

  controller(name: string): Actor {
    const actor =
      this.#controllers.get(name) ?? controllerActor(name, this.accountUid('kube-system', name));
    this.#controllers.set(name, actor);
    return actor;
  }

  kubelet(node: ClusterNode): Actor {
    return kubeletActor(node.name, node.address, node.certificate);
  }

  /** The driver on one node; driver 1.5 rotates under a user agent of its own. */
  driverActor(node: ClusterNode, part: 'controller' | 'rotation' = 'controller'): Actor {
    const version = this.driver === '1.6' ? 'v1.6.0' : 'v1.5.6';
    return serviceAccountActor(driverNamespace, 'secrets-store-csi-driver', {
      uid: this.accountUid(driverNamespace, 'secrets-store-csi-driver'),
      userAgent: `csi-secrets-store/${part}/${version} (linux/amd64) 6f3b1d2c/2026-02-27`,
      address: node.address,
      extra: {
        'authentication.kubernetes.io/node-name': [node.name],
        'authentication.kubernetes.io/node-uid': [node.uid],
        'authentication.kubernetes.io/pod-name': [node.driver.name],
        'authentication.kubernetes.io/pod-uid': [node.driver.uid],
      },
    });
  }

  providerActor(node: ClusterNode): Actor {
    return serviceAccountActor(providerNamespace, 'vault-csi-provider', {
      uid: this.accountUid(providerNamespace, 'vault-csi-provider'),
      userAgent: 'vault-csi-provider/v0.0.0 (linux/amd64) kubernetes/$Format',
      address: node.provider.address,
    });
  }

  /** Applies a SecretProviderClass; `quiet` where that happened before the log began. */
  applyClass(
    by: Actor,
    spec: {
      namespace: string;
      name: string;
      role?: string;
      authMount?: string;
      vaultNamespace?: string;
      /** Another provider than Vault, and what its parameters are. */
      provider?: string;
      parameters?: Record<string, string>;
      objects: ClassObject[];
      secretObjects?: SecretObject[];
    },
    quiet = false,
  ): SecretProviderClass {
    const made: SecretProviderClass = {
      uid: this.random.uuid(),
      appliedAt: this.clock.now,
      provider: spec.provider ?? 'vault',
      parameters: spec.parameters ?? {
        roleName: spec.role ?? spec.namespace,
        vaultAddress: 'https://vault.example.net:8200',
        vaultAuthMountPath: spec.authMount ?? this.authMount,
        vaultNamespace: spec.vaultNamespace,
      },
      namespace: spec.namespace,
      name: spec.name,
      objects: spec.objects,
      ...(spec.secretObjects === undefined ? {} : { secretObjects: spec.secretObjects }),
    };
    this.classes.push(made);
    if (quiet) return made;
    this.request({
      actor: by,
      verb: 'create',
      group: driverGroup,
      resource: 'secretproviderclasses',
      namespace: spec.namespace,
      name: spec.name,
      query: 'fieldManager=kubectl-client-side-apply&fieldValidation=Strict',
      requestObject: classBody(made, null),
      responseObject: classBody(made, this.clock.now),
    });
    return made;
  }

  /** The class is edited: pods that start from now on mount what it says now. */
  editClass(
    by: Actor,
    spec: SecretProviderClass,
    objects: ClassObject[],
    how: 'update' | 'patch',
  ): void {
    spec.objects = objects;
    const whole = classBody(spec, this.clock.now);
    const change = { spec: { parameters: objectsOf(spec) } };
    this.request({
      actor: by,
      verb: how,
      group: driverGroup,
      resource: 'secretproviderclasses',
      namespace: spec.namespace,
      name: spec.name,
      ...(how === 'update' ? { uid: spec.uid } : { query: 'fieldManager=kubectl-edit' }),
      requestObject: how === 'update' ? whole : change,
      responseObject: whole,
    });
  }

  class(namespace: string, name: string): SecretProviderClass {
    const found = this.classes.find((one) => one.namespace === namespace && one.name === name);
    if (found === undefined) throw new Error(`no SecretProviderClass ${namespace}/${name}`);
    return found;
  }

  /** A pod as a holder. */
  holder(pod: PodRecord): TrueHolder {
    return {
      kind: 'pod',
      id: pod.uid,
      cluster: this.name,
      namespace: pod.namespace,
      name: pod.name,
      node: pod.node.name,
    };
  }

  /** The scheduler's binding: even at Metadata its objectRef has the pod's uid. */
  bind(namespace: string, name: string, uid: string, node: ClusterNode): number {
    return this.request({
      actor: schedulerActor(),
      verb: 'create',
      resource: 'pods',
      subresource: 'binding',
      namespace,
      name,
      uid,
      requestObject: {
        kind: 'Binding',
        apiVersion: 'v1',
        metadata: { name, namespace, uid, creationTimestamp: null },
        target: { kind: 'Node', name: node.name },
      },
      responseObject: createdStatus,
    });
  }
}
