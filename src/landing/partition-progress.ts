import { createHash } from 'node:crypto';
import type { Manifest, ManifestEntry } from './manifest.ts';

/** A partition of a topic. Offsets and byte positions are whole numbers below 2^53. */
export interface PartitionPlace {
  topic: string;
  partition: number;
}

/** A partition in one of its lives: a topic that was made anew is another one. */
export interface PartitionIdentity extends PartitionPlace {
  cluster_id: string;
  /** Counted up by whoever runs the collector, to take a topic that was made anew. */
  generation: number;
}

/** What happened to a partition besides messages. */
export type PartitionNotice =
  /** Messages that the broker removed before they were fetched: at most so many. */
  | { kind: 'gap'; first: number; last: number; from_at: string | null; until_at: string }
  /** The partition holds other messages than it did: it is not read any further. */
  | { kind: 'made_anew'; why: string; from_at: string | null; until_at: string };

/** The last message below `next`: it tells whether the partition still is the same. */
export interface PartitionTail {
  offset: number;
  at: string;
  /** A keyed hash of the message. */
  check: string;
}

/** Which messages of a partition an entry holds, and what the collector knew then. */
export interface PartitionOrigin extends PartitionIdentity {
  /** Offsets of the first and the last message of the entry; of a notice, of what it is about. */
  first: number;
  last: number;
  messages: number;
  /** Messages without a value, such as those that mark a key as deleted. */
  empty: number;
  /**
   * Where messages between `first` and `last` are in other entries: the runs of offsets that are in this
   * one. Offsets that no message has (compaction, marks of transactions) break no run.
   */
  runs?: readonly (readonly [number, number])[];
  /** Every message below this offset is in the store. */
  next: number;
  tail?: PartitionTail;
  notice?: PartitionNotice;
}

/** What the manifest says of a partition. */
export interface PartitionState {
  /** Every message below this offset is in the store; null where none ever was. */
  next: number | null;
  /** Position behind the last byte of the stream. */
  position: number;
  tail: PartitionTail | null;
  /** The broker's time of the last message that is landed. */
  lastAt: string | null;
  lastNotice: PartitionNotice | null;
  /** Whether a message is in the store. */
  holds(offset: number): boolean;
}

/** The stream of a partition, the same for whoever reads it. */
export function streamOfPartition(identity: PartitionIdentity): string {
  const { cluster_id, topic, partition, generation } = identity;
  const parts = ['kafka', cluster_id, topic, partition, generation];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** How far each partition is landed, told from the manifest alone: other processes write it too. */
export class PartitionProgress {
  readonly #manifest: Manifest;
  readonly #states = new Map<string, FoldedState>();
  /** Clusters whose messages are landed, of each topic and generation. */
  readonly #clusters = new Map<string, Set<string>>();
  #folded = 0;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** Reads what others have committed since, and says how far the partition is. */
  of(identity: PartitionIdentity): PartitionState {
    this.#fold();
    return this.#states.get(streamOfPartition(identity)) ?? new FoldedState();
  }

  /** Clusters of brokers of which messages of such a topic and generation are landed. */
  clustersOf(topic: string, generation: number): readonly string[] {
    this.#fold();
    return [...(this.#clusters.get(`${generation}\n${topic}`) ?? [])];
  }

  #fold(): void {
    this.#manifest.refresh();
    const { entries } = this.#manifest;
    for (; this.#folded < entries.length; this.#folded += 1) {
      const entry = entries[this.#folded] as ManifestEntry;
      const { kafka } = entry.origin;
      if (kafka === undefined) continue;
      const state = this.#states.get(entry.stream) ?? new FoldedState();
      this.#states.set(entry.stream, state);
      state.add(entry, kafka);
      if (kafka.messages === 0) continue;
      const topic = `${kafka.generation}\n${kafka.topic}`;
      this.#clusters.set(
        topic,
        (this.#clusters.get(topic) ?? new Set<string>()).add(kafka.cluster_id),
      );
    }
  }
}

class FoldedState implements PartitionState {
  next: number | null = null;
  position = 0;
  tail: PartitionTail | null = null;
  lastAt: string | null = null;
  lastNotice: PartitionNotice | null = null;
  /** Runs of offsets at or behind `next`, of a flush that is not committed whole. */
  #ahead: (readonly [number, number])[] = [];

  /** Progress only grows: an entry that was committed late takes none of it back. */
  add(entry: ManifestEntry, kafka: PartitionOrigin): void {
    const next = Math.max(this.next ?? 0, kafka.next);
    this.next = next;
    this.position = Math.max(this.position, entry.to);
    if (kafka.tail !== undefined && kafka.tail.offset >= (this.tail?.offset ?? 0)) {
      this.tail = kafka.tail;
      this.lastAt = kafka.tail.at;
    }
    if (kafka.notice !== undefined) {
      this.lastNotice = kafka.notice;
      // What stood before the gap is gone: it can vouch for nothing.
      if (kafka.notice.kind === 'gap') this.tail = null;
    } else this.#ahead.push(...(kafka.runs ?? [[kafka.first, kafka.last] as const]));
    this.#ahead = this.#ahead.filter(([, last]) => last >= next);
  }

  holds(offset: number): boolean {
    return (
      offset < (this.next ?? 0) ||
      this.#ahead.some(([first, last]) => first <= offset && offset <= last)
    );
  }
}
