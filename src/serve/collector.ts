import { createHmac } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlockReader } from '../landing/block-reader.ts';
import type { LandingContext, StreamOutcome } from '../landing/landing-context.ts';
import { StreamLander } from '../landing/stream-lander.ts';
import type { LogFormat } from '../sources/source.ts';

/** Records that a sender hands over as one body, whole JSON documents or lines of them. */
export interface Delivery {
  source: string;
  /** The cluster or instance that the sender was told to name; records may name their own. */
  cluster: string;
  body: Buffer;
  /** Where it came in, for the manifest. */
  name: string;
  format: LogFormat;
  /** It may stand beside other bodies: what is damaged is landed by itself. */
  isWhole: boolean;
}

export interface CollectorOptions {
  /** How long a body waits for others, milliseconds. */
  flushMilliseconds: number;
  /** Bodies landed together, at most so many bytes of them; below the size at which batches break. */
  groupBytesMax: number;
  /** Bytes that wait to be landed; more are refused. */
  pendingBytesMax: number;
  /** Free bytes on the store's disk below which everything is refused. */
  diskFreeBytesMin: number;
}

/** The collector can take nothing now, and may soon: the sender keeps the body and tries again. */
export class Busy extends Error {
  readonly reason: 'pending' | 'disk' | 'stopping' | 'failed';

  constructor(reason: Busy['reason'], cause?: unknown) {
    super(`busy: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** What became of a body. */
export type Landed = 'landed' | 'repeated';

/** A body is known again for so long; an API server gives up after minutes (facts: backoff, 5 attempts). */
const rememberedMilliseconds = 30 * 60_000;

interface Waiting {
  delivery: Delivery;
  digest: string;
  resolve: (landed: Landed) => void;
  reject: (error: unknown) => void;
}

/** What is told of each group: for metrics and logs. */
export interface GroupReport {
  source: string;
  cluster: string;
  bodies: number;
  bytes: number;
  outcome: StreamOutcome;
  seconds: number;
}

/**
 * Lands bodies in groups: those of one source and cluster that come within a moment are one batch, and each
 * is answered when the entry of that batch is durable in the manifest.
 *
 * A body that is sent again, because its answer was lost, is known by its hash, which the manifest keeps with
 * the batch: so it is told again by whoever opens the store next, and landed once.
 */
export class Collector {
  pendingBytes = 0;
  readonly #context: LandingContext;
  readonly #options: CollectorOptions;
  readonly #report: (group: GroupReport) => void;
  readonly #lanes = new Map<string, Waiting[]>();
  readonly #known = new Map<string, number>();
  readonly #pending = new Map<string, Promise<Landed>>();
  #turn: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #diskFree = Number.POSITIVE_INFINITY;
  #diskAskedAt = 0;

  constructor(
    context: LandingContext,
    options: CollectorOptions,
    report: (group: GroupReport) => void,
  ) {
    this.#context = context;
    this.#options = options;
    this.#report = report;
    const since = Date.now() - rememberedMilliseconds;
    for (const { origin, committed_at } of context.manifest.active()) {
      const at = Date.parse(committed_at);
      if (at >= since) for (const digest of origin.bodies ?? []) this.#known.set(digest, at);
    }
  }

  /**
   * Takes a body; settles when it is durable.
   *
   * @throws Busy where it is not taken, or could not be landed: it is not in the store then
   */
  async accept(delivery: Delivery): Promise<Landed> {
    const isFull = !(await this.hasDisk());
    // From here on nothing is waited for: the same body may come twice at a time.
    if (this.#stopping) throw new Busy('stopping');
    const digest = this.#digestOf(delivery);
    if (this.#known.has(digest)) return 'repeated';
    const pending = this.#pending.get(digest);
    if (pending !== undefined) return pending.then(() => 'repeated');
    if (isFull) throw new Busy('disk');
    // One that is larger than all that may wait is taken when nothing else does.
    const waiting = this.pendingBytes + delivery.body.length;
    if (waiting > this.#options.pendingBytesMax && this.pendingBytes > 0) throw new Busy('pending');
    return this.#enqueue(delivery, digest);
  }

  /** Whether a body would be taken now. */
  async isReady(): Promise<boolean> {
    if (this.#stopping || this.pendingBytes >= this.#options.pendingBytesMax) return false;
    return this.hasDisk();
  }

  /** Whether there is room on the store's disk. */
  async hasDisk(): Promise<boolean> {
    return (await this.#freeBytes()) >= this.#options.diskFreeBytesMin;
  }

  /** Takes nothing more, lands what waits, and settles when all of it is durable. */
  async close(): Promise<void> {
    this.#stopping = true;
    for (const lane of this.#lanes.keys()) this.#flush(lane);
    await Promise.allSettled(this.#pending.values());
    await this.#turn;
  }

  #enqueue(delivery: Delivery, digest: string): Promise<Landed> {
    const lane = `${delivery.source}\n${delivery.cluster}\n${delivery.format}`;
    this.pendingBytes += delivery.body.length;
    const landed = new Promise<Landed>((resolve, reject) => {
      const waiting = this.#lanes.get(lane) ?? [];
      if (waiting.length === 0) {
        this.#lanes.set(lane, waiting);
        void sleep(this.#options.flushMilliseconds).then(() => this.#flush(lane));
      }
      waiting.push({ delivery, digest, resolve, reject });
      const bytes = waiting.reduce((sum, each) => sum + each.delivery.body.length, 0);
      if (bytes >= this.#options.groupBytesMax) this.#flush(lane);
    });
    this.#pending.set(digest, landed);
    const forget = (): void => {
      this.#pending.delete(digest);
      this.pendingBytes -= delivery.body.length;
    };
    landed.then(forget, forget);
    return landed;
  }

  /** One group after the other: commits of one process to one stream must not pass each other. */
  #flush(lane: string): void {
    const waiting = this.#lanes.get(lane) ?? [];
    this.#lanes.delete(lane);
    for (const group of this.#groupsOf(waiting)) {
      this.#turn = this.#turn.then(() => this.#land(group));
    }
  }

  #groupsOf(waiting: readonly Waiting[]): Waiting[][] {
    const groups: Waiting[][] = [];
    let bytes = 0;
    for (const each of waiting) {
      const { length } = each.delivery.body;
      const last = groups.at(-1);
      const joins = each.delivery.isWhole && last?.[0]?.delivery.isWhole === true;
      if (last === undefined || !joins || bytes + length > this.#options.groupBytesMax) {
        groups.push([each]);
        bytes = length;
      } else {
        last.push(each);
        bytes += length;
      }
    }
    return groups;
  }

  async #land(group: readonly Waiting[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const started = performance.now();
    const { source, cluster, name } = first.delivery;
    const parts = group.flatMap(({ delivery: { body } }) => [body, newline]).filter(isFilled);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      const outcome = await this.#landParts(parts, bytes, group, { source, cluster, name });
      this.#remember(group);
      const seconds = (performance.now() - started) / 1000;
      this.#report({ source, cluster, bodies: group.length, bytes, outcome, seconds });
      for (const { resolve } of group) resolve('landed');
    } catch (error) {
      for (const { reject } of group) reject(new Busy('failed', error));
    }
  }

  async #landParts(
    parts: Buffer[],
    bytes: number,
    group: readonly Waiting[],
    named: { source: string; cluster: string; name: string },
  ): Promise<StreamOutcome> {
    const { source, cluster, name } = named;
    // A batch breaks there: its first part alone does not stand for the body. Such a one is known again by
    // what is landed of its stream.
    const isOneBatch = bytes < this.#context.blockBytes;
    const bodies = isOneBatch ? { bodies: group.map(({ digest }) => digest) } : {};
    const input = {
      naming: { source, cluster, observed_at: null },
      format: group[0]?.delivery.format ?? 'json',
      origin: { kind: 'webhook', name, ...bodies },
    };
    const from = { read: (target: Uint8Array) => Promise.resolve(take(parts, target)) };
    const { buffers, recordBytesMax } = this.#context;
    const reader = new BlockReader(from, buffers, recordBytesMax);
    return new StreamLander(this.#context, input, reader).land();
  }

  #remember(group: readonly Waiting[]): void {
    const now = Date.now();
    for (const { digest } of group) this.#known.set(digest, now);
    for (const [digest, at] of this.#known) {
      if (at >= now - rememberedMilliseconds) break;
      this.#known.delete(digest);
    }
  }

  /** Keyed: a plain hash would let anyone who sees the manifest test a guess of what was sent. */
  #digestOf({ source, cluster, body }: Delivery): string {
    const hash = createHmac('sha256', this.#context.keys.recordHash);
    return hash.update(`${source}\n${cluster}\n`).update(body).digest('hex').slice(0, 32);
  }

  async #freeBytes(): Promise<number> {
    const now = Date.now();
    if (now - this.#diskAskedAt > 1000) {
      this.#diskAskedAt = now;
      const { bavail, bsize } = await statfs(this.#context.store.folder);
      this.#diskFree = bavail * bsize;
    }
    return this.#diskFree;
  }
}

const newline = Buffer.from('\n');

/** A read that gives nothing is the end. */
function isFilled(part: Buffer): boolean {
  return part.length > 0;
}

function take(parts: Buffer[], target: Uint8Array): number {
  const [part] = parts;
  if (part === undefined) return 0;
  const count = Math.min(part.length, target.length);
  target.set(part.subarray(0, count));
  if (count === part.length) parts.shift();
  else parts[0] = part.subarray(count);
  return count;
}
