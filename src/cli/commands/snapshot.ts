import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { CustodyError } from '../../errors.ts';
import { openKubernetesApi } from '../../ingest/kubernetes-api.ts';
import {
  type ListedResource,
  listObjects,
  resourcesWithout,
  untilFailure,
} from '../../ingest/kubernetes-snapshot.ts';
import { openStore } from '../../landing/store.ts';
import { ingestFailed } from '../../pipeline.ts';
import type { Row } from '../../query/plain-value.ts';
import { formatTime } from '../../time.ts';
import { landLogs, refreshAndCount } from '../land-logs.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
} from '../options.ts';
import { makeOutput, type Output } from '../output.ts';

interface SnapshotOptions extends CommonOptions, FormatOption {
  kubeconfig?: string;
  context?: string;
  cluster?: string;
  without: string[];
  output?: string;
  refresh: boolean;
}

/** `custody snapshot`: the objects of a cluster that the chain needs, as they are now. */
export function registerSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .summary('land the objects of a cluster as they are now')
    .description(
      'Lists what the chain needs of a cluster (mount statuses, pods, classes, workloads, rights, declared ' +
        'copies; of Secrets only the metadata) and lands it as of now. Where the audit policy leaves out the ' +
        'bodies of mount statuses, as on EKS and GKE, this is the only source of their versions.',
    )
    .option('--kubeconfig <file>', "instead of KUBECONFIG, ~/.kube/config or the pod's own account")
    .option('--context <name>', 'the context of the kubeconfig, instead of the current one')
    .option('--cluster <name>', 'what to call the cluster; without it, as the kubeconfig does')
    .option('--without <resource...>', 'resources not to list, such as secrets', [])
    .option(
      '--output <file>',
      'write the objects to this file, - for standard output; land nothing',
    )
    .option('--no-refresh', 'leave the database to the next command');
  addFormatOption(addCommonOptions(command))
    .addHelpText('after', help)
    .action(async (options: SnapshotOptions) => {
      const output = makeOutput(options);
      const resources = resourcesWithout(options.without);
      const api = await openKubernetesApi(options);
      const cluster = options.cluster ?? api.cluster;
      const observedAt = formatTime(BigInt(Date.now()) * 1000n);
      const results: ListedResource[] = [];
      const failures: unknown[] = [];
      const lines = listObjects(api, resources, (result) => results.push(result));
      output.note(`Listing ${resources.length} resources of ${cluster} at ${api.server}`);
      const stream = Readable.from(untilFailure(lines, failures), { objectMode: false });
      if (options.output !== undefined) {
        await pipeline(
          stream,
          options.output === '-' ? process.stdout : createWriteStream(options.output),
          { end: options.output !== '-' },
        );
        output.note(`custody ingest --cluster ${cluster} --observed-at ${observedAt} lands it`);
      } else await land(options, cluster, observedAt, { name: api.server, stream });
      for (const failure of failures) throw failure;
      report(results, options, output);
    });
}

const help = `
Examples:
  custody snapshot --context prod --cluster prod
  custody snapshot --without secrets
  custody snapshot --output - | gzip > objects.jsonl.gz

Secrets: RBAC knows no right to their metadata alone. samples/deploy/snapshot-rbac.yaml grants exactly what is
listed; leave out its last rule, and give --without secrets, where that is too much.`;

async function land(
  options: SnapshotOptions,
  cluster: string,
  observedAt: string,
  input: { name: string; stream: Readable },
): Promise<void> {
  const store = openStore(options.store, { create: true });
  const quiet = options.quiet === true;
  const landing = { store, paths: [], streams: [input], source: 'k8s_objects' };
  const summary = await landLogs({ ...landing, cluster, observedAt }, quiet);
  if (options.refresh && !summary.interrupted) await refreshAndCount(store, quiet);
  if (!ingestFailed(summary)) return;
  const [file] = summary.files;
  throw new CustodyError('UNREADABLE_INPUT', `Cannot land "${input.name}": ${file?.reason ?? ''}`, {
    hint: `${summary.records} objects are landed; run the same command again`,
  });
}

function report(
  results: readonly ListedResource[],
  options: SnapshotOptions,
  output: Output,
): void {
  const forbidden = results.filter(({ state }) => state === 'forbidden');
  // The objects themselves went to standard output.
  if (options.output !== '-') {
    const rows = results.map(({ resource, state, objects }): Row => ({ resource, state, objects }));
    output.rows(options.format, ['resource', 'state', 'objects'], rows);
  }
  if (forbidden.length === 0) return;
  const names = forbidden.map(({ resource }) => resource);
  throw new CustodyError('UNREADABLE_INPUT', `Cannot list "${names.join(', ')}": forbidden`, {
    hint: `everything else is taken; grant list, or say --without ${names.join(' ')}`,
  });
}
