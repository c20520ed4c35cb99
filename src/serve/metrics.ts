import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Refusal } from '../ingest/webhook.ts';
import type { Collector, GroupReport } from './collector.ts';

const labelNames = ['source', 'cluster'] as const;
const commitBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const refreshBuckets = [0.3, 1, 3, 10, 30, 100, 300];

/** Why a connection was cut off before it had made a request. */
type UnheardRefusal = 'foreign_certificate' | 'no_request' | 'too_slow' | 'too_many_connections';

/** What Prometheus scrapes of a collector: https://prometheus.io/docs/practices/naming/ */
export class Metrics {
  readonly registry = new Registry();
  readonly #records = this.#counter('records', 'Records committed, those in quarantine included');
  readonly #quarantined = this.#counter(
    'quarantined_records',
    'Records that are not what their source promises',
  );
  readonly #bytes = this.#counter('received_bytes', 'Bytes of bodies that were committed');
  readonly #refused = new Counter({
    name: 'custody_refused_requests_total',
    help: 'Requests that were not taken: their senders keep what was in them',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly #commitSeconds = this.#histogram(
    'commit_seconds',
    'From when a group of bodies begins to be landed until its manifest entry is durable',
    commitBuckets,
  );
  readonly #refreshSeconds = this.#histogram(
    'refresh_seconds',
    'How long it takes to bring the database up to date',
    refreshBuckets,
  );
  readonly #lastRecordAt = new Map<string, { source: string; cluster: string; at: number }>();
  #included = 0;

  constructor(collector: () => Collector, manifestEntries: () => number) {
    this.#gauge('manifest_entries', 'Number of the last manifest entry', manifestEntries);
    this.#gauge(
      'database_entries',
      'Number of the last manifest entry that answers include',
      () => this.#included,
    );
    this.#gauge(
      'pending_bytes',
      'Bytes taken and not committed yet',
      () => collector().pendingBytes,
    );
    const last = this.#lastRecordAt;
    new Gauge({
      name: 'custody_seconds_since_last_record',
      help: 'Since a record of this source and cluster was committed',
      labelNames,
      registers: [this.registry],
      collect() {
        for (const { source, cluster, at } of last.values()) {
          this.set({ source, cluster }, (Date.now() - at) / 1000);
        }
      },
    });
  }

  committed({ source, cluster, bytes, outcome, seconds }: GroupReport): void {
    const labels = { source, cluster };
    const records = outcome.records + outcome.already_landed;
    this.#records.inc(labels, outcome.good + outcome.quarantined);
    this.#quarantined.inc(labels, outcome.quarantined);
    this.#bytes.inc(labels, bytes);
    this.#commitSeconds.observe(seconds);
    if (records > 0) {
      this.#lastRecordAt.set(`${source}\n${cluster}`, { source, cluster, at: Date.now() });
    }
  }

  refused(reason: Refusal | UnheardRefusal): void {
    this.#refused.inc({ reason });
  }

  refreshed(entries: number, seconds: number): void {
    this.#included = entries;
    this.#refreshSeconds.observe(seconds);
  }

  #counter(name: string, help: string): Counter<'source' | 'cluster'> {
    return new Counter({
      name: `custody_${name}_total`,
      help,
      labelNames,
      registers: [this.registry],
    });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `custody_${name}`, help, buckets, registers: [this.registry] });
  }

  #gauge(name: string, help: string, value: () => number): void {
    const registers = [this.registry];
    new Gauge({
      name: `custody_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
}
