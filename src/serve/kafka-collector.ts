import { setTimeout as sleep } from 'node:timers/promises';
import { type FetchedMessages, type KafkaListener, KafkaTransport } from '../ingest/kafka.ts';
import { readKafkaLogin } from '../ingest/kafka-login.ts';
import type { LandingContext } from '../landing/landing-context.ts';
import { type LandedRun, type MessageRun, PartitionLander } from '../landing/partition-lander.ts';
import {
  type PartitionNotice,
  type PartitionPlace,
  PartitionProgress,
} from '../landing/partition-progress.ts';
import type { KafkaConfig, TopicConfig } from './kafka-config.ts';
import {
  PartitionReader,
  type ReaderSubject,
  type ReaderSurroundings,
} from './partition-reader.ts';

/** What is told of a collector of topics, for metrics and logs. */
export interface KafkaObserver {
  landed(subject: ReaderSubject, run: MessageRun, landed: LandedRun, seconds: number): void;
  noticed(subject: ReaderSubject, notice: PartitionNotice): void;
  /** The partitions of this process from now on. */
  assigned(places: readonly PartitionPlace[]): void;
  failed(what: string, error: unknown): void;
  rebuilt(reason: string): void;
  log: KafkaListener['log'];
}

const lookMillisecondsMax = 10_000;
const waitMilliseconds = 1000;
const waitMillisecondsMax = 30_000;

/**
 * Lands the topics of a cluster of brokers, as one of any number of processes of a group. Which of them
 * reads a partition the group says; where it goes on, and what is landed, the manifest alone. So what
 * happens twice, because two of them have a partition for a while, is landed once.
 */
export class KafkaCollector {
  readonly #context: LandingContext;
  readonly #config: KafkaConfig;
  readonly #observer: KafkaObserver;
  readonly #freeBytes: () => Promise<boolean>;
  readonly #progress: PartitionProgress;
  readonly #surroundings: ReaderSurroundings;
  readonly #readers = new Map<string, PartitionReader>();
  #transport: KafkaTransport | null = null;
  #clusterId = '';
  #isJoined = false;
  #closing = false;
  #broken: string | null = null;
  #wake: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  /**
   * @param hasDisk whether there is room on the store's disk
   * @throws CustodyError BAD_OPTION for a certificate or a secret that is not there
   */
  constructor(
    context: LandingContext,
    config: KafkaConfig,
    observer: KafkaObserver,
    hasDisk: () => Promise<boolean>,
  ) {
    readKafkaLogin(config);
    this.#context = context;
    this.#config = config;
    this.#observer = observer;
    this.#freeBytes = hasDisk;
    this.#progress = new PartitionProgress(context.manifest);
    this.#surroundings = this.#makeSurroundings();
  }

  /** What is read now, a reader for each partition of this process. */
  get readers(): readonly PartitionReader[] {
    return [...this.#readers.values()];
  }

  /** Whether the group has given it its partitions, be it none. */
  get isReady(): boolean {
    return this.#isJoined && !this.#closing;
  }

  /** Begins in the background: brokers may come later, go and come back. */
  start(): void {
    this.#running = this.#run();
  }

  /** Takes nothing more, lands what it has, tells the group, and leaves it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    let wait = waitMilliseconds;
    while (!this.#closing) {
      const transport: KafkaTransport = new KafkaTransport(
        this.#config,
        this.#listener(() => this.#transport === transport),
      );
      this.#transport = transport;
      this.#broken = null;
      try {
        this.#clusterId = await transport.clusterId();
        const topics = await this.#awaitTopics(transport);
        if (!this.#closing) await transport.start(topics);
        while (this.#broken === null && !this.#closing) {
          await this.#rest(Math.min(lookMillisecondsMax, this.#config.stalled_seconds * 250));
          if (!this.#closing) await this.#lookInTime(transport, topics);
          if (this.#isJoined) wait = waitMilliseconds;
        }
      } catch (error) {
        this.#broken ??= error instanceof Error ? error.message : String(error);
        this.#observer.failed('cannot read from the brokers', error);
      }
      if (this.#closing) await this.#finish(transport);
      this.#isJoined = false;
      this.#endReaders();
      this.#transport = null;
      await transport.close();
      if (this.#closing) break;
      this.#observer.rebuilt(this.#broken ?? 'unknown');
      await this.#rest(wait);
      wait = Math.min(2 * wait, waitMillisecondsMax);
    }
  }

  /** Waits, but for no longer than until there is something to do. */
  async #rest(milliseconds: number): Promise<void> {
    if (this.#closing) return;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([sleep(milliseconds, undefined, { ref: false }), woken]);
  }

  /** The topics that there are, at least one; the others are looked for again. */
  async #awaitTopics(transport: KafkaTransport): Promise<string[]> {
    const wanted = this.#config.topics.map(({ name }) => name);
    let missing = '';
    for (;;) {
      const topics = await transport.topics();
      const absent = wanted.filter((name) => !topics.includes(name)).join(', ');
      if (absent !== missing && absent !== '') {
        this.#observer.failed('no such topic yet', new Error(absent));
      }
      missing = absent;
      if (topics.length > 0 || this.#closing) return topics;
      await this.#rest(waitMilliseconds);
    }
  }

  /** A look that takes too long is a sign by itself. */
  async #lookInTime(transport: KafkaTransport, topics: readonly string[]): Promise<void> {
    const stalled = this.#config.stalled_seconds * 1000;
    const isDone = await Promise.race([
      this.#look(transport, topics).then(() => true),
      sleep(stalled, false, { ref: false }),
    ]);
    if (!isDone) this.#broken ??= 'the brokers do not answer';
  }

  /** Compares with what the brokers have, and sees whether the consumer stands still without a word. */
  async #look(transport: KafkaTransport, topics: readonly string[]): Promise<void> {
    const now = Date.now();
    const stalled = this.#config.stalled_seconds * 1000;
    if (now - transport.heardAt > stalled) {
      this.#broken ??= 'no sign of life of the consumer';
      return;
    }
    if ((await transport.topics()).length !== topics.length) {
      this.#broken ??= 'topics came or went';
      return;
    }
    for (const name of topics) {
      const readers = this.readers.filter(({ subject }) => subject.place.topic === name);
      if (readers.length === 0) continue;
      const extents = await transport.extents(name);
      for (const reader of readers) {
        const extent = extents.get(reader.subject.place.partition);
        if (extent === undefined || !this.#isOurs(reader)) continue;
        const before = reader.position;
        reader.lookAt(extent);
        if (reader.stopped !== null) transport.pause(reader.subject.place);
        else if (reader.position !== before) transport.seek(reader.subject.place, reader.position);
        const waits = extent.high > reader.position && reader.pendingBytes === 0;
        if (reader.stopped === null && waits && now - reader.heardAt > stalled) {
          this.#broken ??= `partition ${name}/${reader.subject.place.partition} stands still`;
        }
      }
    }
  }

  async #finish(transport: KafkaTransport): Promise<void> {
    const { readers } = this;
    try {
      transport.pauseAll();
    } catch {
      // It had not begun: there is nothing to stop.
    }
    await Promise.all(readers.map((reader) => reader.flush()));
    // What the group is told is a hint: it may fail.
    const told = readers.map(async ({ subject }) => {
      const { next } = this.#progress.of(subject.identity);
      if (next !== null) await transport.commit(subject.place, next);
    });
    await Promise.race([Promise.allSettled(told), sleep(3000, undefined, { ref: false })]);
  }

  /** One that was given up may come back to life: it is not listened to any more. */
  #listener(isPresent: () => boolean): KafkaListener {
    return {
      assigned: (places) => (isPresent() ? this.#assign(places) : new Map()),
      fetched: async (batch, isAlive) => isPresent() && this.#take(batch, isAlive),
      passed: (place, next) => {
        if (isPresent()) this.#readers.get(keyOf(place))?.pass(next);
      },
      ended: (reason) => {
        if (!isPresent()) return;
        this.#broken ??= reason;
        this.#wake();
      },
      log: this.#observer.log,
    };
  }

  /** Old readers may be in the middle of landing: they notice before they commit. */
  #assign(places: readonly PartitionPlace[]): Map<PartitionPlace, number> {
    this.#endReaders();
    const positions = new Map<PartitionPlace, number>();
    for (const place of places) {
      const reader = this.#read(place);
      if (reader.stopped === null) positions.set(place, reader.position);
    }
    this.#isJoined = true;
    this.#observer.assigned(places);
    return positions;
  }

  #endReaders(): void {
    for (const reader of this.#readers.values()) reader.end();
    this.#readers.clear();
  }

  #read(place: PartitionPlace): PartitionReader {
    const topic = this.#config.topics.find(({ name }) => name === place.topic) as TopicConfig;
    const { source, cluster, generation } = topic;
    const clusters = this.#progress.clustersOf(place.topic, generation);
    const other = clusters.find((id) => id !== this.#clusterId);
    const cluster_id = other ?? this.#clusterId;
    const identity = { ...place, cluster_id, generation };
    const reader = new PartitionReader({ place, identity, source, cluster }, this.#surroundings);
    this.#readers.set(keyOf(place), reader);
    if (other !== undefined) {
      reader.stop(`the brokers are cluster "${this.#clusterId}", and "${other}" was landed`);
    }
    return reader;
  }

  async #take(batch: FetchedMessages, isAlive: () => boolean): Promise<boolean> {
    const reader = this.#readers.get(keyOf(batch));
    if (reader === undefined || this.#closing) return false;
    const isTaken = await reader.take(batch, isAlive);
    if (isTaken || !this.#isOurs(reader) || this.#closing) return isTaken;
    if (reader.stopped !== null) this.#transport?.pause(batch);
    else this.#transport?.seek(batch, reader.position);
    return false;
  }

  #isOurs(reader: PartitionReader): boolean {
    return this.#readers.get(keyOf(reader.subject.place)) === reader;
  }

  #makeSurroundings(): ReaderSurroundings {
    const { batch_bytes_max, batch_seconds, pending_bytes_max } = this.#config;
    return {
      lander: new PartitionLander(this.#context, this.#progress),
      progress: (identity) => this.#progress.of(identity),
      extent: async ({ topic, partition }) =>
        (await this.#transport?.extents(topic))?.get(partition),
      batchBytesMax: batch_bytes_max,
      batchMilliseconds: batch_seconds * 1000,
      hasRoom: () =>
        this.readers.reduce((sum, each) => sum + each.pendingBytes, 0) < pending_bytes_max,
      beforeLanding: async () => {
        if (!(await this.#freeBytes())) throw new Error('too little room on the disk');
      },
      landed: (reader, run, landed, seconds) => {
        this.#observer.landed(reader.subject, run, landed, seconds);
        this.#tellGroup(reader, landed.next);
      },
      noticed: ({ subject }, notice) => this.#observer.noticed(subject, notice),
      failed: (reader, error) => void this.#readAgain(reader, error),
    };
  }

  #tellGroup(reader: PartitionReader, next: number): void {
    if (!this.#isOurs(reader) || this.#closing) return;
    // Whoever lost the partition meanwhile is refused, and nothing is lost by that.
    this.#transport?.commit(reader.subject.place, next).catch(() => {});
  }

  /** Begins again with what the manifest says, a little later. */
  async #readAgain(reader: PartitionReader, error: unknown): Promise<void> {
    reader.end();
    const { place } = reader.subject;
    if (error !== null) {
      this.#observer.failed(`cannot land ${place.topic}/${place.partition}`, error);
      this.#transport?.pause(place);
      await sleep(waitMilliseconds);
    }
    if (this.#closing || !this.#isOurs(reader)) return;
    this.#transport?.seek(place, this.#read(place).position);
    this.#transport?.resume(place);
  }
}

function keyOf({ topic, partition }: PartitionPlace): string {
  return `${topic}\n${partition}`;
}
