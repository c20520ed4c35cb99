import type { DuckDBConnection } from '@duckdb/node-api';
import type { MarkSecret, PositionedNode } from '../landing/positioned-tree.ts';

/** What a log source is: how its records are told from others, and what in them is secret. */
export interface Source {
  id: string;
  title: string;
  promise: RecordPromise;
  formats: readonly LogFormat[];
  /** Of a source whose records may be lines of text: what `promise` is for those of JSON. */
  lines?: LinePromise;
  /**
   * Values that `normalise.sql` finds as columns of `staged`, read as the bytes are scanned: a parse of
   * the whole record for SQL would cost more than the rest of landing.
   */
  columns?: readonly SourceColumn[];
  redact: RedactionRules;
  /**
   * What is wrong with a file that people write for Custody, a line each. It is refused whole: its author
   * can mend it, which nobody can do for a log.
   */
  check?: (text: string) => Promise<string[]>;
  /** Registers the functions that `events.sql` and the facts of this source call. */
  functions?: (connection: DuckDBConnection) => Promise<void>;
  documents: readonly { title: string; url: string }[];
}

/** How bytes are cut into records: values of JSON, documents of YAML, or lines, those of JSON among them. */
export type LogFormat = 'json' | 'yaml' | 'text';

/** What makes a line a record of the source, the blanks at its ends left out. */
interface LinePromise {
  /** For people: what a line is recognised by. */
  recognised_by: readonly string[];
  /** It may stand in a log of the source; also asked of JSON that does not keep the promise. */
  fits(line: string): boolean;
  /**
   * It fits, and is of no other source: one such line makes a file a log of this source. Between the
   * lines of others, as shippers deliver them, only these are records of it.
   */
  tells(line: string): boolean;
}

/** One value of a record. */
export interface SourceColumn {
  name: string;
  /** The keys that lead to the value; 0 is the first element of an array. */
  path: readonly (string | 0)[];
  /**
   * `text`: a text unescaped, null not at all, anything else as its JSON. `json`: whatever it is as JSON,
   * null not at all.
   */
  as: 'text' | 'json';
}

/** Columns of the same kind: under each name its path. */
export function columnsAs(
  as: SourceColumn['as'],
  paths: Readonly<Record<string, SourceColumn['path']>>,
): SourceColumn[] {
  return Object.entries(paths).map(([name, path]) => ({ name, path, as }));
}

/**
 * The top-level keys that make an object a record of the source: all of `all`, at least one of each
 * list in `any`, none of `none`. A key named in `text` holds one of these texts where it is present.
 */
export interface RecordPromise {
  all: readonly string[];
  any: readonly (readonly string[])[];
  none: readonly string[];
  text?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Secrets are found in two passes. The fast pass over every byte only raises signals; a record that
 * raised all signals of one of `candidates` goes through the exact pass, which sees the whole value
 * as a tree and marks what is secret. So signals may be too many, never too few.
 *
 * Tokens of known formats, sensitive parameters and the like (`secret-text.ts`) are looked for in
 * every text of every source and need no rule here.
 */
export interface RedactionRules {
  signals: Readonly<Record<string, Signal>>;
  candidates: readonly (readonly string[])[];
  /** Words between quotes inside a text that is JSON itself, which make the record a candidate. */
  nestedWords: readonly string[];
  /** Texts below this key at depth 2 are a signal of their own where they are not hashed. */
  hashedBelow?: { key: string; signal: string };
  /**
   * Marks the secrets that only structure shows: of a record, and of each text in it that is JSON
   * itself, `root` being that text and `record` the record around it.
   */
  mark(root: PositionedNode, mark: MarkSecret, record: PositionedNode): void;
  /**
   * Of what shippers wrap: the records of log sources in a value, whose own rules hold in them. Texts that
   * are encoded are looked into as well, then.
   */
  recordsIn?(root: PositionedNode): readonly WrappedRecord[];
}

/** A record that stands in the value of another one. */
export interface WrappedRecord {
  node: PositionedNode;
  redact: RedactionRules;
}

/** Raised by one of these keys at any depth, or by its value. */
interface Signal {
  keys: readonly string[];
  /**
   * `key`: it is there; `text`: it holds a text that is not empty and not hashed; `equals`: it holds
   * one of `texts`; `ends`: it holds a text that ends in one of `texts`, in whatever case.
   */
  when: 'key' | 'text' | 'equals' | 'ends';
  texts?: readonly string[];
}
