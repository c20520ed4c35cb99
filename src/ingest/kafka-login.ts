import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { CustodyError } from '../errors.ts';
import type { KafkaConfig, SaslConfig } from '../serve/kafka-config.ts';

/** How brokers are told who asks, and how the way to them is protected. */
export interface KafkaLogin {
  ssl: ConnectionOptions | false;
  sasl: SASLOptions | undefined;
}

/**
 * Reads certificates and secrets from where the configuration says they are.
 *
 * @throws CustodyError BAD_OPTION where one is not there, or a password would pass unencrypted
 */
export function readKafkaLogin({ ssl, sasl, insecure }: KafkaConfig): KafkaLogin {
  // Event Hubs has no port without TLS.
  const isEncrypted = ssl !== false || sasl?.mechanism === 'event-hubs';
  if (sasl !== undefined && !isEncrypted && !insecure) {
    throw new CustodyError(
      'BAD_OPTION',
      `Cannot log in with ${sasl.mechanism}: the connection is not encrypted`,
      { hint: 'give kafka.ssl; or say kafka.insecure: true' },
    );
  }
  return {
    ssl: isEncrypted ? tlsOptions(ssl) : false,
    sasl: sasl === undefined ? undefined : saslOptions(sasl),
  };
}

function tlsOptions(ssl: KafkaConfig['ssl']): ConnectionOptions {
  if (typeof ssl === 'boolean') return {};
  const { ca, certificate, key, server_name } = ssl;
  return {
    ...(ca === undefined ? {} : { ca: read(ca) }),
    ...(certificate === undefined ? {} : { cert: read(certificate) }),
    ...(key === undefined ? {} : { key: read(key) }),
    ...(server_name === undefined ? {} : { servername: server_name }),
  };
}

function saslOptions(sasl: SaslConfig): SASLOptions {
  if (sasl.mechanism === 'oauthbearer') {
    const { token_file: file } = sasl;
    readSecret({ file });
    return {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({ value: readSecret({ file }) }),
    };
  }
  // https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview
  if (sasl.mechanism === 'event-hubs') {
    const password = readSecret(sasl.connection_string);
    return { mechanism: 'plain', username: '$ConnectionString', password };
  }
  const { mechanism, username } = sasl;
  return { mechanism, username, password: readSecret(sasl.password) } as SASLOptions;
}

function readSecret(from: { file: string } | { environment: string }): string {
  const found =
    'file' in from ? read(from.file).toString('utf8').trim() : process.env[from.environment];
  if (found !== undefined && found !== '') return found;
  const what = 'file' in from ? `file "${from.file}"` : `variable "${from.environment}"`;
  throw new CustodyError('BAD_OPTION', `Cannot log in with the secret of ${what}: it is empty`, {
    hint: 'write the secret there, and nothing else',
  });
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CustodyError('BAD_OPTION', `Cannot read "${path}": ${code}`, { cause: error });
  }
}
