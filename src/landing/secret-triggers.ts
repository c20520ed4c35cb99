/**
 * The cheap half of finding secrets in texts: called at the few bytes that stand in every token of a
 * known format, it may say yes too often and never too rarely. `secret-text.ts` is the exact half.
 */

const dot = 46;
const dash = 45;
const underscore = 95;

/**
 * Whether the byte at `at`, one of `. _ J - B @ = %` and space, may belong to a secret; `from` is
 * where its text begins.
 */
export function looksLikeToken(
  bytes: Uint8Array,
  at: number,
  from: number,
  limit: number,
): boolean {
  const before = at > from ? (bytes[at - 1] as number) : 0;
  switch (bytes[at]) {
    case dot:
      return (before === 115 || before === 98 || before === 114) && vaultToken(bytes, at, from);
    case underscore:
      return follows(bytes, at, from, underscorePrefixes);
    case 74:
      return before === 121 && bytes[at - 2] === 101 && jsonWebToken(bytes, at, limit);
    case dash:
      return before === 45
        ? false
        : (before === 116 || isSlackLetter(before)) && follows(bytes, at, from, dashPrefixes);
    case 66:
      return before === dash && bytes[at - 2] === dash;
    case 64:
      return userInfo(bytes, at, from);
    case 61:
      return secretName(bytes, at, from);
    case 37:
      return (
        (isPercent(bytes, at, 51, 100) && secretName(bytes, at, from)) ||
        (before === 114 && endsIn(bytes, at, from, 'bearer'))
      );
    case 32:
      return (
        (before === 114 && endsIn(bytes, at, from, 'bearer')) ||
        (before === 99 && endsIn(bytes, at, from, 'basic'))
      );
    default:
      return false;
  }
}

const underscorePrefixes = ['ghp', 'gho', 'ghu', 'ghs', 'ghr', 'github', 'sk', 'rk', 'sk_live'];
const dashPrefixes = ['glpat', 'xoxa', 'xoxb', 'xoxc', 'xoxd', 'xoxe', 'xoxo', 'xoxp', 'xoxr'];
dashPrefixes.push('xoxs', 'xapp');

/** Ends of parameter names whose values are secret, in lower case. */
const secretNameEnds = ['token', 'password', 'passwd', 'passphrase', 'pwd', 'secret', 'key'];
secretNameEnds.push('jwt', 'sig', 'signature', 'credential', 'credentials', 'pass', 'auth');

const nameLastLetters = new Uint8Array(256);
for (const name of secretNameEnds) nameLastLetters[name.charCodeAt(name.length - 1)] = 1;

function isSlackLetter(byte: number): boolean {
  return byte >= 97 && byte <= 115;
}

/** `hvs.` `hvb.` `hvr.`, or the old `s.` with nothing of a name before it. */
function vaultToken(bytes: Uint8Array, at: number, from: number): boolean {
  if (at - from >= 3 && bytes[at - 2] === 118 && bytes[at - 3] === 104) return true;
  if (at - from < 2) return true;
  return !isNameByte(bytes[at - 2] as number) || bytes[at - 3] === 92;
}

function isNameByte(byte: number): boolean {
  const letter = byte | 32;
  return (letter >= 97 && letter <= 122) || (byte >= 48 && byte <= 57) || byte === 45;
}

/** Whether base64url goes on from here up to a dot. */
function jsonWebToken(bytes: Uint8Array, at: number, limit: number): boolean {
  let end = at + 1;
  while (end < limit && (isNameByte(bytes[end] as number) || bytes[end] === underscore)) end += 1;
  return end < limit && bytes[end] === dot;
}

function follows(bytes: Uint8Array, at: number, from: number, words: readonly string[]): boolean {
  for (const word of words) if (endsIn(bytes, at, from, word)) return true;
  return false;
}

function endsIn(bytes: Uint8Array, at: number, from: number, word: string): boolean {
  const start = at - word.length;
  if (start < from) return false;
  for (let index = 0; index < word.length; index += 1) {
    if (((bytes[start + index] as number) | 32) !== (word.charCodeAt(index) | 32)) return false;
  }
  return true;
}

/** `://` before an `@` with no slash, quote or space between them. */
function userInfo(bytes: Uint8Array, at: number, from: number): boolean {
  for (let back = at - 1; back > from; back -= 1) {
    const byte = bytes[back] as number;
    if (byte === 47) return bytes[back - 1] === 47 || bytes[back - 1] === 92;
    if (byte <= 32 || byte === 34) return false;
  }
  return false;
}

function secretName(bytes: Uint8Array, at: number, from: number): boolean {
  if (at === from || nameLastLetters[(bytes[at - 1] as number) | 32] === 0) return false;
  return follows(bytes, at, from, secretNameEnds);
}

function isPercent(bytes: Uint8Array, at: number, high: number, low: number): boolean {
  return bytes[at + 1] === high && ((bytes[at + 2] as number) | 32) === low;
}

const hashPrefixes = [Buffer.from('hmac-sha256:'), Buffer.from('redacted:')];

/**
 * Whether a text is a hash already; with `orTime`, also when it is a time, which OpenBao leaves in
 * plain on purpose.
 */
export function looksHashed(bytes: Uint8Array, from: number, to: number, orTime: boolean): boolean {
  for (const prefix of hashPrefixes) if (startsWith(prefix, bytes, from, to)) return true;
  return orTime && isTimeText(bytes, from, to);
}

function startsWith(prefix: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < prefix.length) return false;
  for (let index = 0; index < prefix.length; index += 1) {
    if (bytes[from + index] !== prefix[index]) return false;
  }
  return true;
}

/** RFC 3339, as Vault and OpenBao write it. */
export const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function isTimeText(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 20 || to - from > 35 || bytes[from + 4] !== 45) return false;
  return timePattern.test(Buffer.from(bytes.subarray(from, to)).toString('latin1'));
}
