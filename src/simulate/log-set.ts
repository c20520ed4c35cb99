import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import type { SimulationOptions } from './options.ts';
import type { LineSink, LogLine } from './world/log-line.ts';
import { Random } from './world/random.ts';

/** One log of a place that was written, and how `custody ingest` is to be told about it. */
export interface WrittenSet {
  source: string;
  cluster: string | null;
  /** Below the folder of the run. */
  path: string;
  observed_at: string | null;
  files: number;
  lines: number;
  bytes: number;
}

interface OpenLog {
  source: string;
  cluster: string;
  file: LogFile | null;
}

/** All logs of a run: files by source, place and writer. */
export class LogSet {
  readonly #options: SimulationOptions;
  readonly #logs = new Map<string, OpenLog>();
  readonly #snapshots: WrittenSet[] = [];
  #pushed = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  /** How many lines came so far, those of logs that nobody collected included. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Where a writer's lines go; `cluster` is empty for a log that belongs to none. */
  of(source: string, cluster: string, writer: number): LineSink & { push(line: unknown): void } {
    const log = this.#open(source, cluster, writer);
    return {
      push: (line) => {
        this.#pushed += 1;
        log.file?.push(line as LogLine);
      },
    };
  }

  /** Writes what is due before `horizon`, of a log whose clock is ahead a little later. */
  flush(horizon: number): void {
    const skew = this.#options.clock_skew_seconds * 1_000_000;
    for (const { file, cluster } of this.#logs.values()) {
      file?.flush(horizon + (cluster === '' ? skew : 0));
    }
  }

  /** A file that is written once; nothing is where its log was not collected. */
  snapshot(source: string, cluster: string, takenAt: string, name: string, text: string): void {
    if (this.#isMissing(source, cluster)) return;
    const path = join(source, cluster);
    mkdirSync(join(this.#options.out, path), { recursive: true });
    writeFileSync(join(this.#options.out, path, name), text);
    const known = this.#snapshots.find((one) => one.path === path);
    const bytes = Buffer.byteLength(text);
    if (known !== undefined) {
      known.files += 1;
      known.bytes += bytes;
      return;
    }
    const place = { source, cluster: cluster === '' ? null : cluster, path };
    this.#snapshots.push({ ...place, observed_at: takenAt, files: 1, lines: 0, bytes });
  }

  /** Writes the rest; gives what was written, place by place. */
  close(): WrittenSet[] {
    const sets = new Map<string, WrittenSet>();
    for (const { source, cluster, file } of this.#logs.values()) {
      if (file === null) continue;
      file.close();
      const path = join(source, cluster);
      const none = { observed_at: null, files: 0, lines: 0, bytes: 0 };
      const place = { source, cluster: cluster === '' ? null : cluster, path };
      const set = sets.get(path) ?? { ...place, ...none };
      set.files += file.written.files;
      set.lines += file.written.lines;
      set.bytes += file.written.bytes;
      sets.set(path, set);
    }
    return [...sets.values(), ...this.#snapshots];
  }

  #open(source: string, cluster: string, writer: number): OpenLog {
    const key = `${source} ${cluster} ${writer}`;
    const known = this.#logs.get(key);
    if (known !== undefined) return known;
    const file = this.#isMissing(source, cluster) ? null : this.#file(source, cluster, writer);
    const made = { source, cluster, file };
    this.#logs.set(key, made);
    return made;
  }

  #file(source: string, cluster: string, writer: number): LogFile {
    const { out, blemishes, file_bytes_max, seed } = this.#options;
    const folder = join(out, source, cluster, `server-${writer}`);
    mkdirSync(folder, { recursive: true });
    // Blemishes have chance of their own: with and without them the same things happen.
    const random = new Random(seed * 1_000_003 + this.#logs.size);
    return new LogFile({ folder, name: 'audit', file_bytes_max, random, blemishes });
  }

  #isMissing(source: string, cluster: string): boolean {
    const names = [source, `${source}:${cluster}`];
    return this.#options.without.some((one) => names.includes(one));
  }
}
