import { CustodyError } from '../errors.ts';
import { openBytes, sealBytes } from './sealed-bytes.ts';

/** What a sealed record is bound to: moved to another place or hash, it no longer opens. */
export interface SealedPlace {
  position: number;
  sha256_source: Uint8Array;
}

/**
 * Encrypts the bytes of a quarantined record under the quarantine key.
 *
 * Bytes that are not what their source promises cannot be redacted by place, and may hold a live
 * credential.
 */
export function sealRecord(bytes: Uint8Array, key: Uint8Array, place: SealedPlace): Buffer {
  return sealBytes(bytes, key, boundTo(place));
}

/** Opens a sealed record; fails when the key is another, or one bit was changed. */
export function openSealed(sealed: Uint8Array, key: Uint8Array, place: SealedPlace): Buffer {
  try {
    return openBytes(sealed, key, boundTo(place));
  } catch (error) {
    throw new CustodyError(
      'STORE_DAMAGED',
      `Cannot open the quarantined record at position ${place.position}: its seal does not match`,
      { hint: 'the store key is another, or the file was changed', cause: error },
    );
  }
}

function boundTo(place: SealedPlace): string {
  const hash = Buffer.from(place.sha256_source).toString('hex');
  return `custody-quarantine ${place.position} ${hash}`;
}
