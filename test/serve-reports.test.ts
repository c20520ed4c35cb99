import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshDatabase } from '../src/database.ts';
import { openStore, type Store } from '../src/landing/store.ts';
import { ingest } from '../src/pipeline.ts';
import { ScheduledReports } from '../src/serve/scheduled-reports.ts';
import { readServeConfig, type ScheduledReport } from '../src/serve/serve-config.ts';

const root = mkdtempSync(join(tmpdir(), 'custody-reports-'));
let store: Store;

beforeAll(async () => {
  store = openStore(join(root, 'store'), { create: true });
  const logs = ['k8s_audit.jsonl', 'vault_audit.jsonl', 'spc.yaml'].map(
    (name) => `samples/stories/agent-tool-runner/logs/${name}`,
  );
  await ingest({ store, paths: logs, cluster: 'agents-eu', workers: 1 });
  await refreshDatabase(store);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function daily(name: string, more: Partial<ScheduledReport> = {}): ScheduledReport {
  const folder = join(root, name);
  return {
    name,
    schedule: '0 6 * * *',
    report: 'coverage',
    formats: ['html', 'json'],
    folder,
    ...more,
  };
}

/** A process that looks every hour from one time to another, with a store of its own memory. */
async function run(report: ScheduledReport, from: string, until: string): Promise<string[]> {
  const reports = new ScheduledReports(store, [report], () => refreshDatabase(store));
  const written: string[] = [];
  const failures: unknown[] = [];
  for (let at = Date.parse(from); at <= Date.parse(until); at += 3_600_000) {
    await reports.writeDue(
      new Date(at),
      (each) => written.push(each.at),
      (_name, error) => failures.push(error),
    );
  }
  expect(failures).toEqual([]);
  return written;
}

describe('scheduled reports', () => {
  it('are written once each over a week with a day of downtime, none missing', async () => {
    const report = daily('week');
    const before = await run(report, '2026-03-01T00:30:00Z', '2026-03-04T05:30:00Z');
    const after = await run(report, '2026-03-05T07:30:00Z', '2026-03-08T00:30:00Z');
    const days = ['01', '02', '03', '04', '05', '06', '07'];
    expect([...before, ...after]).toEqual(days.map((day) => `2026-03-${day}T06:00:00.000Z`));
    const names = readdirSync(report.folder).filter((name) => !name.startsWith('.'));
    expect(names).toEqual(
      days.flatMap((day) => ['html', 'json'].map((end) => `week-202603${day}T060000Z.${end}`)),
    );
  });

  it('are asked for their own time, however late, and give the same bytes again', async () => {
    const report = daily('late', { days: 7 });
    await run(report, '2026-03-04T00:30:00Z', '2026-03-04T00:30:00Z');
    await run(report, '2026-03-05T23:30:00Z', '2026-03-05T23:30:00Z');
    const path = join(report.folder, 'late-20260304T060000Z.json');
    const bytes = readFileSync(path);
    const { report: head } = JSON.parse(bytes.toString());
    expect([head.since, head.until]).toEqual(['2026-02-25T06:00:00Z', '2026-03-04T06:00:00Z']);
    rmSync(join(report.folder, 'late-20260305T060000Z.json'));
    rmSync(path);
    expect(await run(report, '2026-03-06T00:30:00Z', '2026-03-06T00:30:00Z')).toHaveLength(2);
    expect(readFileSync(path)).toEqual(bytes);
  });

  it('begin when they are first seen, even if nobody runs at their first time', async () => {
    const report = daily('begun');
    expect(await run(report, '2026-03-01T07:30:00Z', '2026-03-01T07:30:00Z')).toEqual([]);
    expect(await run(report, '2026-03-03T07:30:00Z', '2026-03-03T07:30:00Z')).toEqual([
      '2026-03-02T06:00:00.000Z',
      '2026-03-03T06:00:00.000Z',
    ]);
  });

  it('keep as many as they are told to', async () => {
    const report = daily('kept', { keep: 2 });
    await run(report, '2026-03-01T00:30:00Z', '2026-03-01T00:30:00Z');
    await run(report, '2026-03-05T07:30:00Z', '2026-03-05T07:30:00Z');
    const names = readdirSync(report.folder).filter((name) => name.endsWith('.html'));
    expect(names).toEqual(['kept-20260304T060000Z.html', 'kept-20260305T060000Z.html']);
  });

  it('that fail leave nothing, are told, and are due again', async () => {
    const report = daily('failing', { report: 'blast-radius', objects: ['vault:no/such/object'] });
    const reports = new ScheduledReports(store, [report], () => refreshDatabase(store));
    const failures: string[] = [];
    for (const at of ['2026-03-01T00:30:00Z', '2026-03-01T07:30:00Z', '2026-03-01T08:30:00Z']) {
      await reports.writeDue(
        new Date(at),
        () => expect.unreachable(),
        (name, error) => failures.push(`${name}: ${(error as Error).message}`),
      );
    }
    const failure = 'failing: Cannot find object "vault:no/such/object": no landed log names it';
    expect(failures).toEqual([failure, failure]);
    expect(readdirSync(report.folder)).toEqual(['.failing.begun']);
  });
});

describe('reports in custody.yaml', () => {
  function configOf(reports: string): () => unknown {
    const path = join(root, 'custody.yaml');
    writeFileSync(path, `custody: 1\nreports:\n  - ${reports}\n`);
    return () => readServeConfig(path, {}).reports;
  }

  it('have a folder beside the file, and HTML where no format is named', () => {
    const read = configOf(
      '{ name: weekly, schedule: "0 6 * * 1", report: governance, folder: filed, keep: 52 }',
    );
    expect(read()).toEqual([
      {
        name: 'weekly',
        schedule: '0 6 * * 1',
        report: 'governance',
        formats: ['html'],
        folder: join(root, 'filed'),
        keep: 52,
      },
    ]);
  });

  it.each([
    ['{ name: a, schedule: "61 * * * *", report: governance, folder: f }', 'reports.0.schedule'],
    ['{ name: a/b, schedule: "0 6 * * *", report: governance, folder: f }', 'reports.0.name'],
    ['{ name: a, schedule: "0 6 * * *", report: gossip, folder: f }', 'reports.0.report'],
    ['{ name: a, schedule: "0 6 * * *", report: governance }', 'reports.0.folder'],
  ])('are refused with the place: %s', (text, place) => {
    expect(configOf(text)).toThrow(place);
  });
});
