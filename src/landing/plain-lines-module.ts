import { readFileSync } from 'node:fs';
import { layRules } from './plain-line-rules.ts';
import type { ScanRules } from './scan-rules.ts';

/** What `assembly/lines.ts` offers. Numbers are addresses and lengths in its memory. */
export interface PlainLinesModule {
  memory: WebAssembly.Memory;
  windowStart: WebAssembly.Global;
  windowBytes: WebAssembly.Global;
  rowsStart: WebAssembly.Global;
  rowsMax: WebAssembly.Global;
  valuesStart: WebAssembly.Global;
  columnsMax: WebAssembly.Global;
  presentStart: WebAssembly.Global;
  rulesStart: WebAssembly.Global;
  secretNames: WebAssembly.Global;
  scanLines(from: number, length: number, windowOffset: number): number;
  candidateEnd: WebAssembly.Global;
  hasToken: WebAssembly.Global;
  readRecord(length: number): number;
  clearWords(): void;
  addWord(rule: number, nested: number): void;
  clearPaths(columns: number): void;
  addPath(node: number, word: number, child: number): void;
  addColumn(node: number, column: number, isJson: number): void;
  addSecretNames(): void;
  setPromise(
    all: number,
    none: number,
    any: number,
    anyLists: number,
    candidates: number,
    candidateLists: number,
    hashed: number,
  ): void;
}

let loaded: PlainLinesModule | undefined;
/** Whose rules it holds. */
let rulesHeld: ScanRules | undefined;

/**
 * The module with the rules of a source; there is one in a thread, so what it holds is whoever used it
 * last.
 */
export function plainLinesModule(rules: ScanRules): PlainLinesModule {
  loaded ??= load();
  if (rulesHeld !== rules) {
    layRules(loaded, rules);
    rulesHeld = rules;
  }
  return loaded;
}

/** Built from `assembly/` by `npm run build` and put beside this file. */
function load(): PlainLinesModule {
  const bytes = readFileSync(new URL('./plain-lines.wasm', import.meta.url));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return instance.exports as unknown as PlainLinesModule;
}
