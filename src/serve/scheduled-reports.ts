import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'croner';
import { openStoreDatabase } from '../database.ts';
import type { Store } from '../landing/store.ts';
import { composeReport, type EvidenceReport } from '../query/evidence-report.ts';
import { loadLibrary } from '../query/library.ts';
import { resolveObject } from '../query/resolve-object.ts';
import { evidenceRenderers } from '../report/evidence-renderers.ts';
import { formatTime } from '../time.ts';
import { version } from '../version.ts';
import type { ScheduledReport } from './serve-config.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** What is told of each run. */
export interface ReportRun {
  name: string;
  /** The time it was scheduled for, RFC 3339. */
  at: string;
  files: string[];
}

/**
 * Writes the reports that are due: each one once for each time of its schedule, also for those that
 * passed while nobody ran. A report is asked for its scheduled time, whenever it is written, and
 * named after it: the files that are there are the memory of what was done. What changed since the time
 * before it is told from the store, not from a file: it is the same whenever it is written.
 */
export class ScheduledReports {
  readonly #store: Store;
  readonly #reports: readonly ScheduledReport[];
  readonly #refresh: () => Promise<number>;

  constructor(store: Store, reports: readonly ScheduledReport[], refresh: () => Promise<number>) {
    this.#store = store;
    this.#reports = reports;
    this.#refresh = refresh;
  }

  /** Writes what is due by `now`; a report that fails is told, and is due again the next time. */
  async writeDue(
    now: Date,
    written: (run: ReportRun) => void,
    failed: (name: string, error: unknown) => void,
  ): Promise<void> {
    for (const report of this.#reports) {
      try {
        for (const at of dueTimes(report, now)) written(await this.#write(report, at));
        forgetOld(report);
      } catch (error) {
        failed(report.name, error);
      }
    }
  }

  async #write(report: ScheduledReport, at: Date): Promise<ReportRun> {
    const answer = await this.#compose(report, at);
    const files = report.formats.map((format) => {
      const { extension, render } = evidenceRenderers[format];
      const path = join(report.folder, `${report.name}-${stampOf(at)}.${extension}`);
      writeFileSync(`${path}.tmp`, render(answer));
      return path;
    });
    // All of them are there before the first has its name.
    for (const path of files) renameSync(`${path}.tmp`, path);
    return { name: report.name, at: at.toISOString(), files };
  }

  async #compose(report: ScheduledReport, at: Date): Promise<EvidenceReport> {
    const { report: kind, objects: references, cluster = null, days } = report;
    const asOfMin = await this.#refresh();
    const library = loadLibrary();
    const database = await openStoreDatabase(this.#store, { mode: 'read', asOfMin });
    try {
      const { connection } = database;
      const objects: string[] = [];
      for (const reference of references ?? []) {
        const options = { cluster: cluster ?? undefined };
        objects.push(...(await resolveObject(connection, library, reference, options)).objects);
      }
      const since = days === undefined ? null : new Date(at.getTime() - days * dayMilliseconds);
      const [before] = scheduleOf(report).previousRuns(1, at);
      return await composeReport(connection, library, {
        kind,
        objects: references === undefined ? null : objects,
        since: since === null ? null : textOf(since),
        until: textOf(at),
        changesSince: before === undefined ? null : textOf(before),
        cluster,
        custodyVersion: version,
      });
    } finally {
      database.close();
    }
  }
}

/**
 * The times of a report's schedule that passed and have no report yet, the oldest first.
 *
 * A schedule begins when it is first seen; that is kept in the folder, so that a process that was down at the
 * first time of all misses nothing.
 */
function* dueTimes(report: ScheduledReport, now: Date): Generator<Date> {
  mkdirSync(report.folder, { recursive: true });
  const begun = beginning(report, now);
  const done = timesOf(report);
  const last = done.at(-1) ?? begun;
  const cron = scheduleOf(report);
  for (let at = cron.nextRun(last); at !== null && at <= now; at = cron.nextRun(at)) yield at;
}

function scheduleOf(report: ScheduledReport): Cron {
  return new Cron(report.schedule, { paused: true, timezone: 'UTC' });
}

function beginning(report: ScheduledReport, now: Date): Date {
  const path = join(report.folder, `.${report.name}.begun`);
  if (!existsSync(path)) writeFileSync(path, `${now.toISOString()}\n`);
  return new Date(readFileSync(path, 'utf8').trim());
}

/** The times that have reports in all formats, in order. */
function timesOf(report: ScheduledReport): Date[] {
  const names = readdirSync(report.folder);
  const extensions = report.formats.map((format) => evidenceRenderers[format].extension);
  const stamps = names.flatMap((name) => {
    const [, reportName, stamp] = /^(.+)-(\d{8}T\d{6}Z)\.[a-z]+$/.exec(name) ?? [];
    return reportName === report.name && stamp !== undefined ? [stamp] : [];
  });
  return [...new Set(stamps)]
    .filter((stamp) =>
      extensions.every((extension) => names.includes(`${report.name}-${stamp}.${extension}`)),
    )
    .sort()
    .map(timeOf);
}

function forgetOld(report: ScheduledReport): void {
  if (report.keep === undefined) return;
  const old = timesOf(report).slice(0, -report.keep);
  for (const at of old) {
    for (const format of report.formats) {
      const { extension } = evidenceRenderers[format];
      rmSync(join(report.folder, `${report.name}-${stampOf(at)}.${extension}`), { force: true });
    }
  }
}

/** As the command line's times are given to queries. */
function textOf(at: Date): string {
  return formatTime(BigInt(at.getTime()) * 1000n);
}

/** A time that may stand in the name of a file on every system. */
function stampOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function timeOf(stamp: string): Date {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
