import { createHmac } from 'node:crypto';
import { commitBatch, discard } from './commit-batch.ts';
import {
  emptyOutcome,
  type LandingContext,
  type Origin,
  type StreamInput,
  type StreamOutcome,
} from './landing-context.ts';
import { chooseLanes, type Lane } from './message-lanes.ts';
import {
  type PartitionIdentity,
  type PartitionNotice,
  type PartitionOrigin,
  type PartitionProgress,
  type PartitionState,
  streamOfPartition,
} from './partition-progress.ts';
import { batchIdOf, digestOf } from './record-id.ts';
import type { WrittenBatch } from './segment.ts';
import { incomingPath } from './store.ts';
import type { BlockPart } from './worker-messages.ts';
import type { BlockJob } from './worker-pool.ts';

/** A message as it lies in its partition. */
export interface PartitionMessage {
  offset: number;
  /** What the broker says of its time, milliseconds since 1970. */
  at: number;
  value: Buffer | null;
}

/** Messages of one partition in the order of their offsets, to be landed together. */
export interface MessageRun {
  identity: PartitionIdentity;
  source: string;
  cluster: string;
  messages: readonly PartitionMessage[];
  /** `messages` are all that the partition holds from this offset on; `beginning`: from its first. */
  from: number | 'beginning';
  /** The offset behind all of them, and behind what was fetched with them and is no message. */
  next: number;
}

/** What became of a run of messages. */
export interface LandedRun {
  outcome: StreamOutcome;
  /** Messages that were in the store already. */
  repeated: number;
  /** Where the partition goes on, whoever landed what is below it. */
  next: number;
}

/**
 * Lands runs of messages. A partition is one stream whose byte positions only grow; what is landed
 * of it says the manifest alone. Any number of processes may land the same messages at once: whoever
 * finds its positions taken reads what is there by now, and lands what is left.
 */
export class PartitionLander {
  readonly #context: LandingContext;
  readonly #progress: PartitionProgress;

  constructor(context: LandingContext, progress: PartitionProgress) {
    this.#context = context;
    this.#progress = progress;
  }

  /**
   * Lands what is not in the store yet; settles when it is durable.
   *
   * @param isCurrent asked right before each commit; false leaves the rest to whoever has the
   *   partition now
   * @returns null where it was told so, or where messages before these are in nobody's hands: they
   *   have to be fetched first
   */
  async land(run: MessageRun, isCurrent: () => boolean): Promise<LandedRun | null> {
    const outcome = emptyOutcome();
    const { identity, messages } = run;
    let landed = 0;
    for (;;) {
      const state = this.#progress.of(identity);
      const seen = this.#context.manifest.entries.length;
      if (leavesOut(run.from, state)) return null;
      const left = messages.filter(({ offset }) => !state.holds(offset));
      if (left.length === 0) {
        return { outcome, repeated: messages.length - landed, next: state.next ?? run.next };
      }
      const lanes = chooseLanes(left, run.source, this.#context.blockBytes);
      const lane = lanes[0] as Lane;
      const committed = await this.#landLane(run, state, seen, left, lane, outcome, isCurrent);
      if (committed === null) return null;
      if (committed) landed += lane.messages.length;
    }
  }

  /** Notes in the manifest what happened to a partition of which something is landed, once. */
  note(run: Pick<MessageRun, 'identity' | 'source' | 'cluster'>, notice: PartitionNotice): void {
    const { identity, source, cluster } = run;
    const stream = streamOfPartition(identity);
    for (;;) {
      const state = this.#progress.of(identity);
      const seen = this.#context.manifest.entries.length;
      const { next } = state;
      if (next === null || isNoted(state, notice)) return;
      const isGap = notice.kind === 'gap';
      const place = isGap
        ? { first: notice.first, last: notice.last }
        : { first: next, last: next };
      const kafka: PartitionOrigin = {
        ...identity,
        ...place,
        messages: 0,
        empty: 0,
        next: isGap ? notice.last + 1 : next,
        notice,
      };
      const digest = digestOf(Buffer.alloc(0));
      const entry = this.#context.manifest.append(
        this.#context.store,
        {
          source,
          cluster,
          observed_at: null,
          stream,
          origin: originOf(kafka),
          // No bytes came: only what it says tells this batch from the next, which begins there.
          batch: batchIdOf(`${stream}\n${JSON.stringify(notice)}`, state.position, digest),
          from: state.position,
          to: state.position,
          ...nothing,
          digest,
          unterminated: false,
          replaces: null,
          segment: null,
          quarantine: null,
        },
        seen,
      );
      if (entry !== 'overtaken') return;
    }
  }

  /** What tells a message from another that may stand at its offset one day. */
  checkOf({ at, value }: PartitionMessage): string {
    const hash = createHmac('sha256', this.#context.keys.recordHash).update(`message\n${at}\n`);
    return hash
      .update(value ?? '')
      .digest('hex')
      .slice(0, 32);
  }

  /** Whether its messages are committed; null where that is no business of this process any more. */
  async #landLane(
    run: MessageRun,
    state: PartitionState,
    seen: number,
    left: readonly PartitionMessage[],
    lane: Lane,
    outcome: StreamOutcome,
    isCurrent: () => boolean,
  ): Promise<boolean | null> {
    const { identity, source, cluster } = run;
    const { job, bytes } = this.#scan(lane, state.position, source);
    try {
      const { parts } = await job.scanned;
      const [part] = parts;
      if (part === undefined || parts.length > 1) throw new Error('messages make one batch');
      const input: StreamInput = {
        naming: { source, cluster, observed_at: null },
        format: lane.format,
        origin: originOf(this.#describe(run, left, lane)),
      };
      const written = await this.#write(job, part, source);
      if (!isCurrent()) {
        discard(written);
        return null;
      }
      const stream = streamOfPartition(identity);
      const entry = commitBatch(this.#context, input, stream, part, written, null, seen);
      if (entry === 'overtaken') {
        discard(written);
        return false;
      }
      count(outcome, part);
      return true;
    } finally {
      job.release().then(
        () => this.#context.buffers.give(bytes),
        () => {},
      );
    }
  }

  #scan(lane: Lane, base: number, source: string): { job: BlockJob; bytes: SharedArrayBuffer } {
    const { buffers, blockBytes, recordBytesMax, workers } = this.#context;
    const { bytes: length, format } = lane;
    // Many partitions land a little at a time: each with a block of its own would be too much.
    const isPooled = length <= blockBytes && length >= blockBytes / 16;
    const bytes = isPooled ? buffers.take() : new SharedArrayBuffer(length);
    const target = Buffer.from(bytes, 0, length);
    let at = 0;
    for (const { value } of lane.messages) {
      if (value !== null) at += value.copy(target, at);
      target[at++] = lineFeed;
    }
    const state = null;
    const place = { bytes, length, base, blockBytesMax: length, atEnd: true };
    return { job: workers.scan({ ...place, recordBytesMax, state, source, format }), bytes };
  }

  #write(job: BlockJob, part: BlockPart, source: string): Promise<WrittenBatch> {
    if (part.rowFrom === part.rowTo) return Promise.resolve({ segment: null, quarantine: null });
    const { store, normaliser } = this.#context;
    const { sql, inner = {} } = normaliser(source);
    return job.write({
      part: 0,
      normaliseSql: sql,
      innerSql: inner,
      observedAt: null,
      paths: {
        segment: incomingPath(store, '.segment'),
        quarantine: incomingPath(store, '.quarantine'),
        inner: incomingPath(store, '.inner'),
      },
    });
  }

  #describe(run: MessageRun, left: readonly PartitionMessage[], lane: Lane): PartitionOrigin {
    const { messages } = lane;
    const taken = new Set(messages.map(({ offset }) => offset));
    const rest = left.find(({ offset }) => !taken.has(offset));
    const last = run.messages.at(-1) as PartitionMessage;
    const tail = { offset: last.offset, at: timeOf(last.at), check: this.checkOf(last) };
    const runs = runsOf(left, taken);
    return {
      ...run.identity,
      first: messages[0]?.offset ?? 0,
      last: messages.at(-1)?.offset ?? 0,
      messages: messages.length,
      empty: messages.filter(({ value }) => value === null || value.length === 0).length,
      ...(runs.length > 1 ? { runs } : {}),
      next: rest?.offset ?? run.next,
      ...(rest === undefined ? { tail } : {}),
    };
  }
}

const lineFeed = 10;

const nothing = {
  records: 0,
  good: 0,
  envelopes: 0,
  quarantined: 0,
  blank_lines: 0,
  redacted: 0,
} as const;

function originOf(kafka: PartitionOrigin): Origin {
  const { topic, partition, first, last } = kafka;
  return { kind: 'kafka', name: `kafka:${topic}/${partition}@${first}-${last}`, kafka };
}

/** Whether messages lie between what is landed and what is to be: `next` must not pass over them. */
function leavesOut(from: MessageRun['from'], { next }: PartitionState): boolean {
  return from !== 'beginning' && (next === null || from > next);
}

/** RFC 3339; brokers write -1 where a message has no time. */
function timeOf(at: number): string {
  return new Date(Math.max(0, at)).toISOString();
}

function isNoted({ next, lastNotice }: PartitionState, notice: PartitionNotice): boolean {
  if (notice.kind === 'gap') return next !== null && next > notice.last;
  return lastNotice?.kind === notice.kind && lastNotice.why === notice.why;
}

/** Runs of messages that are taken, one after the other in `left`. */
function runsOf(left: readonly PartitionMessage[], taken: ReadonlySet<number>): [number, number][] {
  const runs: [number, number][] = [];
  let isOpen = false;
  for (const { offset } of left) {
    const isTaken = taken.has(offset);
    const last = runs.at(-1);
    if (isTaken && isOpen && last !== undefined) last[1] = offset;
    else if (isTaken) runs.push([offset, offset]);
    isOpen = isTaken;
  }
  return runs;
}

function count(outcome: StreamOutcome, part: BlockPart): void {
  outcome.batches += 1;
  outcome.records += part.rowTo - part.rowFrom;
  outcome.good += part.good;
  outcome.envelopes += part.envelopes;
  outcome.quarantined += part.quarantined;
  outcome.redacted += part.redacted;
  outcome.blank_lines += part.blankLines;
}
