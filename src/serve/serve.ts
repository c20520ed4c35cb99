import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type Logger, pino } from 'pino';
import { CustodyError } from '../errors.ts';
import { addWebhookRoutes, type Refusal } from '../ingest/webhook.ts';
import type { Store } from '../landing/store.ts';
import { openLanding } from '../pipeline.ts';
import { AccessTokens } from './access-tokens.ts';
import { Collector } from './collector.ts';
import { Metrics } from './metrics.ts';
import { Refresher } from './refresher.ts';
import { listenAddress, type ServeConfig } from './serve-config.ts';
import { newControlToken, readServeFile, removeServeFile, writeServeFile } from './serve-file.ts';

const mebibyte = 1024 * 1024;
/** Who opens a connection and says nothing, or a little at a time, is cut off. */
const headersMilliseconds = 10_000;
const requestMilliseconds = 60_000;

/** A running collector. */
export interface Serving {
  /** Where senders reach it. */
  address: string;
  /** Takes nothing more, commits what it has, and ends. */
  stop(): Promise<void>;
}

/**
 * Runs a collector on a store: takes what senders deliver, lands it, keeps the database up to date and answers
 * other commands.
 *
 * @throws CustodyError BAD_OPTION for what may not be listened on, STORE_LOCKED where another process serves the store
 */
export async function serve(store: Store, config: ServeConfig): Promise<Serving> {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
  const { host, port } = listenAddress(config);
  const tokens = AccessTokens.read(config.tokens);
  const other = readServeFile(store);
  if (other !== null) {
    throw new CustodyError(
      'STORE_LOCKED',
      `Cannot serve "${store.folder}": process ${other.pid} does`,
      {
        hint: 'one process serves a store; any number may `custody ingest` into it beside',
      },
    );
  }
  const context = openLanding({ store, workers: 2 });
  const metrics = new Metrics(
    () => collector,
    () => context.manifest.entries.length,
  );
  const collector = new Collector(
    context,
    {
      flushMilliseconds: config.flush_milliseconds,
      groupBytesMax: 32 * mebibyte,
      pendingBytesMax: config.pending_bytes_max,
      diskFreeBytesMin: config.disk_free_bytes_min,
    },
    (group) => {
      metrics.committed(group);
      const { source, cluster, bodies, bytes, outcome, seconds } = group;
      logger.info(
        { source, cluster, bodies, bytes, records: outcome.records, seconds },
        'committed',
      );
    },
  );
  const refresher = new Refresher(
    store,
    (entries, seconds) => {
      metrics.refreshed(entries, seconds);
      logger.info({ entries, seconds }, 'refreshed');
    },
    (error) => logger.error({ error: messageOf(error) }, 'cannot refresh the database'),
  );
  const app = receiver(config, { collector, tokens, metrics, logger });
  const control = fastify();
  const controlToken = newControlToken();
  const controlTokens = AccessTokens.of('control', controlToken);
  control.post('/refresh', async (request, reply) => {
    if (controlTokens.judge(request.headers.authorization) !== 'allowed')
      return reply.code(401).send();
    return { as_of: await refresher.refresh() };
  });
  try {
    await control.listen({ host: '127.0.0.1', port: 0 });
    await app.listen({ host, port });
    const { port: controlPort } = control.server.address() as AddressInfo;
    writeServeFile(store, {
      pid: process.pid,
      address: `127.0.0.1:${controlPort}`,
      token: controlToken,
    });
  } catch (error) {
    await Promise.all([app.close(), control.close()]);
    await closeLanding();
    throw listenFailure(config.listen, error);
  }
  refresher.start(config.refresh_seconds);
  const { port: taken } = app.server.address() as AddressInfo;
  const address = `${config.tls === undefined ? 'http' : 'https'}://${host}:${taken}`;
  logger.info({ address, store: store.folder }, 'serving');
  return {
    address,
    async stop() {
      logger.info('stopping');
      // In this order: nothing new is taken, what was taken is answered, and only then are doors closed.
      await collector.close();
      removeServeFile(store);
      await app.close();
      await refresher.stop();
      await control.close();
      await closeLanding();
      logger.info('stopped');
    },
  };

  async function closeLanding(): Promise<void> {
    await context.workers.close();
    await context.landed.close();
  }
}

interface Receiving {
  collector: Collector;
  tokens: AccessTokens;
  metrics: Metrics;
  logger: Logger;
}

function receiver(config: ServeConfig, receiving: Receiving): FastifyInstance {
  const { collector, tokens, metrics, logger } = receiving;
  const app = fastify({
    bodyLimit: config.body_bytes_max,
    requestTimeout: requestMilliseconds,
    forceCloseConnections: 'idle',
    ...(config.tls === undefined ? {} : { https: tlsOptions(config.tls) }),
    routerOptions: { maxParamLength: 200 },
  }) as FastifyInstance;
  app.server.headersTimeout = headersMilliseconds;
  // Bodies are evidence: they are taken as bytes, whatever they say they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const refused = (reason: Refusal, request: FastifyRequest, cause?: unknown): void => {
    metrics.refused(reason);
    const { method, ip } = request;
    const why = cause instanceof Error ? messageOf(cause.cause ?? cause) : undefined;
    logger.warn({ reason, method, ip, why }, 'refused');
  };
  app.setErrorHandler((error: { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 413) refused('too_large', request);
    else if (status < 500) refused('malformed', request);
    else logger.error({ error: messageOf(error) }, 'a request failed');
    // The sender tries again where it is told when.
    if (status >= 500) return reply.code(503).header('retry-after', '1').send();
    return reply.code(status).send();
  });
  app.server.on('tlsClientError', () => metrics.refused('foreign_certificate'));
  // Too slow, or nothing that is HTTP.
  app.server.on('clientError', () => metrics.refused('no_request'));
  addWebhookRoutes(app, { collector, tokens, bodyBytesMax: config.body_bytes_max, refused });
  app.get('/healthz', async (_request, reply) => reply.send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    const isReady = await collector.isReady();
    return reply.code(isReady ? 200 : 503).send(isReady ? 'ok\n' : 'busy\n');
  });
  app.get('/metrics', async (request, reply) => {
    if (tokens.judge(request.headers.authorization) !== 'allowed') return reply.code(401).send();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return app;
}

function tlsOptions(tls: NonNullable<ServeConfig['tls']>): object {
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CustodyError('BAD_OPTION', `Cannot read "${path}": ${code}`, { cause: error });
    }
  };
  return {
    cert: read(tls.certificate),
    key: read(tls.key),
    minVersion: 'TLSv1.2',
    ...(tls.client_ca === undefined
      ? {}
      : { ca: read(tls.client_ca), requestCert: true, rejectUnauthorized: true }),
  };
}

function listenFailure(listen: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const state = code === 'EADDRINUSE' ? 'another process listens there' : `not allowed (${code})`;
  return new CustodyError('BAD_OPTION', `Cannot listen on "${listen}": ${state}`, { cause: error });
}

/** What went wrong, without anything of a body. */
function messageOf(error: unknown): string {
  return error instanceof CustodyError || error instanceof Error ? error.message : String(error);
}
