import { hmacSha256 } from './hmac-sha256.ts';
import type { StoreKeys } from './keys.ts';

/** How a redacted value reads in what is stored; the fingerprint of the whole value follows. */
export const redactedPrefix = 'redacted:hmac-sha256:';

/** HMAC-SHA256 of one value under the store's fingerprint key, lower-case hex. */
export function fingerprint(keys: StoreKeys, value: Buffer): string {
  return hmacSha256(keys.fingerprint, value).toString('hex');
}

/**
 * The fingerprints one value is known by: of the value itself first, then without the line ends
 * behind it, then of what it holds when it is base64, with and without line ends.
 *
 * Both sides of a look-up go through here, so a value leaked in plain meets its base64 form in a
 * Secret body, and `echo` without `-n` on either side does no harm.
 */
export function fingerprintsOfValue(keys: StoreKeys, value: Buffer): string[] {
  const forms = [value, withoutLineEnds(value)];
  const decoded = decodeBase64(withoutLineEnds(value));
  if (decoded !== null) forms.push(decoded, withoutLineEnds(decoded));
  const different = forms.filter(
    (form, index) => form.length > 0 && forms.findIndex((each) => each.equals(form)) === index,
  );
  return different.map((form) => fingerprint(keys, form));
}

function withoutLineEnds(value: Buffer): Buffer {
  let end = value.length;
  while (end > 0 && (value[end - 1] === 10 || value[end - 1] === 13)) end -= 1;
  return value.subarray(0, end);
}

/** Strict base64 or base64url, line breaks inside allowed (MIME); null for everything else. */
function decodeBase64(value: Buffer): Buffer | null {
  if (value.length < 2) return null;
  const text = value.toString('latin1').replace(/[\r\n]+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  const digits = text.replace(/=+$/, '').length;
  if (digits % 4 === 1) return null;
  if (text.length !== digits && text.length % 4 !== 0) return null;
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === 0 ? null : decoded;
}
