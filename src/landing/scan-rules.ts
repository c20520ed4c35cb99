import type { Source, SourceColumn } from '../sources/source.ts';
import { WordTable } from './word-table.ts';

/** Arrays that are cut into records when they stand at depth 1 of a document. */
const cutKeys: ReadonlySet<string> = new Set(['Records', 'records', 'items', 'logEvents']);

/** What one key means to the scanner, by the number its word has in the table. */
export interface KeyRule {
  /** Bit of the key among the top-level keys of the promise; 0 when it is none of them. */
  topBit: number;
  cut: boolean;
  hashedBelow: boolean;
  /** Signals raised by the key itself and by a text that is neither empty nor hashed. */
  keySignals: number;
  textSignals: number;
  texts: readonly TextRule[];
  /** The only texts that the promise allows here at the top level. */
  promised: readonly Buffer[] | null;
  /** Something depends on the value. */
  watchesText: boolean;
}

/** The rule of every key that is in no list. */
export const noRule: KeyRule = {
  topBit: 0,
  cut: false,
  hashedBelow: false,
  keySignals: 0,
  textSignals: 0,
  texts: [],
  promised: null,
  watchesText: false,
};

interface TextRule {
  signals: number;
  ends: boolean;
  texts: readonly Buffer[];
}

/** A source's promise and signals as bits, made once. */
export interface ScanRules {
  words: WordTable;
  keys: readonly KeyRule[];
  nestedWords: WordTable;
  hashedSignal: number;
  candidates: readonly number[];
  promise: { all: number; any: readonly number[]; none: number };
  /** The values that become columns, in the order of these. */
  columns: readonly SourceColumn[];
  /** Records may be lines of text, which have none. */
  mayBeText: boolean;
}

const compiled = new WeakMap<Source, ScanRules>();

/** The source's rules in the form the scanner reads. */
export function scanRules(source: Source): ScanRules {
  let rules = compiled.get(source);
  if (rules === undefined) {
    rules = compile(source);
    compiled.set(source, rules);
  }
  return rules;
}

function compile(source: Source): ScanRules {
  const { promise, redact } = source;
  const columns = source.columns ?? [];
  const topKeys = [...new Set([...promise.all, ...promise.any.flat(), ...promise.none])];
  const signalNames = [...Object.keys(redact.signals), redact.hashedBelow?.signal ?? ''];
  const topBits = new Map(topKeys.map((key, index) => [key, bit(index)]));
  const signalBits = new Map(signalNames.map((name, index) => [name, bit(index)]));
  const words = new Set([
    ...topKeys,
    ...cutKeys,
    ...Object.keys(promise.text ?? {}),
    ...Object.values(redact.signals).flatMap((signal) => signal.keys),
    ...(redact.hashedBelow === undefined ? [] : [redact.hashedBelow.key]),
    ...columns.flatMap(({ path }) => path.filter((step) => step !== 0)),
  ]);
  const together = (names: readonly string[], bits: ReadonlyMap<string, number>): number =>
    names.reduce((all, name) => all | (bits.get(name) ?? 0), 0);
  return {
    words: new WordTable([...words]),
    keys: [...words].map((word) => keyRule(word, source, topBits.get(word) ?? 0, signalBits)),
    nestedWords: new WordTable(redact.nestedWords),
    hashedSignal: signalBits.get(redact.hashedBelow?.signal ?? '') ?? 0,
    candidates: redact.candidates.map((names) => together(names, signalBits)),
    promise: {
      all: together(promise.all, topBits),
      any: promise.any.map((keys) => together(keys, topBits)),
      none: together(promise.none, topBits),
    },
    columns,
    mayBeText: source.lines !== undefined,
  };
}

function keyRule(
  word: string,
  { promise, redact }: Source,
  topBit: number,
  signalBits: ReadonlyMap<string, number>,
): KeyRule {
  let keySignals = 0;
  let textSignals = 0;
  const texts: TextRule[] = [];
  for (const [name, signal] of Object.entries(redact.signals)) {
    if (!signal.keys.includes(word)) continue;
    const signals = signalBits.get(name) ?? 0;
    if (signal.when === 'key') keySignals |= signals;
    else if (signal.when === 'text') textSignals |= signals;
    else texts.push({ signals, ends: signal.when === 'ends', texts: buffers(signal.texts) });
  }
  const promised = promise.text?.[word];
  return {
    topBit,
    cut: cutKeys.has(word),
    hashedBelow: redact.hashedBelow?.key === word,
    keySignals,
    textSignals,
    texts,
    promised: promised === undefined ? null : buffers(promised),
    watchesText: textSignals !== 0 || texts.length > 0 || promised !== undefined,
  };
}

function buffers(texts: readonly string[] | undefined): Buffer[] {
  return (texts ?? []).map((text) => Buffer.from(text));
}

function bit(index: number): number {
  if (index > 29) throw new RangeError('a source may name at most 30 top-level keys and signals');
  return 1 << index;
}
