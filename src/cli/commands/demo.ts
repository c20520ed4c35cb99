import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, type Command, Option } from 'commander';
import { openStore } from '../../landing/store.ts';
import { composeBlastRadius, runComposed } from '../../query/blast-radius.ts';
import { findQuery, loadLibrary } from '../../query/library.ts';
import { renderBlastRadius } from '../../report/blast-radius.ts';
import { renderTimeline } from '../../report/timeline.ts';
import { announceJob, landLogs, refreshAndCount } from '../land-logs.ts';
import type { CommonOptions } from '../options.ts';
import { makeOutput } from '../output.ts';
import { withDatabase } from '../with-database.ts';

/** A sample incident; the README in its folder tells what really happened. */
interface Story {
  cluster: string;
  object: string;
  version: string;
}

const stories: Readonly<Record<string, Story>> = {
  'leaked-payments-key': {
    cluster: 'prod',
    object: 'vault:secret/payments/stripe',
    version: '3',
  },
  'agent-tool-runner': {
    cluster: 'agents-eu',
    object: 'vault:secret/agents/search-api',
    version: '5',
  },
  'borrowed-identity': {
    cluster: 'aks-prod',
    object: 'https://corp-vault.vault.azure.net/secrets/payments-stripe',
    version: '8218d62fd9778fa8742dc12e49e9b056',
  },
  'carried-out-keys': {
    cluster: 'eks-prod',
    object: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/stripe-b6b33f',
    version: '31552b2f-038a-42cd-acb6-fb2ef590fbfb',
  },
  'whatever-was-latest': {
    cluster: 'gke-prod',
    object: 'projects/shop-prod/secrets/payments-stripe',
    version: '2',
  },
};
const storyNames = Object.keys(stories);

function folderOf(name: string): string {
  return fileURLToPath(new URL(`../../../samples/stories/${name}`, import.meta.url));
}

/** `custody demo`: a whole sample incident, from logs to answer. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .summary('see it work: land a sample incident and ask about it')
    .description(
      'Lands a sample incident in a temporary store and prints its blast radius, its timeline and what ' +
        'remains unknown, with the commands to ask again.',
    )
    .addArgument(
      new Argument('[story]', 'which incident').choices(storyNames).default(storyNames[0]),
    )
    .addOption(new Option('--store <dir>', 'land it here instead of in a temporary folder'))
    .option('--quiet', 'say nothing but results and errors')
    .option('--no-color', 'no colours (NO_COLOR in the environment says the same)')
    .action(async (name: string, options: Omit<CommonOptions, 'store'> & { store?: string }) => {
      const story = stories[name] as Story;
      const folder = options.store ?? mkdtempSync(join(tmpdir(), 'custody-demo-'));
      const output = makeOutput(options);
      const logs = join(folderOf(name), 'logs');
      output.note(`A version of ${story.object} has leaked. The logs of the day are in ${logs}.`);
      announceJob([logs], output);
      const store = openStore(folder, { create: true });
      await landLogs({ store, paths: [logs], cluster: story.cluster }, options.quiet === true);
      await refreshAndCount(store, options.quiet === true);
      output.note('');
      output.result(await answer(story, folder, output));
      output.note(commandsToRepeat(story, folder, name));
    });
}

async function answer(
  story: Story,
  folder: string,
  options: Parameters<typeof renderBlastRadius>[1] & object,
): Promise<string> {
  const library = loadLibrary();
  const question = {
    object: story.object,
    objects: [story.object],
    fields: null,
    version: story.version,
    since: null,
    until: null,
    cluster: null,
    recomputed: null,
  };
  return withDatabase(folder, async (connection) => {
    const radius = await composeBlastRadius(connection, library, question);
    const timeline = await runComposed(
      connection,
      findQuery(library, 'exposure/timeline'),
      question,
    );
    return `${renderBlastRadius(radius, options)}\nTimeline\n${renderTimeline(timeline, options)}`;
  });
}

function commandsToRepeat(story: Story, folder: string, name: string): string {
  return `
Ask again:
  custody blast-radius --store ${folder} --object ${story.object} --version ${story.version}
  custody timeline --store ${folder} --object ${story.object}
  custody blast-radius --store ${folder} --object ${story.object} --format json
What really happened: ${join(folderOf(name), 'README.md')}`;
}
