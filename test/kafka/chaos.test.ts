import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeKafka, eventText, type TestBroker } from '../helpers/kafka.ts';
import { type CollectorCase, collectorCases } from '../helpers/kafka-collector.ts';
import type { ServingProcess } from '../helpers/serving.ts';

const newCase = collectorCases();
const partitions = 3;
const poison = '{"kind":"Event","items":[{"auditID":';

/** Sends numbered messages, some at a time, until it is told to end; gives how many. */
function sendNumbers(broker: TestBroker, topic: string): { end: () => Promise<number> } {
  let isDone = false;
  let number = 0;
  const sending = (async () => {
    while (!isDone || number < 1200) {
      const messages = Array.from({ length: 40 }, () => ({ value: eventText(`n${number++}`) }));
      // Until the broker says that it has them; it may have them twice then.
      while (!(await isSent(broker, topic, messages))) await sleep(200);
      await sleep(60);
    }
    return number;
  })();
  sending.catch(() => {});
  return {
    end: () => {
      isDone = true;
      return sending;
    },
  };
}

async function isSent(
  broker: TestBroker,
  topic: string,
  messages: { value: string }[],
): Promise<boolean> {
  return broker.producer.send({ topic, messages }).then(
    () => true,
    () => false,
  );
}

/**
 * The oracle of Kafka Connect's own test (connect_distributed_test.py, `test_bounce`), without its leave
 * for duplicates: at least a thousand numbered messages, none missing, and as many records as the topic
 * has messages. A producer that was not answered may have sent twice: the topic is what counts.
 */
async function judge(
  broker: TestBroker,
  subject: CollectorCase,
  sent: number,
): Promise<Record<string, unknown>> {
  const offsets = await broker.admin.fetchTopicOffsets(subject.topic);
  const messages = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  for (const { partition, high } of offsets) await subject.landed(Number(high), partition);
  const [told] = await subject.rows(
    `select
      (select count(*) from record where kind = 'record') as records,
      (select count(*) from quarantine) as quarantined,
      (select count(distinct name) from event) as names`,
  );
  const { records = 0, quarantined = 0, names = 0 } = told as Record<string, number>;
  const notices = subject.entries().filter(({ origin }) => origin.kafka.notice !== undefined);
  return {
    isEnough: sent >= 1000,
    missing: sent - names,
    duplicate: records + quarantined - messages,
    quarantined,
    notices: notices.length,
  };
}

describeKafka('collectors of a topic', {}, (broker) => {
  it('lose and repeat nothing where they are killed and the broker goes and comes back', async () => {
    const subject = newCase(broker().address);
    const { topic } = subject;
    await broker().topic(topic, partitions);
    const numbers = sendNumbers(broker(), topic);
    let serving = await subject.start();
    const { length } = subject.entries();
    await subject.until('something is landed', () => subject.entries().length > length);
    for (let kill = 0; kill < 4; kill += 1) {
      const before = subject.entries().length;
      await subject.until('it lands again', () => subject.entries().length > before);
      // At another moment of the landing each time.
      await sleep(37 * kill);
      await serving.end('SIGKILL');
      serving = await subject.start();
    }
    await broker().stop('SIGKILL');
    await sleep(1000);
    await broker().start();
    const before = subject.entries().length;
    await subject.until('it lands what comes later', () => subject.entries().length > before + 1);
    const sent = await numbers.end();
    expect(await judge(broker(), subject, sent)).toEqual({
      ...{ isEnough: true, missing: 0, duplicate: 0, quarantined: 0, notices: 0 },
    });
    expect(await serving.end('SIGTERM')).toBe(0);
  }, 400_000);

  it('go on with a consumer that is built anew where brokers are silent', async () => {
    const subject = newCase(broker().address, { kafka: 'stalled_seconds: 4' });
    const { topic } = subject;
    await broker().topic(topic);
    const send = (id: string): Promise<unknown> =>
      broker().producer.send({ topic, messages: [{ value: eventText(id) }] });
    await send('before');
    const serving = await subject.start();
    await subject.landed(1);
    broker().signal('SIGSTOP');
    await subject.until('it notices', () => serving.log().includes('the consumer is built anew'));
    broker().signal('SIGCONT');
    await send('after');
    await subject.landed(2);
    const metrics = await (await fetch(`${serving.address}/metrics`)).text();
    expect(metrics).toMatch(/^custody_kafka_consumers_rebuilt_total [1-9]$/m);
    expect(await serving.end('SIGTERM')).toBe(0);
    expect(await subject.rows('select name from event order by name')).toEqual([
      { name: 'after' },
      { name: 'before' },
    ]);
  }, 400_000);

  it('lose and repeat nothing where three of a group come, go, are killed and stand still', async () => {
    const subject = newCase(broker().address);
    const { topic } = subject;
    await broker().topic(topic, partitions);
    const bad = async (): Promise<void> => {
      const messages = [0, 1, 2].map((partition) => ({ value: poison, partition }));
      await broker().producer.send({ topic, messages });
    };
    await bad();
    const numbers = sendNumbers(broker(), topic);
    const workers: ServingProcess[] = [
      await subject.start(),
      await subject.start(['--worker']),
      await subject.start(['--worker']),
    ];
    for (let round = 0; round < 4; round += 1) {
      const before = subject.entries().length;
      await subject.until('they land', () => subject.entries().length > before);
      const index = 1 + (round % 2);
      const worker = workers[index] as ServingProcess;
      if (round % 3 === 2) {
        // Longer than its session: when it wakes up its partitions are another's, and it holds messages.
        worker.child.kill('SIGSTOP');
        await sleep(8000);
        worker.child.kill('SIGCONT');
      } else {
        await worker.end(round % 3 === 0 ? 'SIGKILL' : 'SIGTERM');
        workers[index] = await subject.start(['--worker']);
      }
      if (round === 1) await bad();
    }
    const sent = await numbers.end();
    await bad();
    expect(await judge(broker(), subject, sent)).toEqual({
      ...{ isEnough: true, missing: 0, duplicate: 0, quarantined: 9, notices: 0 },
    });
    for (const worker of workers) expect(await worker.end('SIGTERM')).toBe(0);
  }, 400_000);
});
