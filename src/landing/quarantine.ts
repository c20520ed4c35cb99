import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CustodyError } from '../errors.ts';

const nonce_bytes = 12;
const tag_bytes = 16;

/** What a sealed record is bound to: moved to another place or hash, it no longer opens. */
export interface SealedPlace {
  position: number;
  sha256_source: Uint8Array;
}

/**
 * Encrypts the bytes of a quarantined record: deflated, then AES-256-GCM under the quarantine key.
 *
 * Bytes that are not what their source promises cannot be redacted by place, and may hold a live
 * credential. Layout: nonce, cipher text, tag.
 */
export function sealRecord(bytes: Uint8Array, key: Uint8Array, place: SealedPlace): Buffer {
  const nonce = randomBytes(nonce_bytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(boundTo(place));
  const sealed = cipher.update(deflateRawSync(bytes, { level: 1 }));
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]);
}

/** Opens a sealed record; fails when the key is another, or one bit was changed. */
export function openSealed(sealed: Uint8Array, key: Uint8Array, place: SealedPlace): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonce_bytes));
    decipher.setAAD(boundTo(place));
    decipher.setAuthTag(sealed.subarray(sealed.length - tag_bytes));
    const deflated = decipher.update(sealed.subarray(nonce_bytes, sealed.length - tag_bytes));
    return inflateRawSync(Buffer.concat([deflated, decipher.final()]));
  } catch (error) {
    throw new CustodyError(
      'STORE_DAMAGED',
      `Cannot open the quarantined record at position ${place.position}: its seal does not match`,
      { hint: 'the store key is another, or the file was changed', cause: error },
    );
  }
}

function boundTo(place: SealedPlace): Buffer {
  const hash = Buffer.from(place.sha256_source).toString('hex');
  return Buffer.from(`custody-quarantine ${place.position} ${hash}`);
}
