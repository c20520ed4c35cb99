import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustodyError } from '../errors.ts';
import { linkInto, writeSynced } from './durable-file.ts';

const key_bytes = 32;

/** Where the store key lies; whoever has this file can open the quarantine and test guesses. */
function keyFilePath(storeFolder: string): string {
  return join(storeFolder, 'keys', 'store.key');
}

/** Makes the store key unless there is one: of several processes that try, one wins. */
export function createKeyFile(storeFolder: string, incomingFile: string): void {
  const text = `${randomBytes(key_bytes).toString('hex')}\n`;
  writeSynced(incomingFile, Buffer.from(text), 0o600);
  linkInto(incomingFile, keyFilePath(storeFolder));
}

/** Reads the store key: 64 hex digits and a line end. The error never quotes the file. */
export function readKeyFile(storeFolder: string): Buffer {
  const path = keyFilePath(storeFolder);
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    throw new CustodyError('STORE_DAMAGED', `Cannot read the store key "${path}": not readable`, {
      hint: 'restore keys/store.key from a backup: without it fingerprints cannot be compared',
      cause: error,
    });
  }
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new CustodyError(
      'STORE_DAMAGED',
      `Cannot read the store key "${path}": it is not 64 hex digits`,
      { hint: 'restore keys/store.key from a backup' },
    );
  }
  return Buffer.from(text.trim(), 'hex');
}
