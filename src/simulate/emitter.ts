import type { Actor, RequestWriter } from './world/api-request.ts';
import type { Clock } from './world/clock.ts';
import type { Cluster } from './world/cluster.ts';
import type { CsiProvider } from './world/csi-provider.ts';
import type { ClassObject, ClusterNode, PodRecord } from './world/kinds.ts';
import type { LineSink } from './world/log-line.ts';
import type { Random } from './world/random.ts';
import type { Truth } from './world/truth.ts';

/**
 * What a log source can write of a played world. A source that has one exports it as `emitter` from
 * `emit.ts` beside its `source.ts`; `npm run generate` lists it, and the generator needs no other word.
 */
export interface Emitter {
  /** The source's id: the folder its files are written to. */
  source: string;
  /** A log of the API requests of a cluster. */
  requests?: RequestWriter;
  /** A provider of the driver with the service behind it, and that service's log. */
  provider?: (part: ProviderPart) => SimulatedProvider;
  /** Snapshots of a cluster, as somebody takes them when the incident is known. */
  snapshots?: (cluster: Cluster) => { name: string; text: string }[];
}

/** What a provider's service plays in. */
export interface ProviderPart {
  clock: Clock;
  random: Random;
  truth: Truth;
  sink: LineSink;
  /** Where the containers of driver and provider in a cluster write what they have to say. */
  containers: (cluster: string) => LineSink;
  /** Seconds by which the service's clock is ahead of the clusters'. */
  clockSkew: number;
}

/** A person or machine that calls the service directly. */
export interface Caller {
  address: string;
  userAgent?: string;
}

/** A person as the provider's service knows her. */
export interface Person extends Caller {
  name: string;
}

/** A service account, and whose parameters the classes of its pods have. */
export interface Account {
  namespace: string;
  serviceAccount: string;
  identity: string;
}

/** A credential that lies in the service. */
export interface SimulatedObject {
  /** As Custody writes it. */
  reference: string;
  /** As the service calls it. */
  path: string;
  /** The entries of a class that mounts one field of it, and the whole parameters beside them. */
  classObjects: ClassObject[];
}

/** A service that keeps credentials, with all that the generator has people and pods do to it. */
export interface SimulatedProvider extends CsiProvider {
  /** How many logs it writes side by side. */
  readonly writers: number;
  /** An object that is there, with so many versions, before the log begins. */
  makeObject(namespace: string, name: string, versions: number): SimulatedObject;
  /** Parameters of a class of that namespace, the objects apart. */
  parameters(cluster: Cluster, namespace: string): Record<string, string>;
  /** As Custody calls that person where this service's log names her. */
  identityOf(by: Person): string;
  /** Somebody writes the next version; the truth learns who. */
  rotate(object: SimulatedObject, by: Person): void;
  /** Somebody reads the values; the truth learns of a holder. */
  read(object: SimulatedObject, by: Person, why: string): void;
  /** Somebody asks, and is refused: no holder. */
  readRefused(object: SimulatedObject, by: Person): void;
  /** Somebody reads what shows no value. */
  readMetadata(object: SimulatedObject, by: Person): void;
  /** The token of the pod is used from elsewhere; gives a way to come back with the same session. */
  steal(cluster: Cluster, pod: PodRecord, object: SimulatedObject, from: Caller): () => void;
  /** Every mount of that object by that account is refused from now on. */
  refuse(account: Account, object: SimulatedObject): void;
  /** Puts an operator into the cluster that copies objects of this service into Secrets, if there is one. */
  installCopier?(cluster: Cluster, by: Actor, node: ClusterNode): Copier;
  /** Everyday lines that no truth rests on. */
  noise(): NoiseTemplate[];
}

/** An operator in a cluster: declares a copy, and gives a way to have it look again. */
export type Copier = (
  by: Actor,
  copy: { namespace: string; object: SimulatedObject; secretName: string },
) => () => void;

/** When and what a line of noise is filled with. */
export interface Filling {
  /** Microseconds; when the line is written. */
  at: number;
  random: Random;
  /** An id that all lines of one act share. */
  id: string;
}

/** An everyday act: its lines, in pieces between which the changing values go. */
export interface NoiseTemplate {
  /** How often, beside the others. */
  weight: number;
  lines: {
    pieces: string[];
    fill: ((filling: Filling) => string)[];
    /** Microseconds after the act's first line. */
    after: number;
    opening: boolean;
  }[];
}
