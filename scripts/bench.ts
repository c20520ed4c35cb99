import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeAuditLog } from './bench-log.ts';

// How fast is landing, which keeps, hashes, redacts and normalises everything, beside DuckDB's bare
// typed read_json insert, which keeps none of it? Runs of one round follow each other and rounds are
// repeated, so that a ratio compares like with like; absolute numbers depend on the machine.

/** What is measured, in the order of a round: `bench-path.mjs` does it. */
const measuredPaths = ['insert', 'land', 'refresh', 'count', 'sha256sum'];

interface Measured {
  seconds: number;
  cpu_seconds: number;
  peak_mebibytes: number;
}

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    paths: { type: 'string', default: measuredPaths.join(',') },
    json: { type: 'boolean', default: false },
  },
});

const folder = fileURLToPath(new URL('../.bench/', import.meta.url));
const log = join(folder, `audit-${options.lines}.ndjson`);

await compare();

async function compare(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(log)) {
    process.stderr.write(`writing ${log}\n`);
    await writeAuditLog(`${log}.tmp`, Number(options.lines));
    renameSync(`${log}.tmp`, log);
  }
  // All paths find the file in the page cache.
  let bytes = 0;
  for await (const chunk of createReadStream(log)) bytes += (chunk as Buffer).length;
  const paths = options.paths.split(',');
  const rounds = new Map<string, Measured[]>(paths.map((path) => [path, []]));
  for (let round = 0; round < Number(options.rounds); round += 1) {
    for (const path of paths) rounds.get(path)?.push(runAlone(path));
  }
  for (const name of ['store', 'insert.duckdb']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  const medians = paths.map((path) => ({ path, ...medianOf(rounds.get(path) ?? []) }));
  if (options.json) {
    const result = { lines: Number(options.lines), bytes, medians };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } else print(bytes, medians);
}

function runAlone(path: string): Measured {
  const script = fileURLToPath(new URL('./bench-path.mjs', import.meta.url));
  const stdout = execFileSync(process.execPath, [script, path, log, folder], { encoding: 'utf8' });
  process.stderr.write(`${path} ${stdout}`);
  return JSON.parse(stdout) as Measured;
}

function medianOf(measured: readonly Measured[]): Measured {
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    seconds: middle(measured.map(({ seconds }) => seconds)),
    cpu_seconds: middle(measured.map(({ cpu_seconds }) => cpu_seconds)),
    peak_mebibytes: Math.max(...measured.map(({ peak_mebibytes }) => peak_mebibytes)),
  };
}

function print(bytes: number, medians: ({ path: string } & Measured)[]): void {
  const insert = medians.find(({ path }) => path === 'insert')?.seconds;
  const rows = medians.map(({ path, seconds, cpu_seconds, peak_mebibytes }) => [
    path,
    seconds.toFixed(2),
    (bytes / seconds / 1e6).toFixed(0),
    Math.round(Number(options.lines) / seconds).toString(),
    insert === undefined ? '' : (insert / seconds).toFixed(2),
    cpu_seconds.toFixed(1),
    peak_mebibytes.toFixed(0),
  ]);
  const header = ['path', 's', 'MB/s', 'events/s', 'ratio to insert', 'cpu s', 'peak MiB'];
  const table = [header, header.map(() => '---'), ...rows];
  for (const row of table) process.stdout.write(`| ${row.join(' | ')} |\n`);
}
