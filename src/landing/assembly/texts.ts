// What a text says where its key has a rule; the same as in ../json-scanner.ts.
import { Rule } from './words';

/** One text of a rule, as the host lays it out: four 32-bit numbers. */
@unmanaged
export class RuleText {
  text: usize;
  length: i32;
  signals: i32;
  /** It may be the end of a longer text, in whatever case. */
  ends: i32;
}

/** The signals that the text raises by its key's rule. */
export function signalsOf(rule: Rule, from: usize, to: usize): i32 {
  if (from === to) return 0;
  let signals = 0;
  if (rule.textSignals !== 0 && !looksHashed(from, to, false)) signals |= rule.textSignals;
  for (let index = 0; index < rule.textsCount; index += 1) {
    const text = changetype<RuleText>(rule.texts + ((<usize>index) << 4));
    if (text.ends ? endsWith(text, from, to) : isText(text, from, to)) signals |= text.signals;
  }
  return signals;
}

/** Whether it is one of the texts that the promise allows for this key. */
export function isPromised(rule: Rule, from: usize, to: usize): bool {
  for (let index = 0; index < rule.promisedCount; index += 1) {
    if (isText(changetype<RuleText>(rule.promised + ((<usize>index) << 4)), from, to)) return true;
  }
  return false;
}

function isText(text: RuleText, from: usize, to: usize): bool {
  const length = <i32>(to - from);
  return text.length === length && memory.compare(text.text, from, length) === 0;
}

function endsWith(text: RuleText, from: usize, to: usize): bool {
  if (<i32>(to - from) < text.length) return false;
  const start = to - text.length;
  for (let index = 0; index < text.length; index += 1) {
    if ((load<u8>(start + index) | 32) !== load<u8>(text.text + index)) return false;
  }
  return true;
}

const hmac: usize = memory.data<u8>([104, 109, 97, 99, 45, 115, 104, 97, 50, 53, 54, 58]);
const redacted: usize = memory.data<u8>([114, 101, 100, 97, 99, 116, 101, 100, 58]);

/** Whether a text is a hash already; with `orTime`, also when it is a time of RFC 3339. */
export function looksHashed(from: usize, to: usize, orTime: bool): bool {
  const length = <i32>(to - from);
  if (length >= 12 && memory.compare(from, hmac, 12) === 0) return true;
  if (length >= 9 && memory.compare(from, redacted, 9) === 0) return true;
  return orTime && isTime(from, to);
}

/** `2026-03-01T10:00:00.123456789Z`: digits where the pattern has 0. */
const pattern: usize = memory.data<u8>([
  48, 48, 48, 48, 45, 48, 48, 45, 48, 48, 84, 48, 48, 58, 48, 48, 58, 48, 48,
]);

function isTime(from: usize, to: usize): bool {
  const length = <i32>(to - from);
  if (length < 20 || length > 35) return false;
  for (let index: usize = 0; index < 19; index += 1) {
    const wanted = load<u8>(pattern + index);
    const byte = load<u8>(from + index);
    if (wanted === 48 ? !isDigit(byte) : byte !== wanted) return false;
  }
  let at = from + 19;
  if (load<u8>(at) === 46) {
    const first = at + 1;
    at = first;
    while (at < to && isDigit(load<u8>(at))) at += 1;
    if (at === first || at - first > 9) return false;
  }
  if (at + 1 === to) return load<u8>(at) === 90;
  const sign = load<u8>(at);
  return (
    at + 6 === to &&
    (sign === 43 || sign === 45) &&
    isDigit(load<u8>(at + 1)) &&
    isDigit(load<u8>(at + 2)) &&
    load<u8>(at + 3) === 58 &&
    isDigit(load<u8>(at + 4)) &&
    isDigit(load<u8>(at + 5))
  );
}

function isDigit(byte: u8): bool {
  return <u8>(byte - 48) < 10;
}
