import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { CustodyError } from '../errors.ts';
import type { LandingContext } from '../landing/landing-context.ts';
import type { Store } from '../landing/store.ts';
import { openLanding } from '../pipeline.ts';
import { AccessTokens } from './access-tokens.ts';
import { Collector } from './collector.ts';
import { KafkaCollector, type KafkaObserver } from './kafka-collector.ts';
import { KafkaMetrics } from './kafka-metrics.ts';
import { Metrics } from './metrics.ts';
import { messageOf, openReceiver } from './receiver.ts';
import { Refresher } from './refresher.ts';
import { ScheduledReports } from './scheduled-reports.ts';
import { ScheduledSnapshots } from './scheduled-snapshots.ts';
import { listenAddress, type ServeConfig } from './serve-config.ts';
import { newControlToken, readServeFile, removeServeFile, writeServeFile } from './serve-file.ts';

const mebibyte = 1024 * 1024;
/** How often it is looked whether a report is due; schedules have minutes. */
const dueMilliseconds = 20_000;

/** A running collector. */
export interface Serving {
  /** Where senders reach it. */
  address: string;
  /** Takes nothing more, commits what it has, and ends. */
  stop(): Promise<void>;
}

/**
 * Runs a collector on a store: takes what senders deliver, lands it, keeps the database up to date
 * and answers other commands.
 *
 * @throws CustodyError BAD_OPTION for what may not be listened on, STORE_LOCKED where another
 *   process serves the store
 */
export async function serve(store: Store, config: ServeConfig): Promise<Serving> {
  const to = listenAddress(config);
  const tokens = AccessTokens.read(config.tokens);
  if (!config.worker) refuseSecond(store);
  const timestamp = pino.stdTimeFunctions.isoTime;
  const logger = pino({ base: null, timestamp }, pino.destination(2));
  const context = openLanding({ store, workers: 2 });
  const process = new ServeProcess(store, config, context, logger);
  return process.start(to, tokens);
}

class ServeProcess {
  readonly #store: Store;
  readonly #config: ServeConfig;
  readonly #context: LandingContext;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #collector: Collector;
  readonly #refresher: Refresher;
  readonly #control: FastifyInstance = fastify();
  readonly #controlToken = newControlToken();
  readonly #reports: ScheduledReports;
  readonly #snapshots: ScheduledSnapshots;
  readonly #kafka: KafkaCollector | null;
  #reportTimer: NodeJS.Timeout | null = null;
  #reporting: Promise<void> | null = null;

  constructor(store: Store, config: ServeConfig, context: LandingContext, logger: Logger) {
    this.#store = store;
    this.#config = config;
    this.#context = context;
    this.#logger = logger;
    this.#metrics = new Metrics(
      () => this.#collector,
      () => context.manifest.entries.length,
    );
    this.#collector = new Collector(
      context,
      {
        flushMilliseconds: config.flush_milliseconds,
        groupBytesMax: 32 * mebibyte,
        pendingBytesMax: config.pending_bytes_max,
        diskFreeBytesMin: config.disk_free_bytes_min,
      },
      (group) => {
        this.#metrics.committed(group);
        const { outcome, ...told } = group;
        logger.info({ ...told, records: outcome.good + outcome.quarantined }, 'committed');
      },
    );
    this.#refresher = new Refresher(
      store,
      (entries, seconds) => {
        this.#metrics.refreshed(entries, seconds);
        logger.info({ entries, seconds }, 'refreshed');
      },
      (error) => logger.error({ error: messageOf(error) }, 'cannot refresh the database'),
    );
    this.#reports = new ScheduledReports(store, config.reports, () => this.#refresher.refresh());
    this.#snapshots = new ScheduledSnapshots(store, config.snapshots, this.#metrics.registry, {
      taken: (run) => logger.info(run, 'snapshot taken'),
      failed: (name, error) => logger.error({ name, error: messageOf(error) }, 'no whole snapshot'),
    });
    this.#kafka =
      config.kafka === undefined
        ? null
        : new KafkaCollector(context, config.kafka, this.#observeKafka(), () =>
            this.#collector.hasDisk(),
          );
  }

  #observeKafka(): KafkaObserver {
    const logger = this.#logger;
    const metrics = new KafkaMetrics(this.#metrics.registry, () => this.#kafka as KafkaCollector);
    return {
      landed: ({ place, source, cluster }, run, landed, seconds) => {
        metrics.landed(run, landed);
        const { outcome, repeated, next } = landed;
        const bytes = run.messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        this.#metrics.committed({ source, cluster, bytes, outcome, seconds, bodies: 0 });
        const records = outcome.good + outcome.quarantined;
        logger.info({ ...place, next, records, repeated, bytes, seconds }, 'committed');
      },
      noticed: ({ place, identity }, notice) => {
        metrics.noticed(place, notice);
        const what = notice.kind === 'gap' ? 'messages are lost' : 'stopped reading a partition';
        logger.error({ ...identity, ...notice }, what);
      },
      assigned: (places) => {
        const partitions = places.map(({ topic, partition }) => `${topic}/${partition}`);
        logger.info({ partitions }, 'partitions assigned');
      },
      failed: (what, error) => logger.error({ error: messageOf(error) }, what),
      rebuilt: (reason) => {
        metrics.rebuilt();
        logger.warn({ reason }, 'the consumer is built anew');
      },
      log: (level, message) => logger[level === 'info' ? 'debug' : level]({ kafka: message }),
    };
  }

  async start(to: { host: string; port: number }, tokens: AccessTokens): Promise<Serving> {
    const app = openReceiver(this.#config, {
      collector: this.#collector,
      tokens,
      metrics: this.#metrics,
      logger: this.#logger,
      kafka: this.#kafka,
    });
    this.#answerCommands();
    try {
      await app.listen(to);
      if (!this.#config.worker) await this.#offerControl();
    } catch (error) {
      await Promise.all([app.close(), this.#control.close()]);
      await this.#closeLanding();
      throw listenFailure(this.#config.listen, error);
    }
    if (!this.#config.worker) {
      this.#refresher.start(this.#config.refresh_seconds);
      this.#writeReports();
      this.#reportTimer = setInterval(() => this.#writeReports(), dueMilliseconds).unref();
    }
    this.#snapshots.start();
    this.#kafka?.start();
    const scheme = this.#config.tls === undefined ? 'http' : 'https';
    const address = `${scheme}://${to.host}:${portOf(app)}`;
    this.#logger.info({ address, store: this.#store.folder }, 'serving');
    return { address, stop: () => this.#stop(app) };
  }

  async #offerControl(): Promise<void> {
    await this.#control.listen({ host: '127.0.0.1', port: 0 });
    const address = `127.0.0.1:${portOf(this.#control)}`;
    writeServeFile(this.#store, { pid: process.pid, address, token: this.#controlToken });
  }

  /** What other commands on this machine ask for, before they open the database themselves. */
  #answerCommands(): void {
    const tokens = AccessTokens.of('control', this.#controlToken);
    this.#control.post('/refresh', async (request, reply) => {
      const isAllowed = tokens.judge(request.headers.authorization) === 'allowed';
      if (!isAllowed) return reply.code(401).send();
      return { as_of: await this.#refresher.refresh() };
    });
  }

  /** One look at a time: a report may take longer than the time between two of them. */
  #writeReports(): void {
    if (this.#config.reports.length === 0 || this.#reporting !== null) return;
    const logger = this.#logger;
    this.#reporting = this.#reports
      .writeDue(
        new Date(),
        (run) => logger.info(run, 'report written'),
        (name, error) => logger.error({ name, error: messageOf(error) }, 'no report'),
      )
      .finally(() => {
        this.#reporting = null;
      });
  }

  /** In this order: nothing new is taken, what was taken is answered, and then doors are closed. */
  async #stop(app: FastifyInstance): Promise<void> {
    this.#logger.info('stopping');
    await Promise.all([this.#collector.close(), this.#kafka?.close(), this.#snapshots.stop()]);
    if (!this.#config.worker) removeServeFile(this.#store);
    await app.close();
    if (this.#reportTimer !== null) clearInterval(this.#reportTimer);
    await this.#reporting;
    await this.#refresher.stop();
    await this.#control.close();
    await this.#closeLanding();
    this.#logger.info('stopped');
  }

  async #closeLanding(): Promise<void> {
    await this.#context.workers.close();
    await this.#context.landed.close();
  }
}

function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}

function refuseSecond(store: Store): void {
  const other = readServeFile(store);
  if (other === null) return;
  const message = `Cannot serve "${store.folder}": process ${other.pid} does`;
  throw new CustodyError('STORE_LOCKED', message, {
    hint: 'one process serves a store; others may land into it beside: --worker, `custody ingest`',
  });
}

function listenFailure(listen: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const state = code === 'EADDRINUSE' ? 'another process listens there' : `not allowed (${code})`;
  return new CustodyError('BAD_OPTION', `Cannot listen on "${listen}": ${state}`, { cause: error });
}
