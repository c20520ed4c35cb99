import { Readable } from 'node:stream';
import { Cron } from 'croner';
import { Counter, type Registry } from 'prom-client';
import { openKubernetesApi } from '../ingest/kubernetes-api.ts';
import {
  type ListedResource,
  listObjects,
  resourcesWithout,
  untilFailure,
} from '../ingest/kubernetes-snapshot.ts';
import type { Store } from '../landing/store.ts';
import { ingest, ingestFailed } from '../pipeline.ts';
import { formatTime } from '../time.ts';
import type { ScheduledSnapshot } from './serve-config.ts';

/** What is told of a snapshot that was taken, or of as much of it as was. */
interface SnapshotRun {
  cluster: string;
  /** The time it is of, RFC 3339. */
  at: string;
  objects: number;
  /** Resources that may not be listed. */
  forbidden: string[];
}

interface SnapshotObserver {
  taken: (run: SnapshotRun) => void;
  failed: (name: string, error: unknown) => void;
}

/**
 * Takes snapshots of clusters: each once when it starts, and then by its schedule.
 *
 * What passed while nobody ran cannot be listed any more, so nothing is caught up; one that still runs when
 * its next time comes goes on, and that time is left out.
 */
export class ScheduledSnapshots {
  readonly #store: Store;
  readonly #snapshots: readonly ScheduledSnapshot[];
  readonly #observer: SnapshotObserver;
  readonly #counter: Counter<'cluster' | 'outcome'>;
  readonly #running = new Map<string, Promise<void>>();
  #jobs: Cron[] = [];

  constructor(
    store: Store,
    snapshots: readonly ScheduledSnapshot[],
    registry: Registry,
    observer: SnapshotObserver,
  ) {
    this.#store = store;
    this.#snapshots = snapshots;
    this.#observer = observer;
    this.#counter = new Counter({
      name: 'custody_snapshots_total',
      help: 'Snapshots of clusters: whole, partial where something may not be listed, or failed',
      labelNames: ['cluster', 'outcome'],
      registers: [registry],
    });
  }

  start(): void {
    for (const snapshot of this.#snapshots) {
      const take = (): void => this.#take(snapshot);
      take();
      this.#jobs.push(new Cron(snapshot.schedule, { timezone: 'UTC', unref: true }, take));
    }
  }

  /** No further one begins; settles when those under way are landed. */
  async stop(): Promise<void> {
    for (const job of this.#jobs) job.stop();
    this.#jobs = [];
    await Promise.all(this.#running.values());
  }

  #take(snapshot: ScheduledSnapshot): void {
    const { name } = snapshot;
    if (this.#running.has(name)) return;
    const run = takeSnapshot(this.#store, snapshot)
      .then(({ failure, ...taken }) => {
        if (failure === null || taken.objects > 0) this.#observer.taken(taken);
        if (failure !== null) throw failure;
        const outcome = taken.forbidden.length > 0 ? 'partial' : 'whole';
        this.#counter.inc({ cluster: taken.cluster, outcome });
      })
      .catch((error: unknown) => {
        this.#counter.inc({ cluster: snapshot.cluster ?? name, outcome: 'failed' });
        this.#observer.failed(name, error);
      })
      .finally(() => this.#running.delete(name));
    this.#running.set(name, run);
  }
}

/** Lists and lands; what was listed before a failure is landed too. */
async function takeSnapshot(
  store: Store,
  snapshot: ScheduledSnapshot,
): Promise<SnapshotRun & { failure: unknown }> {
  const api = await openKubernetesApi(snapshot);
  const cluster = snapshot.cluster ?? api.cluster;
  const observedAt = formatTime(BigInt(Date.now()) * 1000n);
  const listed: ListedResource[] = [];
  const failures: unknown[] = [];
  const lines = listObjects(api, resourcesWithout(snapshot.without), (each) => listed.push(each));
  const stream = Readable.from(untilFailure(lines, failures), { objectMode: false });
  const summary = await ingest({
    store,
    paths: [],
    streams: [{ name: api.server, stream }],
    source: 'k8s_objects',
    cluster,
    observedAt,
    workers: 1,
  });
  if (ingestFailed(summary)) failures.push(new Error(summary.files[0]?.reason ?? 'not landed'));
  const forbidden = listed.filter(({ state }) => state === 'forbidden');
  return {
    cluster,
    at: observedAt,
    objects: summary.good,
    forbidden: forbidden.map(({ resource }) => resource),
    failure: failures[0] ?? null,
  };
}
