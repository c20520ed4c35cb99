import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readKafkaLogin } from '../../src/ingest/kafka-login.ts';
import type { KafkaConfig } from '../../src/serve/kafka-config.ts';
import { readServeConfig } from '../../src/serve/serve-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'custody-kafka-config-'));
const minimal = 'brokers: ["b:9092"]\n  topics: [{ name: t }]';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(kafka: string): KafkaConfig {
  const path = join(folder, 'custody.yaml');
  writeFileSync(path, `custody: 1\nkafka:\n  ${kafka}\n`);
  const { kafka: found } = readServeConfig(path, {});
  if (found === undefined) throw new Error('no kafka');
  return found;
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message.replaceAll(folder, '');
  }
  return 'nothing wrong';
}

describe('the kafka part of custody.yaml', () => {
  it.each([
    [
      'a topic twice',
      'brokers: ["b:1"]\n  topics: [{ name: t }, { name: t }]',
      'kafka.topics: a topic twice',
    ],
    [
      'a source that is none',
      'brokers: ["b:1"]\n  topics: [{ name: t, source: x }]',
      'kafka.topics.0.source: ',
    ],
    [
      'a broker without a port',
      'brokers: [b]\n  topics: [{ name: t }]',
      'kafka.brokers.0: host:port',
    ],
    ['no topic', 'brokers: ["b:1"]\n  topics: []', 'kafka.topics: '],
    ['a key that means nothing', `${minimal}\n  topic: t`, 'kafka: '],
    [
      'a password in the configuration',
      `${minimal}\n  sasl: { mechanism: plain, username: u, password: hunter2 }`,
      'kafka.sasl.password: a secret is { file: … } or { environment: … }',
    ],
  ])('refuses %s, with the place', (_what, kafka, wanted) => {
    const message = messageOf(() => read(kafka));
    expect(message).toContain(`Cannot use "/custody.yaml": ${wanted}`);
    expect(message).not.toContain('hunter2');
  });

  it('takes files from its own folder', () => {
    const sasl = 'sasl: { mechanism: plain, username: u, password: { file: p } }';
    const config = read(
      `${minimal}\n  ssl: { ca: ca.crt, certificate: c.crt, key: c.key }\n  ${sasl}`,
    );
    expect(config.ssl).toEqual({
      ca: join(folder, 'ca.crt'),
      certificate: join(folder, 'c.crt'),
      key: join(folder, 'c.key'),
    });
    expect(config.sasl).toMatchObject({ password: { file: join(folder, 'p') } });
  });

  it('refuses a login in clear, a secret that is not there and one that is empty', () => {
    const plain = (from: string): string =>
      `${minimal}\n  sasl: { mechanism: plain, username: u, password: ${from} }`;
    const login = (kafka: string): string => messageOf(() => readKafkaLogin(read(kafka)));
    writeFileSync(join(folder, 'empty'), '\n');
    expect(login(plain('{ file: p }'))).toBe(
      'Cannot log in with plain: the connection is not encrypted',
    );
    expect(login(`${plain('{ file: p }')}\n  ssl: true`)).toBe('Cannot read "/p": ENOENT');
    expect(login(`${plain('{ file: empty }')}\n  insecure: true`)).toBe(
      'Cannot log in with the secret of file "/empty": it is empty',
    );
    expect(login(`${plain('{ environment: CUSTODY_NO_SUCH }')}\n  insecure: true`)).toBe(
      'Cannot log in with the secret of variable "CUSTODY_NO_SUCH": it is empty',
    );
  });

  it('logs in to Event Hubs by a connection string, over TLS', () => {
    const text = 'Endpoint=sb://made-up.example/;SharedAccessKey=made-up';
    writeFileSync(join(folder, 'connection'), `${text}\n`);
    const sasl = 'sasl: { mechanism: event-hubs, connection_string: { file: connection } }';
    expect(readKafkaLogin(read(`${minimal}\n  ${sasl}`))).toEqual({
      ssl: {},
      sasl: { mechanism: 'plain', username: '$ConnectionString', password: text },
    });
  });
});
