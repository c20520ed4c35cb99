import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { classBody } from '../../../src/simulate/world/bodies.ts';
import type { Cluster } from '../../../src/simulate/world/cluster.ts';
import type { LogLine, OneLog, ServiceLog } from '../../../src/simulate/world/log-line.ts';
import type { World } from '../world.ts';
import type { Story } from './index.ts';

export interface StoryFile {
  name: string;
  bytes: Buffer;
  /** The log that goes when this file does; none for the truth. */
  log?: OneLog['log'];
}

/** All generated files of the story, logs under `logs/` and the truth beside them. */
export function storyFiles(story: Story, world = story.play()): StoryFile[] {
  const cluster = placeOf(world);
  const servers = [0, 1].map((writer) => cluster.lines.filter((line) => line.writer === writer));
  const [first = [], second = []] = servers;
  const truthText = `${JSON.stringify(truth(world), null, 2)}\n`;
  return [
    { name: 'logs/k8s_audit.jsonl', bytes: lines(first), log: 'kubernetes' },
    // gzip's header carries no time here, so the bytes repeat.
    { name: 'logs/k8s_audit-2.jsonl.gz', bytes: gzipSync(lines(second)), log: 'kubernetes' },
    ...providerFiles(world),
    { name: 'logs/spc.yaml', bytes: Buffer.from(snapshot(world)), log: 'snapshot' },
    { name: 'truth.json', bytes: Buffer.from(truthText) },
  ];
}

function placeOf(world: World): Cluster {
  const [cluster] = world.clusters;
  if (cluster === undefined) throw new Error('the story has no place');
  return cluster;
}

/**
 * The device of Vault; the first log of a cloud a record a line, others of its kind as one document each.
 * Logs of text are lines, whichever they are.
 */
function providerFiles({ vaults, clouds }: World): StoryFile[] {
  return [
    ...vaults.map((vault) => ({
      name: 'logs/vault_audit.jsonl',
      bytes: lines(vault.lines, tornLine(vault.lines)),
      log: 'vault' as const,
    })),
    ...clouds.map(({ log, name, lines: all }, index) => {
      const isText = textLogs.has(log);
      if (!isText && index > 0)
        return { name: `logs/${name}.json`, bytes: recordsDocument(all), log };
      const ending = isText ? 'log' : 'jsonl';
      const bytes = lines(all, tornLine(all));
      return { name: `logs/${fileNames[log]}.${ending}`, bytes, log };
    }),
  ];
}

/** The id of the source that reads it. */
const fileNames: Readonly<Record<ServiceLog, string>> = {
  vault: 'vault_audit',
  key_vault: 'azure_key_vault',
  cloudtrail: 'aws_cloudtrail',
  cloud_audit: 'gcp_audit',
  conjur: 'conjur',
  akeyless: 'akeyless',
  csi_log: 'csi_log',
};

const textLogs: ReadonlySet<ServiceLog> = new Set(['conjur', 'csi_log']);

function recordsDocument(all: LogLine[]): Buffer {
  return Buffer.from(`{"records":[${all.map(({ text }) => text).join(',')}]}\n`);
}

/** The index of an ordinary line of which the disk took only half, as a full disk leaves it. */
function tornLine(all: LogLine[]): number {
  return all.findIndex((line, index) => !line.needed && index > all.length / 2);
}

function lines(all: LogLine[], torn = -1): Buffer {
  const texts = all.map(({ text }, index) => (index === torn ? text.slice(0, tornAt(text)) : text));
  return Buffer.from(`${texts.join('\n')}\n`);
}

/** What `kubectl get secretproviderclasses -A -o yaml` gave the responder. */
function snapshot(world: World): string {
  const cluster = placeOf(world);
  const createdAt = Date.parse(world.start) * 1000;
  const items = cluster.classes.map((spec) => classBody(spec, createdAt));
  return stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } });
}

function truth(world: World): unknown {
  const { bystanders, versions, platform, beside } = world.truth;
  const exposures = world.truth.exposures();
  const { name } = placeOf(world);
  const may = { platform: [...platform], beside: [...beside] };
  return { cluster: name, objects: [...world.objects], exposures, versions, bystanders, ...may };
}

/** Short lines are torn in their middle. */
function tornAt(text: string): number {
  return text.length > 412 ? 412 : Math.floor(text.length / 2);
}
