import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from '../../scripts/kafka-broker.ts';
import { auditEvent } from './serving.ts';

/** The folder of Kafka's jars, as `scripts/kafka-broker.ts install` prints it. */
const jars = process.env.CUSTODY_TEST_KAFKA ?? '';
const isRequired = process.env.CUSTODY_REQUIRE_SERVERS === '1';

/** A broker of a test, and clients of it. */
export interface TestBroker extends Broker {
  kafka: Kafka;
  admin: Admin;
  producer: Producer;
  /** Makes a topic. */
  topic(name: string, partitions?: number, settings?: Record<string, string>): Promise<void>;
}

/**
 * Tests against a broker of Apache Kafka, which is started for them. Without one they are skipped by
 * name, and a line says so; where servers are required, as in CI, they fail.
 */
export function describeKafka(
  name: string,
  options: Omit<BrokerOptions, 'jars'>,
  tests: (broker: () => TestBroker) => void,
): void {
  if (jars === '' && !isRequired) {
    process.stderr.write(
      `\nLEFT OUT: "${name}": no Kafka. Get it: npx tsx scripts/kafka-broker.ts install, ` +
        `then CUSTODY_TEST_KAFKA=<folder>\n`,
    );
  }
  describe.skipIf(jars === '' && !isRequired)(name, { timeout: 300_000 }, () => {
    let broker: TestBroker | undefined;
    beforeAll(async () => {
      if (jars === '') throw new Error('CUSTODY_TEST_KAFKA names no folder of jars');
      broker = await connect(await startBroker({ jars, ...options }));
    });
    afterAll(async () => {
      await broker?.producer.disconnect();
      await broker?.admin.disconnect();
      await broker?.remove();
    });
    tests(() => {
      if (broker === undefined) throw new Error('the broker has not started');
      return broker;
    });
  });
}

async function connect(broker: Broker): Promise<TestBroker> {
  const kafka = new kafkajs.Kafka({
    clientId: 'test',
    brokers: [broker.address],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 200, maxRetryTime: 1000 },
  });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await admin.connect();
  await producer.connect();
  const topic: TestBroker['topic'] = async (name, numPartitions = 1, settings = {}) => {
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic: name, numPartitions, configEntries }],
    });
  };
  return { ...broker, kafka, admin, producer, topic };
}

/** An audit event on one line. */
export function eventText(id: string): string {
  return JSON.stringify(auditEvent(id));
}
