import type { Clock } from '../../../simulate/world/clock.ts';
import type { LineSink, LogLine } from '../../../simulate/world/log-line.ts';
import type { Random } from '../../../simulate/world/random.ts';
import type { Truth } from '../../../simulate/world/truth.ts';
import { type Call, type CloudtrailRecord, cloudtrailRecord } from './cloudtrail-record.ts';

/** What the services of an account play in, and how their trail is kept. */
export interface TrailOptions {
  clock: Clock;
  random: Random;
  truth: Truth;
  /** Where the records go, instead of into `lines`. */
  sink?: LineSink;
  /** Seconds by which the services' clocks are ahead. */
  clockSkew?: number;
  /** The trail leaves out calls of KMS (`ExcludeManagementEventSources`). */
  withoutKeys?: boolean;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The trail of one account: a record for each call, one a line. */
export class Trail {
  readonly lines: LogLine[] = [];
  readonly random: Random;
  readonly truth: Truth;
  readonly #options: TrailOptions;
  readonly #sink: LineSink;

  constructor(options: TrailOptions) {
    this.#options = options;
    this.#sink = options.sink ?? this.lines;
    this.random = options.random;
    this.truth = options.truth;
  }

  /** Now, in microseconds, by the services' clocks. */
  get now(): number {
    return this.#options.clock.now + (this.#options.clockSkew ?? 0) * 1_000_000;
  }

  /** Time goes by between two calls. */
  pass(seconds: number): void {
    this.#options.clock.pass(seconds);
  }

  /** Writes a call; gives when it was made, in microseconds by the services' clocks. */
  write(call: Call, { needed = true } = {}): number {
    const at = this.#options.clock.tick();
    const logged = this.now;
    if (call.service === 'kms' && this.#options.withoutKeys === true) return logged;
    const text = JSON.stringify(this.record(call, logged));
    this.#sink.push({ text, at, needed, writer: 0, opening: false });
    return logged;
  }

  /** A record of a time, for lines that no truth rests on. */
  record(call: Call, at = this.now): CloudtrailRecord {
    return cloudtrailRecord(call, at, this.random);
  }

  /** A key or principal id: `ASIA`, `AKIA`, `AROA`, `AIDA` and sixteen characters. */
  id(prefix: string): string {
    return `${prefix}${Array.from({ length: 16 }, () => this.random.pick([...letters])).join('')}`;
  }
}
