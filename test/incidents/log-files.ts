import { gzipSync } from 'node:zlib';
import type { LogLine, OneLog } from '../../src/simulate/world/log-line.ts';
import type { Random } from '../../src/simulate/world/random.ts';
import type { World } from './world.ts';

/** Files that go into one `custody ingest`, with the options they need. */
export interface LogSet {
  folder: string;
  options: string[];
  files: { name: string; bytes: Buffer }[];
}

/** How the lines of one writer become files. */
export type Variation = (name: string, lines: LogLine[], random: Random) => LogSet['files'];

const joined = (lines: string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);

/** As written: one file a writer, in order. */
export const plain: Variation = (name, lines) => [
  { name: `${name}.jsonl`, bytes: joined(lines.map((line) => line.text)) },
];

/** The same lines out of order, some twice, in two files that overlap, one of them gzipped. */
export const disordered: Variation = (name, lines, random) => {
  const texts = random.shuffle(lines.map((line) => line.text));
  const twice = texts.filter(() => random.next() < 0.15);
  const all = random.shuffle([...texts, ...twice]);
  const cut = Math.floor(all.length * 0.6);
  const overlap = Math.floor(all.length * 0.4);
  return [
    { name: `${name}-1.log.gz`, bytes: gzipSync(joined(all.slice(0, cut))) },
    { name: `${name}-2.log`, bytes: joined(all.slice(overlap)) },
  ];
};

/** Lines cut short, foreign lines, blank lines, CRLF; no RequestReceived. Nothing needed is harmed. */
export const damaged: Variation = (name, lines, random) => {
  const isKubernetes = name.startsWith('kubernetes');
  const kept = lines.filter((line) => !(line.opening && isKubernetes));
  const output: string[] = [];
  for (const { text, needed } of kept) {
    const chance = random.next();
    if (!needed && chance < 0.1) {
      output.push(text.slice(0, random.integer(20, text.length - 1)));
      continue;
    }
    output.push(chance > 0.9 ? `${text}\r` : text);
    if (chance > 0.2 && chance < 0.24) output.push('');
    if (chance > 0.3 && chance < 0.33) output.push('I1123 18:00:00 leader changed, retrying');
    if (chance > 0.4 && chance < 0.42) output.push('{"note": "not a record of any known log"}');
  }
  return [{ name: `${name}.log`, bytes: joined(output) }];
};

function eventLists(lines: LogLine[]): string {
  const lists: string[] = [];
  for (let from = 0; from < lines.length; from += 40) {
    const items = lines.slice(from, from + 40).map((line) => line.text);
    lists.push(
      `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items.join(',')}]}`,
    );
  }
  return lists.join('\n');
}

/** Every log that a world has, and that could be left out of what is collected. */
export function logsOf(world: World): OneLog[] {
  const { missing, clusters, vaults, clouds, snapshots } = world;
  const ofClouds = new Set(clouds.map(({ log }) => log));
  return [
    ...(missing.has('kubernetes') ? [] : clusters).map(({ name }) => ({
      log: 'kubernetes' as const,
      cluster: name,
    })),
    ...(missing.has('vault') || vaults.length === 0 ? [] : [{ log: 'vault' as const }]),
    ...[...ofClouds].filter((log) => !missing.has(log)).map((log) => ({ log })),
    ...snapshots.map(({ cluster }) => ({ log: 'snapshot' as const, cluster })),
  ];
}

/** Writes a world's logs as files, each writer's through the variation; one may be left out. */
export function collectLogs(
  world: World,
  variation: Variation,
  random: Random,
  without?: OneLog,
): LogSet[] {
  const sets: LogSet[] = [];
  const format = world.kubernetesFormat;
  const isOut = (log: OneLog['log'], cluster?: string) =>
    without?.log === log && without.cluster === cluster;
  for (const cluster of world.missing.has('kubernetes') ? [] : world.clusters) {
    if (isOut('kubernetes', cluster.name)) continue;
    const options = cluster.name === 'default' ? [] : ['--cluster', cluster.name];
    const set: LogSet = { folder: `kubernetes-${cluster.name}`, options, files: [] };
    for (const [writer, lines] of byWriter(cluster.lines)) {
      const name = `kubernetes-${cluster.name}-${writer}`;
      if (format === 'lines') set.files.push(...variation(name, lines, random));
      if (format === 'event-list') {
        set.files.push({ name: `${name}.json`, bytes: Buffer.from(eventLists(lines)) });
      }
      if (format === 'pretty') {
        const texts = lines.map((line) => JSON.stringify(JSON.parse(line.text), null, 2));
        set.files.push({ name: `${name}.json`, bytes: joined(texts) });
      }
    }
    sets.push(set);
  }
  const vaultSet: LogSet = { folder: 'vault', options: [], files: [] };
  for (const vault of world.missing.has('vault') || isOut('vault') ? [] : world.vaults) {
    for (const [writer, lines] of byWriter(vault.lines)) {
      vaultSet.files.push(...variation(`vault-${writer}`, lines, random));
    }
  }
  if (vaultSet.files.length > 0) sets.push(vaultSet);
  for (const { log, name, lines } of world.clouds) {
    if (world.missing.has(log) || isOut(log)) continue;
    sets.push({ folder: name, options: [], files: variation(name, lines, random) });
  }
  for (const { name, text, takenAt, cluster } of world.snapshots) {
    if (isOut('snapshot', cluster)) continue;
    const options = [
      '--observed-at',
      takenAt,
      ...(cluster === 'default' ? [] : ['--cluster', cluster]),
    ];
    sets.push({
      folder: `snapshot-${cluster}`,
      options,
      files: [{ name, bytes: Buffer.from(text) }],
    });
  }
  return sets;
}

function byWriter(lines: LogLine[]): Map<number, LogLine[]> {
  const writers = new Map<number, LogLine[]>();
  for (const line of lines) {
    writers.set(line.writer, [...(writers.get(line.writer) ?? []), line]);
  }
  return writers;
}
