import { createHmac } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';

/** A version that the driver would report for a known value, and where it would report it. */
export interface RecomputedVersion {
  cluster: string;
  namespace: string;
  class: string;
  object_id: string;
  object: string;
  field: string | null;
  reported_version: string;
}

/**
 * Recomputes the version that the Vault (and OpenBao) CSI provider reports for an object:
 * base64url of HMAC-SHA256(key, configuration + content).
 *
 * https://github.com/hashicorp/vault-csi-provider/blob/main/internal/provider/provider.go
 *
 * @param configuration the object's entry as Go's encoding/json prints it
 * @param content the exact bytes of the mounted file, after decoding
 */
export function recomputeObjectVersion(
  configuration: string,
  content: Uint8Array,
  key: Uint8Array,
): string {
  const version = createHmac('sha256', key).update(configuration).update(content).digest('base64');
  return version.replaceAll('+', '-').replaceAll('/', '_');
}

/**
 * Recomputes, for one known value, the version of every configured object that could carry it.
 *
 * @param objects canonical references; null for every object that any SecretProviderClass names
 */
export async function recomputeObjectVersions(
  connection: DuckDBConnection,
  objects: readonly string[] | null,
  value: Uint8Array,
  key: Uint8Array,
): Promise<RecomputedVersion[]> {
  const reader = await connection.runAndReadAll(
    `select distinct cluster, namespace, class, object_id, object, field, configuration
    from object_configuration
    where $objects is null
      or list_contains(from_json($objects::json, '["varchar"]'), object)
    order by all`,
    { objects: objects === null ? null : JSON.stringify(objects) },
  );
  return reader.getRowObjectsJson().map(({ configuration, ...place }) => ({
    ...(place as unknown as Omit<RecomputedVersion, 'reported_version'>),
    reported_version: recomputeObjectVersion(configuration as string, value, key),
  }));
}
