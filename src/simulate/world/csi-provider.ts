import type { Cluster } from './cluster.ts';
import type { ClassObject, PodRecord, SecretProviderClass } from './kinds.ts';

/** How the file of an entry is called, which is how the class's Secrets name it. */
export function fileOf({ objectName, objectAlias, objectType }: ClassObject): string {
  if (typeof objectAlias === 'string') return objectAlias;
  return objectType === 'secretsmanager' ? objectName.replaceAll('/', '_') : objectName;
}

/** One object of a class as the provider fetched it for a volume. */
export interface Fetched {
  /** As Custody writes the object: `vault:secret/payments/stripe`. */
  reference: string;
  /** The provider's own version; null where it has none. */
  version: string | null;
  /** What the mount status will say its version is; empty where the provider says none. */
  reported: string;
  /** What the mount status calls it, where that is not its name: one id, or more for its parts. */
  statusIds?: string[];
  /** The file. */
  content: string;
  /** Whether equal `reported` means equal content, and another one another. */
  tellsContent: boolean;
}

/**
 * A provider of the Secrets Store CSI Driver and the service behind it: what the driver calls for a
 * volume. Whatever it asks of the service is in the service's log.
 */
export interface CsiProvider {
  /** `spec.provider` of the classes it serves. */
  readonly id: string;

  /**
   * Fetches all objects of a class for a pod, at a mount (`session` is null) or a later poll (what the
   * fetch before gave). `objects` is null where the service refused one: nothing is mounted then.
   */
  fetch(
    cluster: Cluster,
    pod: PodRecord,
    spec: SecretProviderClass,
    session: unknown,
  ): { session: unknown; objects: Map<ClassObject, Fetched> | null };

  /** The provider's pod on the node lost what it had cached: a new session for this volume. */
  logInAgain(
    cluster: Cluster,
    pod: PodRecord,
    spec: SecretProviderClass,
    session: unknown,
  ): unknown;
}
