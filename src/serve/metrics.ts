import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Refusal } from '../ingest/webhook.ts';
import type { Collector, GroupReport } from './collector.ts';

/** What Prometheus scrapes of a collector: https://prometheus.io/docs/practices/naming/ */
export class Metrics {
  readonly registry = new Registry();
  readonly #records: Counter<'source' | 'cluster'>;
  readonly #quarantined: Counter<'source' | 'cluster'>;
  readonly #bytes: Counter<'source' | 'cluster'>;
  readonly #refused: Counter<'reason'>;
  readonly #commitSeconds: Histogram;
  readonly #refreshSeconds: Histogram;
  readonly #includedEntries: Gauge;
  readonly #lastRecordAt = new Map<string, { source: string; cluster: string; at: number }>();

  constructor(collector: () => Collector, manifestEntries: () => number) {
    const registers = [this.registry];
    const labelNames = ['source', 'cluster'] as const;
    this.#records = new Counter({
      name: 'custody_records_total',
      help: 'Records committed, those in quarantine included',
      labelNames,
      registers,
    });
    this.#quarantined = new Counter({
      name: 'custody_quarantined_records_total',
      help: 'Records that are not what their source promises',
      labelNames,
      registers,
    });
    this.#bytes = new Counter({
      name: 'custody_received_bytes_total',
      help: 'Bytes of bodies that were committed',
      labelNames,
      registers,
    });
    this.#refused = new Counter({
      name: 'custody_refused_requests_total',
      help: 'Requests that were not taken: their senders keep what was in them',
      labelNames: ['reason'],
      registers,
    });
    this.#commitSeconds = new Histogram({
      name: 'custody_commit_seconds',
      help: 'From when a group of bodies begins to be landed until its manifest entry is durable',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    });
    this.#refreshSeconds = new Histogram({
      name: 'custody_refresh_seconds',
      help: 'How long it takes to bring the database up to date',
      buckets: [0.3, 1, 3, 10, 30, 100, 300],
      registers,
    });
    this.#includedEntries = new Gauge({
      name: 'custody_database_entries',
      help: 'Number of the last manifest entry that answers include',
      registers,
    });
    new Gauge({
      name: 'custody_manifest_entries',
      help: 'Number of the last manifest entry',
      registers,
      collect() {
        this.set(manifestEntries());
      },
    });
    new Gauge({
      name: 'custody_pending_bytes',
      help: 'Bytes taken and not committed yet',
      registers,
      collect() {
        this.set(collector().pendingBytes);
      },
    });
    const last = this.#lastRecordAt;
    new Gauge({
      name: 'custody_seconds_since_last_record',
      help: 'Since a record of this source and cluster was committed',
      labelNames,
      registers,
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

  refused(reason: Refusal | 'foreign_certificate' | 'no_request'): void {
    this.#refused.inc({ reason });
  }

  refreshed(entries: number, seconds: number): void {
    this.#includedEntries.set(entries);
    this.#refreshSeconds.observe(seconds);
  }
}
