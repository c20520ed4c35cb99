import type { WrittenSet } from './log-set.ts';
import type { TruthFile } from './truth-file.ts';

/** The words after `custody ingest` that land one set; `folder` is where the run wrote to. */
export function ingestWords(folder: string, set: WrittenSet): string[] {
  return [
    `${folder}/${set.path}`,
    ...(set.cluster === null ? [] : ['--cluster', set.cluster]),
    ...(set.observed_at === null ? [] : ['--observed-at', set.observed_at]),
  ];
}

/** What stands beside the logs for whoever is to land them. */
export function renderGuide(
  sets: readonly WrittenSet[],
  truth: TruthFile,
  options: { isSealed: boolean },
): string {
  const last = sets.length - 1;
  const commands = sets.map((set, index) => {
    const refresh = index === last ? '' : ' --no-refresh';
    return `    custody ingest ${ingestWords('.', set).join(' ')}${refresh}`;
  });
  const answer = options.isSealed
    ? 'What really happened is sealed in `truth.sealed`: `custody simulate --open truth.sealed --key KEY`.'
    : 'What really happened is in `truth.json`.';
  return `# Logs of a made-up week

Clusters ${truth.clusters.join(', ')}, from ${truth.from} until ${truth.until}. Nothing in here is real. Land them with

${commands.join('\n')}

and ask, for instance, \`custody objects secret\` and \`custody blast-radius --object REF\`. ${answer}
`;
}
