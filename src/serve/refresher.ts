import { openStoreDatabase } from '../database.ts';
import { readManifest } from '../landing/manifest.ts';
import type { Store } from '../landing/store.ts';

/** Keeps the database up to date: one refresh at a time, and only where batches came since the last. */
export class Refresher {
  /** Number of the last manifest entry that the database includes; before the first refresh, none. */
  asOf = -1;
  readonly #store: Store;
  readonly #done: (entries: number, seconds: number) => void;
  readonly #failed: (error: unknown) => void;
  #running: Promise<number> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    store: Store,
    done: (entries: number, seconds: number) => void,
    failed: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#done = done;
    this.#failed = failed;
  }

  /** Refreshes every so many seconds; a failure is told, and tried again the next time. */
  start(everySeconds: number): void {
    this.#timer = setInterval(() => {
      this.refresh().catch(this.#failed);
    }, everySeconds * 1000);
    this.#timer.unref();
  }

  /**
   * Brings the database up to what the manifest holds when this is called.
   *
   * @returns the number of the last entry that it includes
   */
  async refresh(): Promise<number> {
    const wanted = readManifest(this.#store).entries.length;
    while (this.asOf < wanted) {
      this.#running ??= this.#run();
      await this.#running;
    }
    return this.asOf;
  }

  /** No further refresh begins; settles when the one under way is done. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#running?.catch(() => {});
  }

  async #run(): Promise<number> {
    const started = performance.now();
    try {
      // Another process may have done it already: then this only looks.
      const database = await openStoreDatabase(this.#store, { mode: 'read' });
      this.asOf = database.asOf;
      database.close();
      this.#done(this.asOf, (performance.now() - started) / 1000);
      return this.asOf;
    } finally {
      this.#running = null;
    }
  }
}
