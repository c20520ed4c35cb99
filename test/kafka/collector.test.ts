import { expect, it } from 'vitest';
import { describeKafka, eventText } from '../helpers/kafka.ts';
import { type CollectorCase, collectorCases } from '../helpers/kafka-collector.ts';
import { eventList } from '../helpers/serving.ts';

const newCase = collectorCases();

/** How often each event is in the store, as record and as event. */
async function eventsOf(subject: CollectorCase): Promise<{ n: number; names: number }[]> {
  return (await subject.rows(
    `select source, cluster, count(*) as n, count(distinct name) as names from event
     group by all order by all`,
  )) as { n: number; names: number }[];
}

describeKafka('a collector of a topic', {}, (broker) => {
  it('lands each message once and says which offsets an entry holds', async () => {
    const subject = newCase(broker().address);
    const { topic, group } = subject;
    await broker().topic(topic);
    const ids = Array.from({ length: 50 }, (_, index) => `e${index}`);
    const messages = ids.map((id) => ({ value: eventText(id) }));
    await broker().producer.send({ topic, messages });
    const serving = await subject.start();
    await subject.landed(50);
    expect(await serving.end('SIGTERM')).toBe(0);
    const again = await subject.start();
    // A list, and an event that its producer sends a second time.
    const more = [{ value: eventList(['x', 'y']) }, { value: eventText('e0') }];
    await broker().producer.send({ topic, messages: more });
    await subject.landed(52);
    expect(await again.end('SIGTERM')).toBe(0);
    expect(await eventsOf(subject)).toEqual([
      { source: 'k8s_audit', cluster: 'prod', n: 52, names: 52 },
    ]);
    const records = await subject.rows("select count(*) as n from record where kind = 'record'");
    expect(records).toEqual([{ n: 53 }]);
    const entries = subject.entries();
    expect(new Set(entries.map(({ stream }) => stream)).size).toBe(1);
    let to = 0;
    for (const entry of entries) {
      expect(entry.from).toBe(to);
      to = entry.to;
    }
    const last = { topic, partition: 0, generation: 1, first: 50, last: 51, next: 52 };
    expect(entries.at(-1)?.origin.kafka).toMatchObject(last);
    expect(entries.at(-1)?.origin.name).toBe(`kafka:${topic}/0@50-51`);
    const [told] = await broker().admin.fetchOffsets({ groupId: group, topics: [topic] });
    expect(told?.partitions).toMatchObject([{ partition: 0, offset: '52' }]);
  });

  it('reads what producers compressed, with whatever codec', async () => {
    const subject = newCase(broker().address);
    await broker().topic(subject.topic);
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
    for (const codec of codecs) {
      const ids = Array.from({ length: 40 }, (_, index) => `${codec}-${index}`);
      broker().run(
        'org.apache.kafka.tools.ConsoleProducer',
        [
          '--bootstrap-server',
          broker().address,
          '--topic',
          subject.topic,
          '--compression-codec',
          codec,
        ],
        ids.map((id) => `${eventText(id)}\n`).join(''),
      );
    }
    const serving = await subject.start();
    await subject.landed(200);
    await serving.end('SIGTERM');
    expect(await eventsOf(subject)).toMatchObject([{ n: 200, names: 200 }]);
  });

  it('sets aside what is damaged, wherever it lies, and counts what is empty', async () => {
    const subject = newCase(broker().address);
    const { topic } = subject;
    await broker().topic(topic);
    const values: (string | Buffer | null)[] = [
      '{"kind":"Event","items":[{"a":1}',
      eventText('first'),
      null,
      '{ not json',
      Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x7b]),
      JSON.stringify(JSON.parse(eventText('pretty')), null, 2),
      '[',
      `${eventText('line-1')}\n${eventText('line-2')}\n`,
      `${eventText('good')}\n{"kind":"Event","auditID":`,
      '',
      'a line of text',
      `2026-03-01T10:00:00.5Z stdout F ${eventText('prefixed')}`,
      JSON.stringify({ of: 'nobody' }),
      eventText('last'),
      '{"items":[',
    ];
    await broker().producer.send({ topic, messages: values.map((value) => ({ value })) });
    const serving = await subject.start();
    const entries = await subject.landed(values.length);
    await serving.end('SIGTERM');
    const names = await subject.rows('select name from event order by name');
    const good = ['first', 'good', 'last', 'line-1', 'line-2', 'prefixed', 'pretty'];
    expect(names).toEqual(good.map((name) => ({ name })));
    const reasons = await subject.rows(
      'select reason, count(*) as n from quarantine group by all order by all',
    );
    expect(reasons).toMatchInlineSnapshot(`
      [
        {
          "n": 1,
          "reason": "invalid_utf8",
        },
        {
          "n": 1,
          "reason": "not_json",
        },
        {
          "n": 6,
          "reason": "not_wrapped",
        },
        {
          "n": 1,
          "reason": "unrecognised",
        },
      ]
    `);
    const empty = entries.map(({ origin }) => origin.kafka.empty);
    expect(empty.reduce((sum, each) => sum + each, 0)).toBe(2);
    const messages = entries.map(({ origin }) => origin.kafka.messages);
    expect(messages.reduce((sum, each) => sum + each, 0)).toBe(values.length);
  });

  it('goes on after messages that are in no log any more, without calling that a gap', async () => {
    const subject = newCase(broker().address);
    const { topic } = subject;
    await broker().topic(topic);
    const { kafka } = broker();
    const producer = kafka.producer({
      transactionalId: `tx-${topic}`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    for (const [index, outcome] of [
      'commit',
      'abort',
      'commit',
      'abort',
      'abort',
      'commit',
    ].entries()) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: eventText(`${outcome}-${index}`) }] });
      await (outcome === 'commit' ? transaction.commit() : transaction.abort());
    }
    const serving = await subject.start();
    // Six messages, and a mark behind each.
    await subject.landed(12);
    await serving.end('SIGTERM');
    // What is left is a mark: the place to go on is behind the last message.
    const again = await subject.start();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: eventText('commit-6') }] });
    await transaction.commit();
    await subject.landed(14);
    await again.end('SIGTERM');
    await producer.disconnect();
    expect(await subject.rows('select name from event order by name')).toEqual(
      [0, 2, 5, 6].map((index) => ({ name: `commit-${index}` })),
    );
    expect(subject.entries().filter(({ origin }) => origin.kafka.notice !== undefined)).toEqual([]);
  });
});
