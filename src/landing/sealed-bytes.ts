import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const nonce_bytes = 12;
const tag_bytes = 16;

/**
 * Encrypts bytes: deflated, then AES-256-GCM. Layout: nonce, cipher text, tag.
 *
 * @param key 32 bytes
 * @param boundTo what the bytes belong to: told otherwise, they no longer open
 */
export function sealBytes(bytes: Uint8Array, key: Uint8Array, boundTo: string): Buffer {
  const nonce = randomBytes(nonce_bytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(boundTo));
  const sealed = cipher.update(deflateRawSync(bytes, { level: 1 }));
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]);
}

/** Opens sealed bytes; throws when the key or what they belong to is another, or a bit was changed. */
export function openBytes(sealed: Uint8Array, key: Uint8Array, boundTo: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonce_bytes));
  decipher.setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(sealed.subarray(sealed.length - tag_bytes));
  const deflated = decipher.update(sealed.subarray(nonce_bytes, sealed.length - tag_bytes));
  return inflateRawSync(Buffer.concat([deflated, decipher.final()]));
}
