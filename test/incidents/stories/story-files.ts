import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { classBody } from '../bodies.ts';
import type { LogLine } from '../log-line.ts';
import type { World } from '../world.ts';
import { leakedPaymentsKey } from './leaked-payments-key.ts';

export interface StoryFile {
  name: string;
  bytes: Buffer;
}

/** All generated files of the story, logs under `logs/` and the truth beside them. */
export function storyFiles(): StoryFile[] {
  const world = leakedPaymentsKey();
  const { cluster, vault } = placesOf(world);
  const servers = [0, 1].map((writer) => cluster.lines.filter((line) => line.writer === writer));
  return [
    { name: 'logs/k8s_audit.jsonl', bytes: lines(servers[0] ?? []) },
    // gzip's header carries no time here, so the bytes repeat.
    { name: 'logs/k8s_audit-2.jsonl.gz', bytes: gzipSync(lines(servers[1] ?? [])) },
    { name: 'logs/vault_audit.jsonl', bytes: lines(vault.lines, tornLine(vault.lines)) },
    { name: 'logs/spc.yaml', bytes: Buffer.from(snapshot(world)) },
    { name: 'truth.json', bytes: Buffer.from(`${JSON.stringify(truth(world), null, 2)}\n`) },
  ];
}

function placesOf(world: World) {
  const [cluster] = world.clusters;
  const [vault] = world.vaults;
  if (cluster === undefined || vault === undefined) throw new Error('the story has no place');
  return { cluster, vault };
}

/** The index of an ordinary line of which the disk took only half, as a full disk leaves it. */
function tornLine(all: LogLine[]): number {
  return all.findIndex((line, index) => !line.needed && index > all.length / 2);
}

function lines(all: LogLine[], torn = -1): Buffer {
  const texts = all.map(({ text }, index) => (index === torn ? text.slice(0, 412) : text));
  return Buffer.from(`${texts.join('\n')}\n`);
}

/** What `kubectl get secretproviderclasses -A -o yaml` gave the responder. */
function snapshot(world: World): string {
  const { cluster } = placesOf(world);
  const createdAt = Date.parse('2026-03-03T07:40:00Z') * 1000;
  const items = cluster.classes.map((spec) => classBody(spec, createdAt));
  return stringify({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } });
}

function truth(world: World): unknown {
  const { bystanders, versions } = world.truth;
  const exposures = world.truth.exposures();
  return { cluster: 'prod', objects: [...world.objects], exposures, versions, bystanders };
}
