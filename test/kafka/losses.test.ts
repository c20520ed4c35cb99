import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { PartitionLander } from '../../src/landing/partition-lander.ts';
import { PartitionProgress } from '../../src/landing/partition-progress.ts';
import { openStore } from '../../src/landing/store.ts';
import { openLanding } from '../../src/pipeline.ts';
import { custody } from '../helpers/exec.ts';
import { describeKafka, eventText, type TestBroker } from '../helpers/kafka.ts';
import { type CollectorCase, collectorCases } from '../helpers/kafka-collector.ts';

const newCase = collectorCases();
const kafka = 'stalled_seconds: 4';

async function send(broker: TestBroker, topic: string, ids: readonly string[]): Promise<void> {
  await broker.producer.send({ topic, messages: ids.map((id) => ({ value: eventText(id) })) });
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`);
}

async function namesOf(subject: CollectorCase): Promise<string[]> {
  const rows = await subject.rows('select name from event order by name');
  return rows.map(({ name }) => String(name));
}

/** What the manifest says besides messages. */
function noticesOf(subject: CollectorCase): object[] {
  return subject.entries().flatMap(
    ({
      origin: {
        kafka: { notice, first, last, next },
      },
    }) => {
      if (notice === undefined) return [];
      const { kind } = notice;
      return [{ kind, first, last, next, ...(kind === 'made_anew' ? { why: notice.why } : {}) }];
    },
  );
}

async function gapsOf(subject: CollectorCase): Promise<object[]> {
  const told = await custody(['coverage', '--store', subject.store, '--format', 'json']);
  const { gaps } = JSON.parse(told.stdout) as { gaps: { kind: string; records: number }[] };
  return gaps
    .filter(({ kind }) => kind === 'lost_messages' || kind === 'stopped')
    .map(({ kind, records }) => ({ kind, records }));
}

describeKafka('a collector of a topic that lost something', {}, (broker) => {
  /** Lands ten messages and ends. */
  async function landTen(subject: CollectorCase): Promise<void> {
    await broker().topic(subject.topic);
    await send(broker(), subject.topic, numbered('a', 10));
    const serving = await subject.start();
    await subject.landed(10);
    await serving.end('SIGTERM');
  }

  /** As retention does, but now. */
  function remove(topic: string, offset: number): void {
    const file = join(mkdtempSync(join(tmpdir(), 'custody-offsets-')), 'offsets.json');
    const partitions = [{ topic, partition: 0, offset }];
    writeFileSync(file, JSON.stringify({ version: 1, partitions }));
    const parameters = ['--bootstrap-server', broker().address, '--offset-json-file', file];
    broker().run('org.apache.kafka.tools.DeleteRecordsCommand', parameters);
    rmSync(dirname(file), { recursive: true });
  }

  it('notes which offsets the broker removed first, and takes what is behind them', async () => {
    const subject = newCase(broker().address, { kafka });
    await landTen(subject);
    await send(broker(), subject.topic, numbered('b', 10));
    remove(subject.topic, 15);
    const serving = await subject.start();
    await subject.landed(20);
    expect(serving.log()).toContain('messages are lost');
    const { address } = serving;
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toContain(
      `custody_kafka_lost_messages_total{topic="${subject.topic}",partition="0"} 5`,
    );
    await serving.end('SIGTERM');
    expect(noticesOf(subject)).toEqual([{ kind: 'gap', first: 10, last: 14, next: 15 }]);
    expect(await namesOf(subject)).toEqual([...numbered('a', 10), ...numbered('b', 10).slice(5)]);
    expect(await gapsOf(subject)).toEqual([{ kind: 'lost_messages', records: 5 }]);
  });

  it('is silent where only landed messages were removed, and notes a gap without a message', async () => {
    const subject = newCase(broker().address, { kafka });
    await landTen(subject);
    remove(subject.topic, 10);
    const serving = await subject.start();
    await send(broker(), subject.topic, numbered('b', 2));
    await subject.landed(12);
    await serving.end('SIGTERM');
    expect(noticesOf(subject)).toEqual([]);
    await send(broker(), subject.topic, numbered('c', 3));
    remove(subject.topic, 15);
    const again = await subject.start();
    await subject.landed(15);
    await send(broker(), subject.topic, numbered('d', 1));
    await subject.landed(16);
    await again.end('SIGTERM');
    expect(noticesOf(subject)).toEqual([{ kind: 'gap', first: 12, last: 14, next: 15 }]);
    const names = [...numbered('a', 10), ...numbered('b', 2), ...numbered('d', 1)];
    expect(await namesOf(subject)).toEqual(names);
  });

  it('stops at a topic that was made anew, be it shorter or longer, until it is told', async () => {
    for (const count of [3, 30]) {
      const subject = newCase(broker().address, { kafka });
      const { topic } = subject;
      await landTen(subject);
      await broker().admin.deleteTopics({ topics: [topic] });
      await subject.until('the topic is gone', async () => {
        return !(await broker().admin.listTopics()).includes(topic);
      });
      await broker().topic(topic);
      await send(broker(), topic, numbered('n', count));
      const serving = await subject.start();
      await subject.until('it stops', () => noticesOf(subject).length > 0);
      const metrics = await (await fetch(`${serving.address}/metrics`)).text();
      expect(metrics).toContain(`custody_kafka_stopped{topic="${topic}",partition="0"} 1`);
      expect(serving.log()).toContain('stopped reading a partition');
      await serving.end('SIGTERM');
      if (count === 3) {
        // It is noted once, however often it is seen.
        const again = await subject.start();
        await subject.until('it stops again', () => again.log().includes('stopped reading'));
        await again.end('SIGTERM');
      }
      expect(noticesOf(subject)).toEqual([
        {
          kind: 'made_anew',
          ...{ first: 10, last: 10, next: 10 },
          why:
            count === 3
              ? 'the log ends below offset 10, up to which it is landed'
              : 'another message stands at offset 9, which is landed',
        },
      ]);
      expect(await namesOf(subject)).toEqual(numbered('a', 10));
      expect(await gapsOf(subject)).toEqual([{ kind: 'stopped', records: null }]);
      if (count === 3) continue;
      subject.configure({ topicSettings: ', generation: 2', kafka });
      const told = await subject.start();
      await subject.until('the new one is landed', () =>
        subject
          .entries()
          .some(({ origin: { kafka: of } }) => of.generation === 2 && of.next === count),
      );
      await told.end('SIGTERM');
      expect(await namesOf(subject)).toEqual([...numbered('a', 10), ...numbered('n', count)]);
    }
  });

  it('stops a topic that another cluster of brokers had, and goes on with others', async () => {
    const subject = newCase(broker().address, { kafka, more: ['other'] });
    const { topic } = subject;
    const other = `${topic}-other`;
    await broker().topic(topic);
    await broker().topic(other);
    const store = openStore(subject.store, { create: true });
    const context = openLanding({ store, workers: 1 });
    const lander = new PartitionLander(context, new PartitionProgress(context.manifest));
    const identity = { cluster_id: 'another-cluster', topic, partition: 0, generation: 1 };
    const messages = [{ offset: 0, at: 0, value: Buffer.from(eventText('old')) }];
    const run = { identity, source: 'k8s_audit', cluster: 'prod', messages, next: 1 };
    await lander.land({ ...run, from: 'beginning' }, () => true);
    await context.workers.close();
    await context.landed.close();
    await send(broker(), topic, ['strange']);
    await send(broker(), other, ['own']);
    const serving = await subject.start();
    await subject.until('the other topic is landed', () =>
      subject.entries().some(({ origin }) => origin.kafka.topic === other),
    );
    await serving.end('SIGTERM');
    expect(await namesOf(subject)).toEqual(['old', 'own']);
    expect(serving.log()).toMatch(
      /the brokers are cluster .* and \\"another-cluster\\" was landed/,
    );
  });
});
