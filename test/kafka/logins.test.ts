import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import selfsigned from 'selfsigned';
import { afterAll, expect, it } from 'vitest';
import { describeKafka, eventText } from '../helpers/kafka.ts';
import { collectorCases } from '../helpers/kafka-collector.ts';

const newCase = collectorCases();
const password = 'a-password-that-only-this-test-knows';
const folder = mkdtempSync(join(tmpdir(), 'custody-kafka-login-'));
const certificate = join(folder, 'broker.crt');
const { private: key, cert } = await selfsigned.generate(
  [{ name: 'commonName', value: 'localhost' }],
  {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  },
);
writeFileSync(certificate, cert);
writeFileSync(join(folder, 'broker.pem'), `${key}\n${cert}\n`);
writeFileSync(join(folder, 'password'), `${password}\n`);
writeFileSync(join(folder, 'wrong'), 'another-password');
writeFileSync(join(folder, 'token'), unsecuredToken());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A token that a broker without an identity provider takes: RFC 7515, appendix A.5. */
function unsecuredToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: 'custody', iat: now - 10, exp: now + 3000 })}.`;
}

const secure = { certificatePem: join(folder, 'broker.pem'), password };

describeKafka('a collector that logs in', { secure }, (broker) => {
  const ssl = `ssl: { ca: ${certificate} }`;
  const named = (mechanism: string, file = 'password'): string =>
    `sasl: { mechanism: ${mechanism}, username: custody, password: { file: ${join(folder, file)} } }`;

  it.each([
    ['plain', named('plain')],
    ['scram-sha-256', named('scram-sha-256')],
    ['scram-sha-512', named('scram-sha-512')],
    ['oauthbearer', `sasl: { mechanism: oauthbearer, token_file: ${join(folder, 'token')} }`],
  ])('by %s over TLS', async (_mechanism, sasl) => {
    const subject = newCase(broker().secureAddress, { kafka: `${ssl}\n  ${sasl}` });
    await broker().topic(subject.topic);
    const messages = [{ value: eventText('a') }];
    await broker().producer.send({ topic: subject.topic, messages });
    const serving = await subject.start();
    await subject.landed(1);
    expect((await fetch(`${serving.address}/readyz/kafka`)).status).toBe(200);
    await serving.end('SIGTERM');
    expect(serving.log()).not.toContain(password);
  });

  it('says that it may not, again and again, and never with what', async () => {
    const kafka = `${ssl}\n  ${named('scram-sha-512', 'wrong')}`;
    const subject = newCase(broker().secureAddress, { kafka });
    const serving = await subject.start();
    await subject.until('it tried twice', () => {
      return serving.log().split('cannot read from the brokers').length > 2;
    });
    expect((await fetch(`${serving.address}/readyz`)).status).toBe(200);
    expect((await fetch(`${serving.address}/readyz/kafka`)).status).toBe(503);
    const metrics = await (await fetch(`${serving.address}/metrics`)).text();
    expect(metrics).toContain('custody_kafka_joined 0');
    expect(await serving.end('SIGTERM')).toBe(0);
    expect(serving.log()).not.toContain('another-password');
  });
});
