import { Counter, Gauge, type Registry } from 'prom-client';
import type { LandedRun, MessageRun } from '../landing/partition-lander.ts';
import type { PartitionNotice, PartitionPlace } from '../landing/partition-progress.ts';
import type { KafkaCollector } from './kafka-collector.ts';

const labelNames = ['topic', 'partition'] as const;

/** What Prometheus scrapes of a collector of topics, beside what it scrapes of every collector. */
export class KafkaMetrics {
  readonly #registry: Registry;
  readonly #messages = this.#counter('messages', 'Messages that were committed');
  readonly #empty = this.#counter('empty_messages', 'Messages without a value');
  readonly #repeated = this.#counter(
    'repeated_messages',
    'Messages that were fetched again, or by another process too, and were in the store',
  );
  readonly #lost = this.#counter(
    'lost_messages',
    'Offsets that the broker removed before they were fetched',
  );
  readonly #rebuilt: Counter;
  readonly #collector: () => KafkaCollector;

  constructor(registry: Registry, collector: () => KafkaCollector) {
    this.#registry = registry;
    this.#collector = collector;
    for (const counter of [this.#messages, this.#empty, this.#repeated, this.#lost]) {
      registry.registerMetric(counter);
    }
    this.#rebuilt = new Counter({
      name: 'custody_kafka_consumers_rebuilt_total',
      help: 'Times that a consumer ended or stood still and was built anew',
      registers: [registry],
    });
    new Gauge({
      name: 'custody_kafka_joined',
      help: '1 where the group has given this process its partitions, be it none',
      registers: [registry],
      collect() {
        this.set(collector().isReady ? 1 : 0);
      },
    });
    this.#gauge('lag_messages', 'Offsets between what is fetched and the end', (reader, set) =>
      set(Math.max(0, reader.highWatermark - reader.position)),
    );
    this.#gauge('position', 'Offset that is fetched next', (reader, set) => set(reader.position));
    this.#gauge('pending_bytes', 'Bytes fetched and not committed yet', (reader, set) =>
      set(reader.pendingBytes),
    );
    this.#gauge('seconds_since_last_message', 'Since messages of it were fetched', (reader, set) =>
      set((Date.now() - reader.heardAt) / 1000),
    );
    this.#gauge('stopped', '1 where it is read no further: its log says why', (reader, set) =>
      set(reader.stopped === null ? 0 : 1),
    );
  }

  landed({ identity, messages }: MessageRun, { repeated }: LandedRun): void {
    const labels = labelsOf(identity);
    this.#messages.inc(labels, messages.length - repeated);
    this.#repeated.inc(labels, repeated);
    const empty = messages.filter(({ value }) => value === null || value.length === 0);
    this.#empty.inc(labels, empty.length);
  }

  noticed(place: PartitionPlace, notice: PartitionNotice): void {
    if (notice.kind === 'gap') this.#lost.inc(labelsOf(place), notice.last - notice.first + 1);
  }

  rebuilt(): void {
    this.#rebuilt.inc();
  }

  #counter(name: string, help: string): Counter<'topic' | 'partition'> {
    return new Counter({ name: `custody_kafka_${name}_total`, help, labelNames, registers: [] });
  }

  #gauge(
    name: string,
    help: string,
    tell: (reader: KafkaCollector['readers'][number], set: (value: number) => void) => void,
  ): void {
    const readers = (): KafkaCollector['readers'] => this.#collector().readers;
    new Gauge({
      name: `custody_kafka_${name}`,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        // Partitions come and go.
        this.reset();
        for (const reader of readers()) {
          tell(reader, (value) => this.set(labelsOf(reader.subject.place), value));
        }
      },
    });
  }
}

function labelsOf({ topic, partition }: PartitionPlace): { topic: string; partition: string } {
  return { topic, partition: String(partition) };
}
