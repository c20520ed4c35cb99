import { z } from 'zod';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import { sources } from '../sources/index.ts';
import { clusterName } from './cluster-name.ts';

const mebibyte = 1024 * 1024;
/** https://github.com/apache/kafka, Topic.java: what a topic may be called. */
const topicName = /^[A-Za-z0-9._-]{1,249}$/;

/** A secret stands in a file of its own or in an environment variable, never in the configuration. */
const secret = z.union(
  [
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ environment: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  ],
  'a secret is { file: … } or { environment: … }',
);

const sasl = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1),
    password: secret,
  }),
  /** The token is read anew at each login: whoever renews it replaces the file. */
  z.strictObject({ mechanism: z.literal('oauthbearer'), token_file: z.string().min(1) }),
  /** Azure Event Hubs: the connection string of the namespace. */
  z.strictObject({ mechanism: z.literal('event-hubs'), connection_string: secret }),
]);

const topic = z.strictObject({
  name: z.string().regex(topicName, 'letters, digits, dots, dashes and underscores, at most 249'),
  /** Without it each record is told by its content. */
  source: z
    .enum([wrappedId, ...sources.filter((each) => isSent(each.formats)).map(({ id }) => id)])
    .default(wrappedId),
  /** Of records that name none themselves. */
  cluster: z
    .string()
    .regex(clusterName, 'letters, digits, dots, dashes, at most 100')
    .default('default'),
  /** Counted up to take a topic that was made anew, or that another cluster of brokers has. */
  generation: z.int().positive().default(1),
});

/** The `kafka` part of a `custody.yaml`. */
export const kafkaSchema = z.strictObject({
  brokers: z.array(z.string().regex(/^(?:\[[^\]]+\]|[^:\s]+):\d{1,5}$/, 'host:port')).min(1),
  client_id: z.string().min(1).default('custody'),
  group_id: z.string().min(1).default('custody'),
  topics: z
    .array(topic)
    .min(1)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'a topic twice'),
  ssl: z
    .union([
      z.boolean(),
      z.strictObject({
        ca: z.string().optional(),
        certificate: z.string().optional(),
        key: z.string().optional(),
        server_name: z.string().optional(),
      }),
    ])
    .default(false),
  sasl: sasl.optional(),
  /** Let a password pass unencrypted. */
  insecure: z.boolean().default(false),
  batch_bytes_max: z
    .int()
    .min(1024)
    .max(64 * mebibyte)
    .default(64 * mebibyte),
  batch_seconds: z.number().min(0.05).max(300).default(5),
  /** Bytes of messages that were fetched and are not landed, all partitions together. */
  pending_bytes_max: z
    .int()
    .positive()
    .default(192 * mebibyte),
  session_seconds: z.number().min(1).max(1800).default(30),
  /** Without a sign of life of the consumer for so long, it is built anew. */
  stalled_seconds: z.number().min(1).default(120),
  fetch_bytes_max: z
    .int()
    .positive()
    .default(8 * mebibyte),
});

export type KafkaConfig = z.infer<typeof kafkaSchema>;
export type TopicConfig = KafkaConfig['topics'][number];
export type SaslConfig = NonNullable<KafkaConfig['sasl']>;

function isSent(formats: readonly string[]): boolean {
  return formats.some((format) => format !== 'yaml');
}

/** Names of files are from the folder of the configuration. */
export function kafkaFromFolder(kafka: KafkaConfig, at: (path: string) => string): KafkaConfig {
  const { ssl, sasl: login } = kafka;
  return {
    ...kafka,
    ...(typeof ssl === 'boolean' ? {} : { ssl: sslFromFolder(ssl, at) }),
    ...(login === undefined ? {} : { sasl: saslFromFolder(login, at) }),
  };
}

function sslFromFolder(
  ssl: Exclude<KafkaConfig['ssl'], boolean>,
  at: (path: string) => string,
): KafkaConfig['ssl'] {
  const { ca, certificate, key } = ssl;
  return {
    ...ssl,
    ...(ca === undefined ? {} : { ca: at(ca) }),
    ...(certificate === undefined ? {} : { certificate: at(certificate) }),
    ...(key === undefined ? {} : { key: at(key) }),
  };
}

function saslFromFolder(login: SaslConfig, at: (path: string) => string): SaslConfig {
  if (login.mechanism === 'oauthbearer') return { ...login, token_file: at(login.token_file) };
  const found = login.mechanism === 'event-hubs' ? login.connection_string : login.password;
  if (!('file' in found)) return login;
  const file = { file: at(found.file) };
  return login.mechanism === 'event-hubs'
    ? { ...login, connection_string: file }
    : { ...login, password: file };
}
