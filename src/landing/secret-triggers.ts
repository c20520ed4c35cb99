/**
 * The cheap half of finding secrets in texts: called at the few bytes that stand in every token of a
 * known format, it may say yes too often and never too rarely. `secret-text.ts` is the exact half.
 */

const dot = 46;
const dash = 45;
const underscore = 95;

/**
 * Whether the byte at `at`, one of `. _ J - B @ = % +` and space, may belong to a secret; `from` is
 * where its text begins.
 */
export function looksLikeToken(
  bytes: Uint8Array,
  at: number,
  from: number,
  limit: number,
): boolean {
  const before = at > from ? (bytes[at - 1] as number) : 0;
  switch (bytes[at] as number) {
    case dot:
      return (before === 115 || before === 98 || before === 114) && vaultToken(bytes, at, from);
    case underscore:
      return afterUnderscorePrefix(bytes, at, from, before);
    case 74:
      return before === 121 && bytes[at - 2] === 101 && jsonWebToken(bytes, at, limit);
    case dash:
      return afterDashPrefix(bytes, at, from, before);
    case 66:
      return before === dash && bytes[at - 2] === dash;
    case 64:
      return userInfo(bytes, at, from);
    case 61:
      return secretName(bytes, at, from);
    case 37:
      if (isPercent(bytes, at, 51, 100) && secretName(bytes, at, from)) return true;
      return afterScheme(bytes, at, from, before);
    case 32:
    case 43:
      return afterScheme(bytes, at, from, before);
    default:
      return false;
  }
}

const triggers = new Uint8Array(256);
for (const letter of '._J-B@=%+ ') triggers[letter.charCodeAt(0)] = 1;

/** Whether a line of text may hold a secret that its own form tells. */
export function mayHoldToken(line: Uint8Array): boolean {
  for (let at = 0; at < line.length; at += 1) {
    if (triggers[line[at] as number] === 1 && looksLikeToken(line, at, 0, line.length)) return true;
  }
  return false;
}

/** Ends of parameter names whose values are secret, in lower case. */
export const secretNames: readonly string[] = (
  'token password passwd passphrase pwd pass secret key jwt sig signature auth ' +
  'credential credentials'
).split(' ');
/** The same by their last letter. */
const secretNameEnds: (string[] | undefined)[] = [];
for (const name of secretNames) {
  const letter = name.charCodeAt(name.length - 1);
  secretNameEnds[letter] = [...(secretNameEnds[letter] ?? []), name];
}

/** `ghp_` and its kin, `github_pat_`, `sk_live_`. */
function afterUnderscorePrefix(
  bytes: Uint8Array,
  at: number,
  from: number,
  before: number,
): boolean {
  const second = at - from >= 2 ? bytes[at - 2] : 0;
  if (second === 104) return bytes[at - 3] === 103;
  if (before === 98) return second === 117 && endsIn(bytes, at, from, 'github');
  return before === 107 && (second === 115 || second === 114);
}

/** `glpat-`, `xoxb-` and its kin, `xapp-`. */
function afterDashPrefix(bytes: Uint8Array, at: number, from: number, before: number): boolean {
  if (at - from < 4) return false;
  const second = bytes[at - 2];
  if (second === 120) return bytes[at - 3] === 111 && bytes[at - 4] === 120;
  if (second === 97) return before === 116 && endsIn(bytes, at, from, 'glpat');
  return second === 112 && before === 112 && endsIn(bytes, at, from, 'xapp');
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

/**
 * How far to look from one byte. Beyond it the answer is yes: a longer look at every byte of hostile
 * input would cost the square of its length.
 */
const lookBytesMax = 512;

/** Whether base64url goes on from here up to a dot. */
function jsonWebToken(bytes: Uint8Array, at: number, limit: number): boolean {
  const last = Math.min(limit, at + lookBytesMax);
  let end = at + 1;
  while (end < last && (isNameByte(bytes[end] as number) || bytes[end] === underscore)) end += 1;
  return end === at + lookBytesMax || (end < limit && bytes[end] === dot);
}

/** The space behind `Bearer` or `Basic`, as it is or as a URL writes it. */
function afterScheme(bytes: Uint8Array, at: number, from: number, before: number): boolean {
  const letter = before | 32;
  if (letter === 114) return endsIn(bytes, at, from, 'bearer');
  return letter === 99 && endsIn(bytes, at, from, 'basic');
}

function endsIn(bytes: Uint8Array, at: number, from: number, word: string): boolean {
  let index = word.length - 1;
  let back = at - 1;
  if (back - index < from) return false;
  while (index >= 0 && ((bytes[back] as number) | 32) === (word.charCodeAt(index) | 32)) {
    index -= 1;
    back -= 1;
  }
  return index < 0;
}

/** `://` before an `@` with no slash, quote or space between them. */
function userInfo(bytes: Uint8Array, at: number, from: number): boolean {
  const first = Math.max(from, at - lookBytesMax);
  for (let back = at - 1; back > first; back -= 1) {
    const byte = bytes[back] as number;
    if (byte === 47) return bytes[back - 1] === 47 || bytes[back - 1] === 92;
    if (byte <= 32 || byte === 34) return false;
  }
  return first > from;
}

function secretName(bytes: Uint8Array, at: number, from: number): boolean {
  let end = at;
  while (end > from && bytes[end - 1] === 32) end -= 1;
  // A tab before the sign is an escape, so any letter stands there.
  if (end > from + 1 && bytes[end - 2] === 92) return true;
  const names = end === from ? undefined : secretNameEnds[(bytes[end - 1] as number) | 32];
  if (names === undefined) return false;
  for (const name of names) if (endsIn(bytes, end, from, name)) return true;
  return false;
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
