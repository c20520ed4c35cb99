// The parts of JSON that have no parts: numbers, words, and escapes in texts (RFC 8259).

/** In place of an end: this is not how it is written, or not plain. */
const notPlain: usize = 0;

/** Bytes that end a stretch of plain text: quote, backslash, control characters. */
export function textStops(bytes: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(bytes, i8x16.splat(34)), i8x16.eq(bytes, i8x16.splat(92))),
    i8x16.lt_u(bytes, i8x16.splat(32)),
  );
}

/** Where the escape at `at` ends. Of `\u` those that Go writes for < > & are plain. */
export function escapeEnd(at: usize): usize {
  switch (load<u8>(at + 1)) {
    case 34:
    case 92:
    case 47:
    case 98:
    case 102:
    case 110:
    case 114:
    case 116:
      return at + 2;
    case 117: {
      // 003c 003e 0026
      const digits = load<u32>(at + 2);
      const last = load<u8>(at + 5) | 32;
      if ((digits & 0xffffff) === 0x333030 && (last === 99 || last === 101)) return at + 6;
      return digits === 0x36323030 ? at + 6 : notPlain;
    }
    default:
      return notPlain;
  }
}

/** Where the number, `true`, `false` or `null` ends. */
export function scalar(from: usize): usize {
  const first = load<u32>(from);
  if (first === 0x65757274 || first === 0x6c6c756e) return from + 4;
  if (first === 0x736c6166) return load<u8>(from + 4) === 101 ? from + 5 : notPlain;
  let at = from;
  if (load<u8>(at) === 45) at += 1;
  const whole = at;
  at = digits(at);
  if (at === whole || (load<u8>(whole) === 48 && at > whole + 1)) return notPlain;
  if (load<u8>(at) === 46) {
    const fraction = at + 1;
    at = digits(fraction);
    if (at === fraction) return notPlain;
  }
  if ((load<u8>(at) | 32) === 101) {
    at += 1;
    if (load<u8>(at) === 43 || load<u8>(at) === 45) at += 1;
    const exponent = at;
    at = digits(at);
    if (at === exponent) return notPlain;
  }
  return at;
}

function digits(from: usize): usize {
  let at = from;
  while (<u8>(load<u8>(at) - 48) < 10) at += 1;
  return at;
}
