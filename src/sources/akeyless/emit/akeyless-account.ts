import { type Clock, microTime } from '../../../simulate/world/clock.ts';
import type { LineSink, LogLine } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import { type Access, type AccountRequest, accessEntry } from './access-entry.ts';

/** What an account plays in, and how it logs. */
export interface AccountOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** Where the entries go, instead of into `lines`. */
  sink?: LineSink;
  /** Seconds by which the account's clock is ahead. */
  clockSkew?: number;
}

/** What a read of an item came to; null where it was refused. */
export type ItemAnswer = { version: string; value: string; at: number } | null;

/** An account of Akeyless: items with numbered versions, refusals, and the audit log. */
export class AkeylessAccount {
  readonly id = 'acc-shop1';
  readonly lines: LogLine[] = [];
  readonly truth: Truth;
  readonly #options: AccountOptions;
  readonly #sink: LineSink;
  readonly #items = new Map<string, string[]>();
  readonly #denials = new Set<string>();

  constructor(options: AccountOptions) {
    this.#options = options;
    this.#sink = options.sink ?? this.lines;
    this.truth = options.truth;
  }

  /** As Custody writes the object. */
  reference(item: string): string {
    return `akeyless:${item}`;
  }

  /** Before the log starts: the versions are there, and no entry tells of them. */
  seed(item: string, values: readonly string[]): void {
    this.#items.set(item, [...values]);
  }

  /** The number of the last version. */
  count(item: string): number {
    return this.#valuesOf(item).length;
  }

  /** A new value; the entry does not say which version it made. */
  update(item: string, value: string, by: Access): void {
    this.#valuesOf(item).push(value);
    this.#say({ action: 'update_secret_val', by, item, itemType: 'STATIC_SECRET' });
  }

  /** Every read of the item by that access id is refused from now on. */
  deny(accessId: string, item: string): void {
    this.#denials.add(`${accessId} ${item}`);
  }

  /** A login, whose token no entry names. */
  authenticate(by: Access): void {
    this.#say({ action: 'authentication', by }, { needed: false });
  }

  /** Details of the item with the number of its last version, and no value. */
  describe(item: string, by: Access): number {
    this.#say({ action: 'get_item', by, item }, { needed: false });
    return this.count(item);
  }

  /** The value of the last version, or of one that is asked for by its number. */
  get(item: string, by: Access, version?: string): ItemAnswer {
    const values = this.#valuesOf(item);
    const number = version === undefined ? values.length : Number(version);
    const value = values[number - 1];
    const isRefused = value === undefined || this.#denials.has(`${by.id} ${item}`);
    const at = this.#say({
      action: 'get_secret_value',
      by,
      item,
      itemType: 'STATIC_SECRET',
      ...(version === undefined ? {} : { version }),
      ...(isRefused ? { status: 403 } : {}),
    });
    if (isRefused) return null;
    if (this.truth.keepsDetails) {
      const read = { identity: by.id, object: this.reference(item), version: version ?? null };
      this.truth.reads.push({ ...read, at: microTime(at) });
    }
    return { version: String(number), value, at };
  }

  /** An entry of a time, for lines that no truth rests on. */
  entry(request: AccountRequest, at = this.#options.clock.now): Record<string, unknown> {
    return accessEntry(this.id, request, at, this.#options.random.integer(3, 80));
  }

  #say(request: AccountRequest, { needed = true } = {}): number {
    const { clock, clockSkew = 0 } = this.#options;
    const at = clock.tick();
    const logged = at + clockSkew * 1_000_000;
    const text = JSON.stringify(this.entry(request, logged));
    this.#sink.push({ text, at, needed, writer: 0, opening: false });
    return logged;
  }

  #valuesOf(item: string): string[] {
    const values = this.#items.get(item);
    if (values === undefined) throw new Error(`there is no item ${item}`);
    return values;
  }
}
