import { hkdfSync } from 'node:crypto';

/** The keys a store works with, each for one purpose and all derived from the store's one key. */
export interface StoreKeys {
  /** Fingerprints of redacted values: what `leak` looks a value up by. */
  fingerprint: Buffer;
  /** `sha256_source` of records that are redacted or quarantined. */
  recordHash: Buffer;
  /** Encryption of quarantined bytes. */
  quarantine: Buffer;
}

const keyBytes = 32;

/**
 * Derives the keys of a store from its master key by HKDF-SHA256 (RFC 5869), one label a purpose,
 * so that a fingerprint can never be used to test a guess about a record hash.
 */
export function deriveKeys(master: Buffer): StoreKeys {
  return {
    fingerprint: derive(master, 'fingerprint'),
    recordHash: derive(master, 'record-hash'),
    quarantine: derive(master, 'quarantine'),
  };
}

function derive(master: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), label, keyBytes));
}
