import type { PlainLinesModule } from './plain-lines-module.ts';
import type { KeyRule, ScanRules } from './scan-rules.ts';
import { secretNames } from './secret-triggers.ts';

const rulesBytesMax = 65_536;
const wordsMax = 255;
const nodesMax = 127;
const secretNameBytes = 16;

/**
 * Writes the rules of a source into the module's memory, in the layouts of `assembly/words.ts` (`Rule`)
 * and `assembly/texts.ts` (`RuleText`).
 *
 * @throws RangeError where a source has more words than the module has room for
 */
export function layRules(module: PlainLinesModule, rules: ScanRules): void {
  const room = new RulesRoom(module);
  module.clearWords();
  for (const [index, word] of rules.words.words.entries()) {
    module.addWord(room.rule(word, index + 1, rules.keys[index] as KeyRule), 0);
  }
  for (const word of rules.nestedWords.words) module.addWord(room.rule(word, 0, null), 1);
  layPaths(module, rules);
  const { all, any, none } = rules.promise;
  module.setPromise(
    all,
    none,
    room.numbers(any),
    any.length,
    room.numbers(rules.candidates),
    rules.candidates.length,
    rules.hashedSignal,
  );
  laySecretNames(module);
}

/** The part of the memory that holds rules, filled from its start. */
class RulesRoom {
  private readonly memory: Buffer;
  private readonly end: number;
  private at: number;

  constructor({ memory, rulesStart }: PlainLinesModule) {
    this.memory = Buffer.from(memory.buffer);
    this.at = rulesStart.value;
    this.end = this.at + rulesBytesMax;
    this.memory.fill(0, this.at, this.end);
  }

  /** The address of a word with what it means; a nested word means nothing by itself. */
  rule(word: Buffer, id: number, rule: KeyRule | null): number {
    const texts = rule?.texts.flatMap(({ signals, ends, texts }) =>
      texts.map((text) => ({ text, signals, ends })),
    );
    const promised = rule?.promised?.map((text) => ({ text, signals: 0, ends: false }));
    return this.numbers([
      this.bytes(word),
      word.length,
      id,
      rule?.topBit ?? 0,
      rule?.keySignals ?? 0,
      rule?.textSignals ?? 0,
      Number(rule?.cut ?? false),
      Number(rule?.hashedBelow ?? false),
      Number((rule?.textSignals ?? 0) !== 0 || (texts?.length ?? 0) > 0),
      Number(promised !== undefined),
      this.texts(promised),
      promised?.length ?? 0,
      this.texts(texts),
      texts?.length ?? 0,
    ]);
  }

  numbers(numbers: readonly number[]): number {
    const start = this.take(numbers.length * 4);
    for (const [index, number] of numbers.entries()) {
      this.memory.writeInt32LE(number, start + 4 * index);
    }
    return start;
  }

  private texts(
    texts: readonly { text: Buffer; signals: number; ends: boolean }[] | undefined,
  ): number {
    const rows = (texts ?? []).map(({ text, signals, ends }) => [
      this.bytes(text),
      text.length,
      signals,
      Number(ends),
    ]);
    return rows.length === 0 ? 0 : this.numbers(rows.flat());
  }

  private bytes(bytes: Buffer): number {
    const start = this.take(bytes.length);
    bytes.copy(this.memory, start);
    return start;
  }

  /** Room of so many bytes, at a multiple of four. */
  private take(length: number): number {
    const start = this.at;
    this.at += Math.ceil(length / 4) * 4;
    if (this.at > this.end) throw new RangeError('a source has more words than there is room for');
    return start;
  }
}

/** The paths to values as a tree: node 1 is the record, and each step leads to a node of its own. */
function layPaths(module: PlainLinesModule, rules: ScanRules): void {
  const ids = new Map(rules.words.words.map((word, index) => [word.toString(), index + 1]));
  const nodes = new Map([['', 1]]);
  if (ids.size > wordsMax || rules.columns.length > module.columnsMax.value) {
    throw new RangeError('a source has more words or columns than there is room for');
  }
  module.clearPaths(rules.columns.length);
  for (const [index, { path, as }] of rules.columns.entries()) {
    let name = '';
    let node = 1;
    for (const step of path) {
      name += `\0${step}`;
      let child = nodes.get(name);
      if (child === undefined) {
        child = nodes.size + 1;
        if (child > nodesMax) throw new RangeError('the paths of a source have too many steps');
        nodes.set(name, child);
        module.addPath(node, step === 0 ? 0 : (ids.get(step) ?? 0), child);
      }
      node = child;
    }
    module.addColumn(node, index + 1, as === 'json' ? 1 : 0);
  }
}

function laySecretNames({ memory, secretNames: start, addSecretNames }: PlainLinesModule): void {
  const bytes = Buffer.from(memory.buffer);
  for (const [index, name] of secretNames.entries()) {
    const at = start.value + index * secretNameBytes;
    bytes.writeUInt8(name.length, at);
    bytes.write(name, at + 1, 'latin1');
  }
  addSecretNames();
}
