// The cheap half of finding secrets in texts, as ../secret-triggers.ts does it and with the same
// answers: test/landing/plain-lines.test.ts holds the two against each other.

/**
 * Sixteen bytes at a time, all but a few can be told to be in no token by themselves and the two
 * before them. The tables give, for each half of a byte, one bit for each kind of byte that may be
 * part of one: 1 dot, 2 underscore, 4 dash, 8 J, 16 B, 32 and 64 space or plus. A byte is kept where
 * a bit of its own is also one that the byte before it, or the one before that, allows.
 */
export function mayBeTokens(kinds: v128, at: usize): v128 {
  const before = v128.load(at - 1);
  const second = v128.load(at - 2);
  // s b r . / b k _ / t p - / y J / - B / r R space / c C space
  const allowedBefore = v128.and(
    i8x16.swizzle(i8x16(4, 0, 35, 65, 4, 0, 0, 0, 0, 8, 0, 2, 0, 16, 0, 0), low(before)),
    i8x16.swizzle(i8x16(0, 0, 16, 0, 64, 32, 67, 45, 0, 0, 0, 0, 0, 0, 0, 0), high(before)),
  );
  // h?_ and x?-
  const allowedSecond = v128.or(
    v128.and(i8x16.eq(second, i8x16.splat(104)), i8x16.splat(2)),
    v128.and(i8x16.eq(second, i8x16.splat(120)), i8x16.splat(4)),
  );
  const allowed = v128.or(v128.or(allowedBefore, allowedSecond), i8x16.splat(-128));
  return i8x16.ne(v128.and(kinds, allowed), i8x16.splat(0));
}

/** Of each byte the kinds that it is, and -128 for = @ % which need nothing before them. */
export function tokenKinds(bytes: v128): v128 {
  const alone = v128.or(
    i8x16.eq(bytes, i8x16.splat(61)),
    v128.or(i8x16.eq(bytes, i8x16.splat(64)), i8x16.eq(bytes, i8x16.splat(37))),
  );
  return v128.or(
    v128.and(alone, i8x16.splat(-128)),
    v128.and(
      i8x16.swizzle(i8x16(96, 0, 16, 0, 0, 0, 0, 0, 0, 0, 8, 96, 0, 4, 1, 2), low(bytes)),
      i8x16.swizzle(i8x16(0, 0, 101, 0, 24, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), high(bytes)),
    ),
  );
}

function low(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

function high(bytes: v128): v128 {
  return i8x16.shr_u(bytes, 4);
}

/** Whether the byte at `at` may belong to a secret; `from` is where its text begins. */
export function looksLikeToken(at: usize, from: usize, limit: usize): bool {
  const before: i32 = at > from ? load<u8>(at - 1) : 0;
  switch (load<u8>(at)) {
    case 46:
      return (before === 115 || before === 98 || before === 114) && vaultToken(at, from);
    case 95:
      return afterUnderscorePrefix(at, from, before);
    case 74:
      return before === 121 && load<u8>(at - 2) === 101 && jsonWebToken(at, limit);
    case 45:
      return afterDashPrefix(at, from, before);
    case 66:
      return before === 45 && load<u8>(at - 2) === 45;
    case 64:
      return userInfo(at, from);
    case 61:
      return secretName(at, from);
    case 37:
      if (isPercent3d(at) && secretName(at, from)) return true;
      return afterScheme(at, from, before);
    case 32:
    case 43:
      return afterScheme(at, from, before);
    default:
      return false;
  }
}

function afterUnderscorePrefix(at: usize, from: usize, before: i32): bool {
  const second: i32 = at - from >= 2 ? load<u8>(at - 2) : 0;
  if (second === 104) return load<u8>(at - 3) === 103;
  if (before === 98) return second === 117 && endsInBytes(at, from, github, 6);
  return before === 107 && (second === 115 || second === 114);
}

function afterDashPrefix(at: usize, from: usize, before: i32): bool {
  if (at - from < 4) return false;
  const second: i32 = load<u8>(at - 2);
  if (second === 120) return load<u8>(at - 3) === 111 && load<u8>(at - 4) === 120;
  if (second === 97) return before === 116 && endsInBytes(at, from, glpat, 5);
  return second === 112 && before === 112 && endsInBytes(at, from, xapp, 4);
}

function vaultToken(at: usize, from: usize): bool {
  if (at - from >= 3 && load<u8>(at - 2) === 118 && load<u8>(at - 3) === 104) return true;
  if (at - from < 2) return true;
  return !isNameByte(load<u8>(at - 2)) || load<u8>(at - 3) === 92;
}

function isNameByte(byte: i32): bool {
  const letter = byte | 32;
  return (letter >= 97 && letter <= 122) || (byte >= 48 && byte <= 57) || byte === 45;
}

/** Beyond so many bytes the answer is yes, as a longer look at each byte would cost their square. */
const lookBytesMax: usize = 512;

function jsonWebToken(at: usize, limit: usize): bool {
  const last = min(limit, at + lookBytesMax);
  let end = at + 1;
  while (end < last && (isNameByte(load<u8>(end)) || load<u8>(end) === 95)) end += 1;
  return end === at + lookBytesMax || (end < limit && load<u8>(end) === 46);
}

function afterScheme(at: usize, from: usize, before: i32): bool {
  const letter = before | 32;
  if (letter === 114) return endsInBytes(at, from, bearer, 6);
  return letter === 99 && endsInBytes(at, from, basic, 5);
}

function userInfo(at: usize, from: usize): bool {
  const first = at - from > lookBytesMax ? at - lookBytesMax : from;
  for (let back = at - 1; back > first; back -= 1) {
    const byte = load<u8>(back);
    if (byte === 47) return load<u8>(back - 1) === 47 || load<u8>(back - 1) === 92;
    if (byte <= 32 || byte === 34) return false;
  }
  return first > from;
}

function isPercent3d(at: usize): bool {
  return load<u8>(at + 1) === 51 && (load<u8>(at + 2) | 32) === 100;
}

// The words are written as bytes: a string of this language has two for each letter.
const github: usize = memory.data<u8>([103, 105, 116, 104, 117, 98]);
const glpat: usize = memory.data<u8>([103, 108, 112, 97, 116]);
const xapp: usize = memory.data<u8>([120, 97, 112, 112]);
const bearer: usize = memory.data<u8>([98, 101, 97, 114, 101, 114]);
const basic: usize = memory.data<u8>([98, 97, 115, 105, 99]);

/** Ends of parameter names whose values are secret, each behind its length; written by the host. */
const secretNamesMax: i32 = 32;
export const secretNames: usize = memory.data(32 * 16);
/** Letters in which one of them ends. */
const lastLetters: usize = memory.data(256);

/** Makes the names known that the host wrote. */
export function addSecretNames(): void {
  for (let index = 0; index < secretNamesMax; index += 1) {
    const name = secretNames + ((<usize>index) << 4);
    const length = load<u8>(name);
    if (length > 0) store<u8>(lastLetters + load<u8>(name + length), 1);
  }
}

function secretName(at: usize, from: usize): bool {
  let end = at;
  while (end > from && load<u8>(end - 1) === 32) end -= 1;
  // A tab before the sign is an escape, so any letter stands there.
  if (end > from + 1 && load<u8>(end - 2) === 92) return true;
  if (end === from || load<u8>(lastLetters + (load<u8>(end - 1) | 32)) === 0) return false;
  for (let index = 0; index < secretNamesMax; index += 1) {
    const name = secretNames + ((<usize>index) << 4);
    const length = <i32>load<u8>(name);
    if (length > 0 && endsInBytes(end, from, name + 1, length)) return true;
  }
  return false;
}

/** Whether the bytes before `at` are the word, given in lower case, in whatever case. */
function endsInBytes(at: usize, from: usize, word: usize, length: i32): bool {
  if (at - from < <usize>length) return false;
  for (let index = 0; index < length; index += 1) {
    if ((load<u8>(at - length + index) | 32) !== load<u8>(word + index)) return false;
  }
  return true;
}
