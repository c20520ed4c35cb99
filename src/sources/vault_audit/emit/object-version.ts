import { createHmac } from 'node:crypto';

/** One entry of `parameters.objects` of a SecretProviderClass for the Vault provider. */
export type ProviderObject = {
  objectName: string;
  /** As the class writes it: `secret/data/payments/stripe`, possibly with `?version=2`. */
  secretPath: string;
  /** Left out: the file holds the whole answer of Vault, request id included. */
  secretKey?: string;
};

/**
 * What vault-csi-provider reports as the version of an object: base64url of an HMAC over the object's
 * configuration (Go's JSON of the struct) and the bytes of the file. It is no KV version number.
 * https://github.com/hashicorp/vault-csi-provider, internal/provider/provider.go
 */
export function reportedVersion(
  key: Buffer | null,
  object: ProviderObject,
  content: string,
): string {
  if (key === null) return '';
  const config = JSON.stringify({
    ObjectName: object.objectName,
    SecretPath: object.secretPath,
    SecretKey: object.secretKey ?? '',
    Method: '',
    SecretArgs: null,
    FilePermission: 0,
    Encoding: '',
  }).replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  const hash = createHmac('sha256', key).update(config).update(content).digest('base64');
  return hash.replaceAll('+', '-').replaceAll('/', '_');
}
