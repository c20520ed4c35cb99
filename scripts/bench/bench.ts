import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Answer, measureAnswers } from './answers.ts';
import { makeInputs } from './inputs.ts';
import { describe, type Measured, medianOf, writeSection } from './results.ts';

// How fast is landing, which keeps, hashes, redacts and normalises everything, beside tools that keep
// nothing; how fast is the database brought up to date; and how fast are answers then? Runs of one round
// follow each other and rounds are repeated, so that a ratio compares like with like; absolute numbers
// depend on the machine. Nothing in here asserts a time.

/** What is measured, in the order of a round: `path.mjs` does it. */
const allPaths = [
  'insert',
  'land',
  'refresh',
  'count',
  'sha256sum',
  'jq',
  'land-gzip',
  'gunzip',
  'land-small-files',
];

const usage = `npm run bench -- [options]

  --lines N      lines of the log, about 1.9 KB each (1000000)
  --rounds N     rounds, of which medians are taken (3)
  --paths A,B    what is measured, of ${allPaths.join(', ')}; or all
  --answers      then ask the store whatever can be asked
  --write        put the results into docs/PERFORMANCE.md, in place of those of as many lines
`;

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    paths: { type: 'string', default: 'insert,land,refresh,count,sha256sum' },
    answers: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.bench');

if (options.help) process.stdout.write(usage);
else await bench(Number(options.lines), Number(options.rounds));

async function bench(lines: number, rounds: number): Promise<void> {
  const paths = options.paths === 'all' ? allPaths : options.paths.split(',');
  const { log, bytes } = await makeInputs(folder, lines, paths);
  const runs = new Map<string, Measured[]>(paths.map((path) => [path, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const path of paths) runs.get(path)?.push(runAlone(path, log));
  }
  const medians = paths.map((path) => ({ path, ...medianOf(runs.get(path) ?? []) }));
  const answers: Answer[] = options.answers
    ? await measureAnswers({ root, folder, log }, rounds)
    : [];
  for (const name of ['store', 'store-gzip', 'store-small-files', 'insert.duckdb']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  const section = describe({ root, lines, bytes, rounds, medians, answers });
  process.stdout.write(section);
  if (options.write) writeSection(join(root, 'docs', 'PERFORMANCE.md'), section);
}

/** A process for each, so that none inherits the memory or the compiled code of another. */
function runAlone(path: string, log: string): Measured {
  const script = fileURLToPath(new URL('./path.mjs', import.meta.url));
  const stdout = execFileSync(process.execPath, [script, path, log, folder], { encoding: 'utf8' });
  process.stderr.write(`${path} ${stdout}`);
  return JSON.parse(stdout) as Measured;
}
