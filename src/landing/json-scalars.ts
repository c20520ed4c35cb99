/** The bytes end before the value does. */
export const incomplete = -1;
/** It is not JSON. */
export const failed = -3;

const words = ['true', 'false', 'null', 'NaN', 'Infinity'].map((word) => Buffer.from(word));
const infinity = Buffer.from('Infinity');

/** The offset behind the number, `true`, `false`, `null`, NaN or Infinity at `from`. */
export function scalarEnd(bytes: Uint8Array, from: number, limit: number): number {
  for (const word of words) if (word[0] === bytes[from]) return wordEnd(word, bytes, from, limit);
  return numberEnd(bytes, from, limit);
}

function wordEnd(word: Uint8Array, bytes: Uint8Array, from: number, limit: number): number {
  for (let index = 0; index < word.length; index += 1) {
    if (from + index >= limit) return incomplete;
    if (bytes[from + index] !== word[index]) return failed;
  }
  return from + word.length;
}

function numberEnd(bytes: Uint8Array, from: number, limit: number): number {
  let at = bytes[from] === 45 ? from + 1 : from;
  if (at > from && at < limit && bytes[at] === 73) return wordEnd(infinity, bytes, at, limit);
  const whole = digits(bytes, at, limit);
  if (whole === at || (bytes[at] === 48 && whole > at + 1)) return noNumber(whole, limit);
  at = whole;
  if (at < limit && bytes[at] === 46) {
    const fraction = digits(bytes, at + 1, limit);
    if (fraction === at + 1) return noNumber(fraction, limit);
    at = fraction;
  }
  if (at < limit && ((bytes[at] as number) | 32) === 101) {
    at += 1;
    if (at < limit && (bytes[at] === 43 || bytes[at] === 45)) at += 1;
    const exponent = digits(bytes, at, limit);
    if (exponent === at) return noNumber(exponent, limit);
    at = exponent;
  }
  return at;
}

function noNumber(at: number, limit: number): number {
  return at >= limit ? incomplete : failed;
}

function digits(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit) {
    const byte = bytes[at] as number;
    if (byte < 48 || byte > 57) break;
    at += 1;
  }
  return at;
}

/** The first byte that is no blank; negative where the bytes end. */
export function firstByte(bytes: Uint8Array, from: number, limit: number): number {
  for (let at = from; at < limit; at += 1) {
    const byte = bytes[at] as number;
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte;
  }
  return incomplete;
}

/** The UTF-16 unit of the escape at `at`; negative where there is none. */
export function hexUnit(bytes: Uint8Array, at: number, limit: number): number {
  let unit = 0;
  for (let index = 0; index < 6; index += 1) {
    if (at + index >= limit) return incomplete;
    const byte = bytes[at + index] as number;
    if (index === 0 || index === 1) {
      if (byte !== (index === 0 ? 92 : 117)) return failed;
      continue;
    }
    const letter = byte | 32;
    if (byte >= 48 && byte <= 57) unit = unit * 16 + byte - 48;
    else if (letter >= 97 && letter <= 102) unit = unit * 16 + letter - 87;
    else return failed;
  }
  return unit;
}
