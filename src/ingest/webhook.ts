import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import type { AccessTokens } from '../serve/access-tokens.ts';
import { clusterName } from '../serve/cluster-name.ts';
import { Busy, type Collector, type Delivery } from '../serve/collector.ts';
import { sources } from '../sources/index.ts';
import type { LogFormat } from '../sources/source.ts';

/** Why a request was not taken, as the metric counts it. */
export type Refusal =
  | 'no_token'
  | 'wrong_token'
  | 'token_elsewhere'
  | 'bad_cluster'
  | 'unknown_source'
  | 'malformed'
  | 'too_large'
  | 'busy';

export interface WebhookOptions {
  collector: Collector;
  tokens: AccessTokens;
  /** Of a body, also of what gzip opens to. */
  bodyBytesMax: number;
  refused: (reason: Refusal, request: FastifyRequest, cause?: unknown) => void;
}

const unzip = promisify(gunzip);

/** An API server tries again up to ten times within its 30 s where it is told when. */
const retryAfterSeconds = '1';

/**
 * The routes that senders deliver to:
 *
 * - `POST /audit/<cluster>`: what an API server's webhook backend sends, an `EventList`
 *   (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#webhook-backend)
 * - `POST /records/<source>?cluster=<name>`: records of a source, or `wrapped` ones, as a JSON
 *   document or one a line, as the HTTP outputs of shippers send them
 *
 * 200 is answered once the records are durable. Everything else leaves the body with the sender.
 */
export function addWebhookRoutes(app: FastifyInstance, options: WebhookOptions): void {
  const doorman = new Doorman(options);

  // Who may deliver is judged by the headers: a stranger's body is not even received.
  const judgeAudit = async (
    request: FastifyRequest<{ Params: { cluster: string } }>,
    reply: FastifyReply,
  ): Promise<unknown> => {
    const { cluster } = request.params;
    if (!clusterName.test(cluster)) return doorman.turnAway(request, reply, 404, 'bad_cluster');
    return doorman.admit(request, reply, { cluster, source: 'k8s_audit' });
  };
  app.post<{ Params: { cluster: string } }>(
    '/audit/:cluster',
    { onRequest: judgeAudit },
    async (request, reply) => {
      const { cluster } = request.params;
      const source = 'k8s_audit';
      const name = `/audit/${cluster}`;
      const body = await doorman.openBody(request, reply);
      if (body === null) return reply;
      if (!isEventList(body)) return doorman.refuse(request, reply, 400, 'malformed');
      const delivery = { source, cluster, body, name, format: 'json', isWhole: true } as const;
      return doorman.deliver(request, reply, delivery);
    },
  );

  type Records = { Params: { source: string }; Querystring: { cluster?: unknown } };
  const judgeRecords = async (
    request: FastifyRequest<Records>,
    reply: FastifyReply,
  ): Promise<unknown> => {
    const { source } = request.params;
    const { cluster = 'default' } = request.query;
    if (formatsOf(source) === null) {
      return doorman.turnAway(request, reply, 404, 'unknown_source');
    }
    if (typeof cluster !== 'string' || !clusterName.test(cluster)) {
      return doorman.turnAway(request, reply, 404, 'bad_cluster');
    }
    return doorman.admit(request, reply, { cluster, source });
  };
  app.post<Records>('/records/:source', { onRequest: judgeRecords }, async (request, reply) => {
    const { source } = request.params;
    const cluster = String(request.query.cluster ?? 'default');
    const formats = formatsOf(source) ?? [];
    const body = await doorman.openBody(request, reply);
    if (body === null) return reply;
    // A shipper that asks whether anybody is there.
    if (body.length === 0) return reply.code(200).send();
    const delivery = { source, cluster, body, name: `/records/${source}` };
    return doorman.deliver(request, reply, { ...delivery, ...formOf(body, formats) });
  });
}

/** Lets in who may deliver, opens what was delivered, and answers what became of it. */
class Doorman {
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Lets a request pass, or answers it. */
  admit(
    request: FastifyRequest,
    reply: FastifyReply,
    wanted: { cluster: string; source: string },
  ): FastifyReply | undefined {
    const judged = this.#options.tokens.judge(request.headers.authorization, wanted);
    if (judged === 'allowed') return undefined;
    if (judged === 'missing') return this.turnAway(request, reply, 401, 'no_token');
    if (judged === 'wrong') return this.turnAway(request, reply, 401, 'wrong_token');
    return this.turnAway(request, reply, 403, 'token_elsewhere');
  }

  /** Answers before the body has come; the connection ends with it, so that no more of it is received. */
  turnAway(
    request: FastifyRequest,
    reply: FastifyReply,
    code: number,
    reason: Refusal,
  ): FastifyReply {
    return this.refuse(request, reply.header('connection', 'close'), code, reason);
  }

  /** The body as it was before it was compressed; null where it was refused. */
  async openBody(request: FastifyRequest, reply: FastifyReply): Promise<Buffer | null> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return body;
    if (encoding !== 'gzip') {
      this.refuse(request, reply, 415, 'malformed');
      return null;
    }
    try {
      return await unzip(body, { maxOutputLength: this.#options.bodyBytesMax });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ERR_BUFFER_TOO_LARGE') this.refuse(request, reply, 413, 'too_large');
      else this.refuse(request, reply, 400, 'malformed');
      return null;
    }
  }

  async deliver(
    request: FastifyRequest,
    reply: FastifyReply,
    delivery: Delivery,
  ): Promise<FastifyReply> {
    try {
      await this.#options.collector.accept(delivery);
      return reply.code(200).send();
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      this.#options.refused('busy', request, error);
      return reply.code(503).header('retry-after', retryAfterSeconds).send();
    }
  }

  refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    code: number,
    reason: Refusal,
  ): FastifyReply {
    this.#options.refused(reason, request);
    return reply.code(code).send();
  }
}

/** What a body may be, of this source; null for a source that is none. */
function formatsOf(source: string): readonly LogFormat[] | null {
  if (source === wrappedId) return ['json'];
  return sources.find(({ id }) => id === source)?.formats ?? null;
}

/** A list of events, or one event: nothing else is sent there, and the sender has to know at once. */
function isEventList(body: Buffer): boolean {
  const value = parse(body.toString('utf8'));
  if (typeof value !== 'object' || value === null) return false;
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  return kind === 'Event' || (kind === 'EventList' && Array.isArray(items));
}

/**
 * How a body is read. One that is not JSON from end to end, or of another format, is landed by
 * itself, so that whatever is wrong with it concerns no other.
 */
function formOf(
  body: Buffer,
  formats: readonly LogFormat[],
): { format: LogFormat; isWhole: boolean } {
  const text = body.toString('utf8');
  const isWhole =
    parse(text) !== undefined ||
    text.split('\n').every((line) => line.trim() === '' || parse(line) !== undefined);
  if (isWhole && formats.includes('json')) return { format: 'json', isWhole };
  const other = formats.find((format) => format !== 'json');
  return { format: /^\s*[[{]/.test(text) ? 'json' : (other ?? 'json'), isWhole: false };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
