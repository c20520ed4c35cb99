import { readFileSync } from 'node:fs';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { CustodyError } from '../errors.ts';
import { addWebhookRoutes, type Refusal } from '../ingest/webhook.ts';
import type { AccessTokens } from './access-tokens.ts';
import { limitArrivingBodies } from './arriving-bodies.ts';
import type { Collector } from './collector.ts';
import type { Metrics } from './metrics.ts';
import type { ServeConfig } from './serve-config.ts';

/** Who opens a connection and says nothing, or a little at a time, is cut off. */
const headersMilliseconds = 10_000;
const requestMilliseconds = 60_000;
/** How often it is looked who is too slow; Node's own 30 s would give everybody that much longer. */
const checkMilliseconds = 2000;
/** API servers keep a few connections each, shippers one: more than this is an attack or a mistake. */
const connectionsMax = 1000;

/** What a receiver hands requests to. */
export interface Receiving {
  collector: Collector;
  tokens: AccessTokens;
  metrics: Metrics;
  logger: Logger;
  /** What reads topics, where any are read. */
  kafka: { isReady: boolean } | null;
}

/** The HTTP server that senders reach: routes, limits, and what is counted of what is refused. */
export function openReceiver(config: ServeConfig, receiving: Receiving): FastifyInstance {
  const { collector, tokens, metrics, logger } = receiving;
  const app = fastify({
    bodyLimit: config.body_bytes_max,
    requestTimeout: requestMilliseconds,
    forceCloseConnections: 'idle',
    ...(config.tls === undefined
      ? { http: { connectionsCheckingInterval: checkMilliseconds } }
      : {
          https: { connectionsCheckingInterval: checkMilliseconds, ...tlsOptions(config.tls) },
        }),
    routerOptions: { maxParamLength: 200 },
  }) as FastifyInstance;
  app.server.headersTimeout = headersMilliseconds;
  app.server.maxConnections = connectionsMax;
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
    else if (status === 503) refused('busy', request, error);
    else if (status < 500) refused('malformed', request);
    else logger.error({ error: messageOf(error) }, 'a request failed');
    // The sender tries again where it is told when.
    if (status >= 500) return reply.code(503).header('retry-after', '1').send();
    return reply.code(status).send();
  });
  app.server.on('tlsClientError', () => metrics.refused('foreign_certificate'));
  // Fastify answers and closes; here it is only counted.
  app.server.on('clientError', (error: NodeJS.ErrnoException) =>
    metrics.refused(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too_slow' : 'no_request'),
  );
  app.server.on('drop', () => metrics.refused('too_many_connections'));
  limitArrivingBodies(app, config.pending_bytes_max);
  addWebhookRoutes(app, { collector, tokens, bodyBytesMax: config.body_bytes_max, refused });
  addProbes(app, receiving);
  return app;
}

function addProbes(app: FastifyInstance, { collector, tokens, metrics, kafka }: Receiving): void {
  app.get('/healthz', async (_request, reply) => reply.send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    const isReady = await collector.isReady();
    return reply.code(isReady ? 200 : 503).send(isReady ? 'ok\n' : 'busy\n');
  });
  // Apart from the other: who sends bodies must not be kept away because brokers are gone.
  app.get('/readyz/kafka', async (_request, reply) => {
    if (kafka === null) return reply.code(404).send('no topics\n');
    return reply.code(kafka.isReady ? 200 : 503).send(kafka.isReady ? 'ok\n' : 'not joined\n');
  });
  app.get('/metrics', async (request, reply) => {
    if (tokens.judge(request.headers.authorization) !== 'allowed') return reply.code(401).send();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
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

/** What went wrong, without anything of a body. */
export function messageOf(error: unknown): string {
  return error instanceof CustodyError || error instanceof Error ? error.message : String(error);
}
