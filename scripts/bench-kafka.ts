import { spawn } from 'node:child_process';
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import kafkajs, { type Producer } from 'kafkajs';
import type { ManifestEntry } from '../src/landing/manifest.ts';
import { makeInputs } from './bench/inputs.ts';
import { installKafka, startBroker } from './kafka-broker.ts';

// How many messages a second come from a broker of Kafka into the manifest: a backlog of the audit log that
// `npm run bench` lands, read by one `custody serve`, beside the broker on the same machine; with --live,
// while so many further ones a second come in. Time runs from the first assignment to the last entry.

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '300000' },
    partitions: { type: 'string', default: '3' },
    live: { type: 'string', default: '0' },
    source: { type: 'string', default: 'k8s_audit' },
  },
});

const topic = 'audit';
const root = fileURLToPath(new URL('..', import.meta.url));
const messages = Number(options.messages);
const live = Number(options.live);
const folder = mkdtempSync(join(tmpdir(), 'custody-bench-'));
const broker = await startBroker({ jars: installKafka() });
const kafka = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING });
const producer = kafka.producer({ allowAutoTopicCreation: false });
const admin = kafka.admin();
try {
  await admin.connect();
  await producer.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: Number(options.partitions) }] });
  const { log, bytes } = await makeInputs(join(root, '.bench'), messages, []);
  const some = await fill(producer, log);
  process.stderr.write(`${messages} messages, ${Math.round(bytes / 2 ** 20)} MiB, in the topic\n`);
  process.stdout.write(`${JSON.stringify(await drain(some), null, 2)}\n`);
} finally {
  await producer.disconnect();
  await admin.disconnect();
  await broker.remove();
  rmSync(folder, { recursive: true, force: true });
}

/** Fills the topic; gives some of the messages, to send on. */
async function fill(to: Producer, log: string): Promise<{ value: string }[]> {
  let batch: { value: string }[] = [];
  let some: { value: string }[] = [];
  for await (const value of createInterface({ input: createReadStream(log) })) {
    batch.push({ value });
    if (batch.length < 400) continue;
    await to.send({ topic, messages: batch });
    some = batch;
    batch = [];
  }
  if (batch.length > 0) await to.send({ topic, messages: batch });
  return some;
}

async function drain(some: { value: string }[]): Promise<object> {
  const config = join(folder, 'custody.yaml');
  const store = join(folder, 'store');
  writeFileSync(
    config,
    `custody: 1
serve: { listen: 127.0.0.1:0, disk_free_bytes_min: 0, refresh_seconds: 86400 }
kafka:
  brokers: ["${broker.address}"]
  topics: [{ name: ${topic}, source: ${options.source}, cluster: prod }]
`,
  );
  const main = join(root, 'dist/cli/main.js');
  const child = spawn(process.execPath, [main, 'serve', '--store', store, '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  while (!told.includes('partitions assigned')) await sleep(5);
  const started = performance.now();
  let sent = 0;
  const sending = setInterval(() => {
    const due = Math.floor((live * (performance.now() - started)) / 1000) - sent;
    const more = Array.from({ length: due }, (_, index) => some[index % some.length]);
    sent += due;
    if (due > 0) void producer.send({ topic, messages: more as { value: string }[] });
  }, 50);
  let landed = 0;
  // Caught up: what came within the last second may be under way.
  while (landed < messages + Math.max(0, sent - live)) {
    await sleep(20);
    landed = landedIn(store);
  }
  const seconds = (performance.now() - started) / 1000;
  clearInterval(sending);
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  return {
    messages: landed,
    live,
    seconds: round(seconds),
    messages_per_second: Math.round(landed / seconds),
    caught_up_per_second: Math.round(messages / seconds),
    cpu_seconds: round((Number(ticks[11]) + Number(ticks[12])) / 100),
    entries: readdirSync(join(store, 'manifest')).length,
    peak_mebibytes: Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024),
  };
}

function landedIn(store: string): number {
  let messagesIn = 0;
  for (const name of readdirSync(join(store, 'manifest'))) {
    const text = readFileSync(join(store, 'manifest', name), 'utf8');
    messagesIn += (JSON.parse(text) as ManifestEntry).origin.kafka?.messages ?? 0;
  }
  return messagesIn;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
