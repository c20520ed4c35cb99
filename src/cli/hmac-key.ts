import { readFileSync } from 'node:fs';
import { CustodyError } from '../errors.ts';

/**
 * Reads the HMAC key of the Vault CSI provider: 32 bytes, raw, base64 (as `kubectl get secret` shows
 * them) or hex. The provider keeps them in the Secret `vault-csi-provider-hmac-key`, key `key`.
 *
 * @throws CustodyError BAD_OPTION; the file is never quoted
 */
export function readHmacKey(path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new CustodyError('BAD_OPTION', `Cannot read key file "${path}": ${code}`, {
      hint: "kubectl get secret vault-csi-provider-hmac-key -o jsonpath='{.data.key}' prints the key",
      cause: error,
    });
  }
  if (bytes.length === 32) return bytes;
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  const decoded = Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text) && decoded.length === 32) return decoded;
  throw new CustodyError(
    'BAD_OPTION',
    `Cannot read key file "${path}": it does not hold 32 bytes`,
    {
      hint: 'give the key as raw bytes, base64 or hex',
    },
  );
}
