// What a source's promise and its rules of redaction make of a line's keys and texts, as bits; the same
// as in ../json-scanner.ts.

let promisedAll: i32 = 0;
let promisedNone: i32 = 0;
/** Lists of bits of which one must be there; lists of signals which together make a candidate. */
let anyStart: usize = 0;
let anyCount: i32 = 0;
let candidatesStart: usize = 0;
let candidatesCount: i32 = 0;
/** Raised by a text that is not hashed where it should be. */
export let hashedSignal: i32 = 0;

/** Takes the rules of a source that are not of one key. */
export function setPromise(
  all: i32,
  none: i32,
  any: usize,
  anyLists: i32,
  candidates: usize,
  candidateLists: i32,
  hashed: i32,
): void {
  promisedAll = all;
  promisedNone = none;
  anyStart = any;
  anyCount = anyLists;
  candidatesStart = candidates;
  candidatesCount = candidateLists;
  hashedSignal = hashed;
}

/** Whether these keys at the top make it a record of the source. */
export function keepsPromise(topKeys: i32): bool {
  if ((topKeys & promisedAll) !== promisedAll || (topKeys & promisedNone) !== 0) return false;
  for (let index = 0; index < anyCount; index += 1) {
    if ((topKeys & load<i32>(anyStart + ((<usize>index) << 2))) === 0) return false;
  }
  return true;
}

/** Whether these signals ask for the exact look for secrets. */
export function isCandidate(signals: i32): bool {
  if (signals === 0) return false;
  for (let index = 0; index < candidatesCount; index += 1) {
    const needed = load<i32>(candidatesStart + ((<usize>index) << 2));
    if ((signals & needed) === needed) return true;
  }
  return false;
}
