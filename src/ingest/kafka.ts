import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type KafkaConfig as KafkaOptions,
  type LogEntry,
} from 'kafkajs';
import type { PartitionMessage } from '../landing/partition-lander.ts';
import type { PartitionPlace } from '../landing/partition-progress.ts';
import type { KafkaConfig } from '../serve/kafka-config.ts';
import { registerKafkaCodecs } from './kafka-codecs.ts';
import { readKafkaLogin } from './kafka-login.ts';
import { quietKafkajs } from './quiet-kafkajs.ts';

/** Messages of one partition as one fetch gave them. */
export interface FetchedMessages extends PartitionPlace {
  /** The offset that was asked for: it is another one than expected where the broker had it no more. */
  fetchedFrom: number;
  messages: PartitionMessage[];
  /** The offset behind all of it, marks of transactions included. */
  next: number;
  highWatermark: number;
}

/** What the broker has of a partition: offsets of the first message, and behind the last. */
export interface PartitionExtent {
  low: number;
  high: number;
}

/** Who is told of what comes. */
export interface KafkaListener {
  /**
   * These partitions are ours, and no others. Where each is to go on has to be known at once: whoever
   * answers later gets messages of another place first (measured). What is left out is not fetched.
   */
  assigned(places: readonly PartitionPlace[]): ReadonlyMap<PartitionPlace, number>;
  /**
   * Takes messages. The next ones are fetched when this settles, so waiting here is how the broker is
   * slowed down.
   *
   * @param isAlive whether the group still counts on this consumer
   * @returns whether they were taken; if not, the listener has said where to go on
   */
  fetched(batch: FetchedMessages, isAlive: () => boolean): Promise<boolean>;
  /** There was nothing but marks of transactions up to an offset. */
  passed(place: PartitionPlace, next: number): void;
  /** The consumer has ended by itself and fetches nothing more. */
  ended(reason: string): void;
  log(level: 'error' | 'warn' | 'info', message: string): void;
}

const heartbeatMilliseconds = 2000;
/** A listener that takes longer than this has hung: the group shall give its partitions to another. */
const takingMillisecondsMax = 5 * 60_000;
/** Azure closes connections that are silent for 4 minutes; Microsoft recommends this for metadata. */
const metadataMilliseconds = 180_000;

/**
 * A consumer of a group. Where it goes on, and what is committed, is its listener's to say: Kafka's own
 * offsets are written as a hint for people who look at lag, and never read.
 */
export class KafkaTransport {
  /** When the broker last answered, or the group was heard of; milliseconds since 1970. */
  heardAt = Date.now();
  readonly #config: KafkaConfig;
  readonly #listener: KafkaListener;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  #assigned: readonly PartitionPlace[] = [];

  /** @throws CustodyError BAD_OPTION for a certificate or a secret that is not there */
  constructor(config: KafkaConfig, listener: KafkaListener) {
    registerKafkaCodecs();
    quietKafkajs();
    this.#config = config;
    this.#listener = listener;
    const kafka = openKafka(config, listener);
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({
      groupId: config.group_id,
      sessionTimeout: config.session_seconds * 1000,
      allowAutoTopicCreation: false,
      rebalanceTimeout: Math.max(60_000, 2 * config.session_seconds * 1000),
      heartbeatInterval: Math.min(3000, (config.session_seconds * 1000) / 3),
      metadataMaxAge: metadataMilliseconds,
      maxBytesPerPartition: config.fetch_bytes_max,
      maxBytes: 4 * config.fetch_bytes_max,
      maxWaitTimeInMs: 500,
      readUncommitted: false,
      // What it cannot mend it says, and then ends: it is built anew by whoever watches it.
      retry: { retries: 8, restartOnFailure: async () => false },
    });
  }

  /** The id of the cluster that the brokers are; the same for as long as it lives. */
  async clusterId(): Promise<string> {
    await this.#admin.connect();
    const { clusterId } = await this.#admin.describeCluster();
    return clusterId === '' ? 'unknown' : clusterId;
  }

  /** What the broker has of each partition of a topic. */
  async extents(topic: string): Promise<Map<number, PartitionExtent>> {
    const found = await this.#admin.fetchTopicOffsets(topic);
    return new Map(
      found.map(({ partition, low, high }) => [
        partition,
        { low: Number(low), high: Number(high) },
      ]),
    );
  }

  /** Which of the configured topics there are. */
  async topics(): Promise<string[]> {
    const there = new Set(await this.#admin.listTopics());
    return this.#config.topics.map(({ name }) => name).filter((name) => there.has(name));
  }

  /** Joins the group and begins to fetch topics; one that is not there would keep it from all. */
  async start(topics: string[]): Promise<void> {
    this.#listen();
    await this.#consumer.connect();
    // Only for partitions whose place the broker has no more: every other begins where it is told.
    await this.#consumer.subscribe({ topics, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  /** The partition goes on there. */
  seek({ topic, partition }: PartitionPlace, offset: number): void {
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** Fetches no more of a partition. */
  pause({ topic, partition }: PartitionPlace): void {
    this.#consumer.pause([{ topic, partitions: [partition] }]);
  }

  /** Fetches a partition again. */
  resume({ topic, partition }: PartitionPlace): void {
    this.#consumer.resume([{ topic, partitions: [partition] }]);
  }

  /** Fetches nothing more. */
  pauseAll(): void {
    for (const place of this.#assigned) this.pause(place);
  }

  /** Tells the group how far a partition is; nothing depends on it. */
  async commit({ topic, partition }: PartitionPlace, next: number): Promise<void> {
    await this.#consumer.commitOffsets([{ topic, partition, offset: String(next) }]);
  }

  /** Leaves the group. What hangs is left behind after a while. */
  async close(): Promise<void> {
    const closing = Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()]);
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise((resolve) => {
      timer = setTimeout(resolve, 10_000);
    });
    await Promise.race([closing, waited]);
    clearTimeout(timer);
  }

  #listen(): void {
    const { events } = this.#consumer;
    const heard = (): void => {
      this.heardAt = Date.now();
    };
    this.#consumer.on(events.HEARTBEAT, heard);
    this.#consumer.on(events.FETCH, heard);
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      heard();
      this.#assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      const offsets = this.#listener.assigned(this.#assigned);
      for (const place of this.#assigned) {
        const offset = offsets.get(place);
        if (offset === undefined) this.pause(place);
        else {
          this.seek(place, offset);
          this.resume(place);
        }
      }
    });
    this.#consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      const { topic, partition, batchSize, lastOffset } = payload;
      if (batchSize === 0) this.#listener.passed({ topic, partition }, Number(lastOffset) + 1);
    });
    this.#consumer.on(events.CRASH, ({ payload }) => {
      if (!payload.restart) this.#listener.ended(payload.error.message);
    });
  }

  async #take({ batch, heartbeat, resolveOffset }: EachBatchPayload): Promise<void> {
    const last = batch.messages.at(-1);
    if (last === undefined) return;
    let failure: unknown = null;
    const until = Date.now() + takingMillisecondsMax;
    // Else the group takes the partition away while its messages are being landed.
    const beating = setInterval(() => {
      if (Date.now() > until) failure ??= new Error('landing hangs');
      else if (failure === null) {
        heartbeat().catch((error: unknown) => {
          failure = error;
        });
      }
    }, heartbeatMilliseconds);
    try {
      const { topic, partition } = batch;
      const isTaken = await this.#listener.fetched(
        {
          topic,
          partition,
          // Not in kafkajs's types, but there.
          fetchedFrom: Number((batch as unknown as { fetchedOffset: string }).fetchedOffset),
          messages: batch.messages.map(({ offset, timestamp, value }) => ({
            offset: Number(offset),
            at: Number(timestamp),
            value,
          })),
          next: Number(batch.lastOffset()) + 1,
          highWatermark: Number(batch.highWatermark),
        },
        () => failure === null,
      );
      if (failure !== null) throw failure;
      if (isTaken) resolveOffset(last.offset);
    } finally {
      clearInterval(beating);
    }
  }
}

function openKafka(config: KafkaConfig, listener: KafkaListener): Kafka {
  const { ssl, sasl } = readKafkaLogin(config);
  const options: KafkaOptions = {
    clientId: config.client_id,
    brokers: config.brokers,
    ssl,
    // Long enough for TLS over a wide area; kafkajs's second is not.
    connectionTimeout: 10_000,
    authenticationTimeout: 15_000,
    logCreator: () => (entry) => passOn(entry, listener),
    ...(sasl === undefined ? {} : { sasl }),
  };
  return new kafkajs.Kafka(options);
}

const levels = { 1: 'error', 2: 'warn', 4: 'info' } as const;

/** Only what kafkajs says in words: its other fields hold whole requests. */
function passOn({ level, namespace, log }: LogEntry, listener: KafkaListener): void {
  const named = levels[level as keyof typeof levels];
  if (named === undefined) return;
  const { message, error, broker } = log as { message: string; error?: unknown; broker?: string };
  const details = [error, broker].filter((each) => typeof each === 'string').join(', ');
  const told = details === '' ? message : `${message} (${details})`;
  listener.log(named, `${namespace}: ${told}`);
}
