import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { CustodyError } from '../errors.ts';
import { openBytes, sealBytes } from '../landing/sealed-bytes.ts';
import { type TruthFile, truthFileSchema } from './truth-file.ts';

const mark = 'custody-truth-1\n';

/** Writes the truth encrypted; gives the key that opens it, which is kept nowhere else. */
export function sealTruth(path: string, truth: TruthFile): string {
  const key = randomBytes(32);
  const sealed = sealBytes(Buffer.from(JSON.stringify(truth)), key, mark);
  writeFileSync(path, Buffer.concat([Buffer.from(mark), sealed]), { flag: 'wx' });
  return key.toString('base64url');
}

/**
 * Opens what `sealTruth` wrote.
 *
 * @throws CustodyError UNREADABLE_INPUT where the file is none, BAD_OPTION where the key does not open it
 */
export function openTruth(path: string, key: string): TruthFile {
  const bytes = readSealed(path);
  const keyBytes = Buffer.from(key.trim(), 'base64url');
  if (keyBytes.length !== 32) {
    throw new CustodyError('BAD_OPTION', `Cannot open "${path}": that is no key of a story`, {
      hint: 'a key is the 43 letters that custody simulate --story printed',
    });
  }
  try {
    const text = openBytes(bytes.subarray(mark.length), keyBytes, mark).toString();
    return truthFileSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CustodyError('BAD_OPTION', `Cannot open "${path}": the key does not fit`, {
      hint: 'the key is that of another story, or the file was changed',
      cause: error,
    });
  }
}

function readSealed(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    if (bytes.subarray(0, mark.length).toString() === mark) return bytes;
  } catch (error) {
    throw new CustodyError('UNREADABLE_INPUT', `Cannot open "${path}": it cannot be read`, {
      hint: 'custody simulate --story writes truth.sealed into its folder',
      cause: error,
    });
  }
  throw new CustodyError('UNREADABLE_INPUT', `Cannot open "${path}": it is no sealed truth`, {
    hint: 'custody simulate --story writes one: truth.sealed',
  });
}
