import { execFile, spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { makeInputs } from './bench/inputs.ts';
import { middleOf } from './bench/results.ts';

// Whether the memory of one `custody serve` stays flat while an API server delivers batches, and how many
// events a second it takes while somebody asks: --rate events a second for --minutes, or as many as it
// takes with --rate 0; with --queries, `custody blast-radius` one after the other beside it.

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '500' },
    batch: { type: 'string', default: '400' },
    senders: { type: 'string', default: '4' },
    queries: { type: 'boolean', default: false },
    refresh: { type: 'string', default: '60' },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist/cli/main.js');
const story = join(root, 'samples/stories/leaked-payments-key/logs');
const object = 'vault:secret/payments/stripe';
const sampleMilliseconds = 5000;
const folder = mkdtempSync(join(tmpdir(), 'custody-bench-'));
const store = join(folder, 'store');
const run = promisify(execFile);

try {
  const lines = await readLines();
  await run(process.execPath, [main, 'ingest', story, '--cluster', 'prod', '--store', store]);
  process.stdout.write(`${JSON.stringify(await measure(lines), null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Lines of the audit log that `npm run bench` lands, each without what makes an event its own. */
async function readLines(): Promise<string[]> {
  const { log } = await makeInputs(join(root, '.bench'), 20_000, []);
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(log) })) lines.push(line);
  return lines;
}

async function measure(lines: readonly string[]): Promise<object> {
  const { child, address } = await start();
  const milliseconds = Number(options.minutes) * 60_000;
  const started = performance.now();
  const isOver = (): boolean => performance.now() - started >= milliseconds;
  const counted = { events: 0, again: 0, queries: [] as number[] };
  const samples: { minute: number; mebibytes: number }[] = [];
  const watch = setInterval(() => {
    const minute = (performance.now() - started) / 60_000;
    const mebibytes = residentMebibytes(child.pid as number);
    samples.push({ minute, mebibytes });
    process.stderr.write(`${minute.toFixed(2)} min ${mebibytes} MiB ${counted.events} events\n`);
  }, sampleMilliseconds);
  const senders = Array.from({ length: Number(options.senders) }, () =>
    send(`${address}/audit/prod`, lines, counted, started, isOver),
  );
  await Promise.all([...senders, options.queries ? ask(counted.queries, isOver) : null]);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  const metrics = await (await fetch(`${address}/metrics`)).text();
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  return {
    events: counted.events,
    events_per_second: Math.round(counted.events / seconds),
    sent_again: counted.again,
    queries: counted.queries.length,
    query_seconds_median: middleOf(counted.queries),
    refresh_seconds_mean: meanOf(metrics, 'custody_refresh_seconds'),
    mebibytes_median_of_each_fifth: fifths(samples.map(({ mebibytes }) => mebibytes)),
    mebibytes_per_minute: slopeOf(samples),
    mebibytes_per_minute_second_half: slopeOf(samples.slice(samples.length >> 1)),
    mebibytes_max: Math.max(...samples.map(({ mebibytes }) => mebibytes)),
  };
}

async function start() {
  const config = join(folder, 'custody.yaml');
  const serve = `listen: "127.0.0.1:0", disk_free_bytes_min: 0, refresh_seconds: ${options.refresh}`;
  writeFileSync(config, `custody: 1\nserve: { ${serve} }\n`);
  const words = [main, 'serve', '--store', store, '--config', config];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  let address: string | undefined;
  child.stderr.on('data', (chunk: Buffer) => {
    // What it tells later is of no use, and would fill this process.
    if (address === undefined) told += chunk.toString();
  });
  while (address === undefined) {
    await sleep(20);
    address = / at (https?:\/\/\S+);/.exec(told)?.[1];
    if (child.exitCode !== null) throw new Error(`custody serve ended: ${told}`);
  }
  return { child, address };
}

/** One of several that send together no more than the rate; a batch that is not taken is sent again. */
async function send(
  url: string,
  lines: readonly string[],
  counted: { events: number; again: number },
  started: number,
  isOver: () => boolean,
): Promise<void> {
  const batch = Number(options.batch);
  const rate = Number(options.rate);
  while (!isOver()) {
    const first = counted.events;
    counted.events += batch;
    const due = started + (rate === 0 ? 0 : (first / rate) * 1000);
    if (due > performance.now()) await sleep(due - performance.now());
    const items = Array.from({ length: batch }, (_, index) => eventOf(lines, first + index));
    const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${items.join(',')}]}`;
    for (;;) {
      const response = await fetch(url, { method: 'POST', body });
      await response.arrayBuffer();
      if (response.status === 200) break;
      counted.again += 1;
      await sleep(1000);
    }
  }
}

function eventOf(lines: readonly string[], number: number): string {
  const line = lines[number % lines.length] as string;
  return line.replace(/"auditID":"[^"]*"/, `"auditID":"made-${number}"`);
}

/** Asks again and again, as a responder does while logs come in. */
async function ask(seconds: number[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const started = performance.now();
    const words = ['blast-radius', '--object', object, '--format', 'json', '--store', store];
    await run(process.execPath, [main, ...words], { maxBuffer: 2 ** 28 });
    seconds.push((performance.now() - started) / 1000);
  }
}

function residentMebibytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

function fifths(values: readonly number[]): (number | null)[] {
  const size = values.length / 5;
  return [0, 1, 2, 3, 4].map((fifth) =>
    middleOf(values.slice(Math.floor(fifth * size), Math.floor((fifth + 1) * size))),
  );
}

/** Of the line with the least squares. */
function slopeOf(samples: readonly { minute: number; mebibytes: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minutes = mean(samples.map(({ minute }) => minute));
  const mebibytes = mean(samples.map((sample) => sample.mebibytes));
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.minute - minutes) * (sample.mebibytes - mebibytes);
    below += (sample.minute - minutes) ** 2;
  }
  return Math.round((above / below) * 100) / 100;
}

function meanOf(metrics: string, name: string): number {
  const [sum, count] = ['sum', 'count'].map((part) =>
    Number(new RegExp(`^${name}_${part} (\\S+)`, 'm').exec(metrics)?.[1]),
  ) as [number, number];
  return Math.round((sum / count) * 100) / 100;
}
