// npm run accuracy: simulated weeks through the built program, held to the simulator's own account.
// `npm run accuracy -- --seeds 1,2,3 --days 7 --events 200000 --incidents 96`; writes docs/ACCURACY.md.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SimulationOptions } from '../src/simulate/options.ts';
import { type Accuracy, type Run, renderAccuracy } from './accuracy/render.ts';
import { defaults, examine, scratchFolder } from './accuracy/run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    days: { type: 'string', default: '7' },
    events: { type: 'string', default: '200000' },
    incidents: { type: 'string', default: '96' },
    clusters: { type: 'string', default: '6' },
    out: { type: 'string', default: 'docs/ACCURACY.md' },
  },
});
const seeds = values.seeds.split(',').map(Number);
const week = {
  ...defaults,
  days: Number(values.days),
  events: Number(values.events),
  incidents: Number(values.incidents),
  clusters: Number(values.clusters),
};
const ugly = { disorder: 0.05, duplicates: 0.03, damaged: 0.02, overlap: 40, truncate_bytes: 0 };
const worseWeeks: Record<string, Partial<SimulationOptions>> = {
  'disordered, repeated, damaged, overlapping files, clock 3 s ahead': {
    blemishes: ugly,
    clock_skew_seconds: 3,
  },
  'clock 3 s behind': { clock_skew_seconds: -3 },
  'no bodies of custom resources (managed clouds)': { audit_policy: 'managed' },
};

const whole: Run[] = [];
const worse: Run[] = [];
const thinner: Accuracy['thinner'] = { seed: seeds[0] ?? 1, rows: [] };
for (const seed of seeds) {
  const isFirst = seed === thinner.seed;
  const found = await run(`seed ${seed}`, seed, {}, isFirst);
  whole.push(found.run);
  if (isFirst) thinner.rows = found.thinner;
}
for (const [name, part] of Object.entries(worseWeeks)) {
  worse.push((await run(name, thinner.seed, part, false)).run);
}

const options = process.argv.slice(2).join(' ');
const { clusters, namespaces, days, poll_minutes, incidents } = week;
const page = renderAccuracy({
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim(),
  command: `npm run accuracy${options === '' ? '' : ` -- ${options}`}`,
  setting: `Each run has ${clusters} clusters of ${namespaces} namespaces, ${days} days, a poll of each mount every ${poll_minutes} minutes and ${incidents} acts of people and thieves, more than a third of them refused or harmless.`,
  whole,
  worse,
  thinner,
});
writeFileSync(values.out, page);
const wrong = whole.flatMap(({ measured }) => measured.findings);
process.stdout.write(`${values.out}: ${wrong.length} findings with all logs\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function run(
  name: string,
  seed: number,
  part: Partial<SimulationOptions>,
  isThinned: boolean,
) {
  const started = performance.now();
  const options = { ...week, ...part, seed, out: scratchFolder() };
  const { measured, lines, thinner: rows } = await examine(options, isThinned);
  const seconds = Math.round((performance.now() - started) / 1000);
  const { told, planted, findings } = measured;
  process.stderr.write(
    `${name}: ${told} of ${planted} told, ${findings.length} findings, ${seconds} s\n`,
  );
  for (const text of findings.slice(0, 8)) process.stderr.write(`  ${text}\n`);
  return { run: { name, seed, lines, measured }, thinner: rows };
}
