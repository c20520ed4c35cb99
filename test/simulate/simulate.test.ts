import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defaults } from '../../scripts/accuracy/run.ts';
import { Agenda } from '../../src/simulate/agenda.ts';
import { incidentKinds } from '../../src/simulate/incidents.ts';
import type { SimulationOptions } from '../../src/simulate/options.ts';
import { openTruth, sealTruth } from '../../src/simulate/sealed-truth.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { truthFileSchema } from '../../src/simulate/truth-file.ts';
import { emitters } from '../../src/sources/emitters.ts';
import { sources } from '../../src/sources/index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'custody-simulate-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const clean = defaults.blemishes;
let runs = 0;

/** A day of six clusters, with every kind of act once. */
async function play(part: Partial<SimulationOptions> = {}) {
  runs += 1;
  const out = join(scratch, `run-${runs}`);
  const small = { days: 1, events: 30_000, incidents: incidentKinds.length, keeps_details: false };
  const simulated = await simulate({ ...defaults, seed: 5, ...small, ...part, out });
  const paths = readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(log|json|yaml)$/.test(path))
    .sort();
  const files = new Map(paths.map((path) => [path, readFileSync(join(out, path), 'utf8')]));
  return { ...simulated, files };
}

const linesOf = (text: string) => text.trimEnd().split('\n');
const stampOf = (line: string): string => {
  if (!line.startsWith('{')) return /\d{4}-\d\d-\d\dT\S+/.exec(line)?.[0] ?? '';
  const { stageTimestamp, time, eventTime, timestamp } = JSON.parse(line) as Record<string, string>;
  return (stageTimestamp ?? time ?? eventTime ?? timestamp ?? '').slice(0, 26);
};
const plainRun = play();

/** Lines of each log, its rotated files in the order of their names before the current one. */
function logs(files: Map<string, string>): Map<string, string[][]> {
  const byFolder = new Map<string, string[][]>();
  for (const [path, text] of files) {
    if (!path.endsWith('.log')) continue;
    const folder = path.slice(0, path.lastIndexOf('/'));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), linesOf(text)]);
  }
  return byFolder;
}

describe('simulate', () => {
  test('writes the same bytes from the same options, and others from another seed', async () => {
    const [one, again, other] = [await plainRun, await play(), await play({ seed: 6 })];
    expect(again.files).toEqual(one.files);
    expect(again.truth).toEqual(one.truth);
    expect([...other.files.values()]).not.toEqual([...one.files.values()]);
  });

  test('comes to about the lines that were asked for, of the size that audit logs have', async () => {
    const { sets } = await play({ events: 60_000 });
    const audit = sets.filter(({ source }) => source === 'k8s_audit');
    const lines = sets.reduce((sum, set) => sum + set.lines, 0);
    const mean = (field: 'lines' | 'bytes') => audit.reduce((sum, set) => sum + set[field], 0);
    expect(Math.abs(lines - 60_000)).toBeLessThan(600);
    expect(mean('bytes') / mean('lines')).toBeGreaterThan(1700);
    expect(mean('bytes') / mean('lines')).toBeLessThan(2100);
  });

  test('writes each log in the order of its time', async () => {
    for (const [folder, files] of logs((await plainRun).files)) {
      const stamps = files.flat().map(stampOf);
      expect(stamps.length, folder).toBeGreaterThan(500);
      expect([...stamps].sort(), folder).toEqual(stamps);
    }
  });

  test('knows what happened, in the shape of the truth of a story', async () => {
    const { truth } = await plainRun;
    expect(truthFileSchema.parse(JSON.parse(JSON.stringify(truth)))).toEqual(truth);
    expect([...new Set(truth.exposures.map(({ path }) => path))].sort()).toEqual([
      'csi_mount',
      'external_copy',
      'pod_entry',
      'pod_logs',
      'port_forward',
      'provider_read',
      'secret_env',
      'secret_read',
      'secret_volume',
      'synced_secret',
    ]);
    const holders = new Set(truth.exposures.map(({ holder }) => holder.id));
    const named = truth.bystanders.filter(
      ({ id, paths }) => paths === undefined && holders.has(id),
    );
    expect(named).toEqual([]);
    for (const { first_at, last_at, end_state } of truth.exposures) {
      expect(first_at >= truth.from).toBe(true);
      expect(last_at === null || last_at >= first_at).toBe(true);
      expect(end_state).toBe(last_at === null ? 'open' : 'ended');
    }
  });

  test('harms the logs and not the truth', async () => {
    const blemishes = { ...clean, disorder: 0.1, duplicates: 0.1, damaged: 0.05 };
    const [ugly, plain] = [await play({ blemishes }), await plainRun];
    expect(ugly.truth).toEqual(plain.truth);
    for (const [folder, files] of logs(ugly.files)) {
      const whole = new Set((logs(plain.files).get(folder) ?? []).flat());
      const written = files.flat();
      const intact = written.filter((line) => whole.has(line));
      expect(written.length, folder).toBeGreaterThan(whole.size * 1.05);
      expect(new Set(intact).size, folder).toBeLessThan(whole.size);
      const stamps = intact.map(stampOf);
      expect([...stamps].sort(), folder).not.toEqual(stamps);
    }
  });

  test('rotates files, which may overlap', async () => {
    const part = { file_bytes_max: 1 << 16, blemishes: { ...clean, overlap: 7 } };
    const { files } = await play(part);
    for (const [folder, parts] of logs(files)) {
      expect(parts.length, folder).toBeGreaterThan(1);
      // The current file is the last by time and the last by name.
      for (const [index, lines] of parts.slice(1).entries()) {
        expect(lines.slice(0, 7), folder).toEqual(parts[index]?.slice(-7));
      }
    }
    const names = [...files.keys()].filter((path) => path.includes('k8s_audit'));
    expect(names[0]).toMatch(/server-0\/audit-2026-03-02T\d\d-\d\d-\d\d\.\d{3}\.log$/);
  });

  test('takes the bodies of large events away, and says so in them', async () => {
    const { files } = await play({ blemishes: { ...clean, truncate_bytes: 4000 } });
    const events = [...logs(files)].flatMap(([folder, parts]) =>
      folder.startsWith('k8s_audit') ? parts.flat() : [],
    );
    const marked = events.filter((line) => line.includes('"audit.k8s.io/truncated":"true"'));
    expect(marked.length).toBeGreaterThan(20);
    expect(marked.filter((line) => /"(request|response)Object":/.test(line))).toEqual([]);
    expect(events.filter((line) => line.length > 4000)).toEqual([]);
  });

  test('leaves out what nobody collected, and tells of it all the same', async () => {
    const { files, truth, sets } = await play({ without: ['vault_audit', 'k8s_audit:prod-us'] });
    const plain = await plainRun;
    expect(truth).toEqual(plain.truth);
    expect(sets.map(({ path }) => path).sort()).toEqual([
      'akeyless',
      'aws_cloudtrail',
      'azure_key_vault',
      'conjur',
      'csi_log/prod-eu',
      'custody_yaml',
      'gcp_audit',
      'k8s_audit/batch',
      'k8s_audit/edge',
      'k8s_audit/prod-eu',
      'k8s_audit/staging',
      'k8s_audit/tools',
      'k8s_objects/batch',
      'k8s_objects/edge',
      'k8s_objects/prod-eu',
      'k8s_objects/prod-us',
      'k8s_objects/staging',
      'k8s_objects/tools',
    ]);
    for (const [path, text] of files) expect(text, path).toBe(plain.files.get(path));
  });

  test('refuses a folder with something in it', async () => {
    const out = join(scratch, 'run-1');
    await plainRun;
    await expect(simulate({ ...defaults, seed: 1, out })).rejects.toThrow(/something is there/);
  });

  test('seals the truth of a drill', async () => {
    const { truth } = await plainRun;
    const path = join(scratch, 'truth.sealed');
    const key = sealTruth(path, truth);
    expect(readFileSync(path, 'latin1')).not.toContain('csi_mount');
    expect(openTruth(path, key)).toEqual(truth);
    const other = Buffer.alloc(32, 7).toString('base64url');
    expect(() => openTruth(path, other)).toThrow(/the key does not fit/);
    expect(() => openTruth(path, 'short')).toThrow(/no key of a story/);
    expect(() => openTruth(join(scratch, 'run-1'), key)).toThrow(/cannot be read/);
  });
});

test('an agenda gives what is due by time, and of one time in the order it came', () => {
  const agenda = new Agenda();
  const played: number[] = [];
  const times = [5, 3, 9, 3, 1, 9, 7, 3, 2, 8];
  for (const [index, at] of times.entries()) agenda.add(at, () => played.push(at * 100 + index));
  for (let next = agenda.next(); next !== undefined; next = agenda.next()) next.act();
  expect(played).toEqual([104, 208, 301, 303, 307, 500, 706, 809, 902, 905]);
});

test('what writes logs knows nothing of the SQL that reads them', () => {
  const files = ['src/simulate', 'src/sources'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && (folder === 'src/simulate' || /emit/.test(path)))
      .map((path) => join(folder, path)),
  );
  expect(files.length).toBeGreaterThan(40);
  const reading = /from '[^']*\/(chain|query|normalise|queries|database)[/.]/;
  expect(files.filter((path) => reading.test(readFileSync(path, 'utf8')))).toEqual([]);
});

test('every source that writes is a source', () => {
  const ids = sources.map(({ id }) => id);
  expect(emitters.map(({ source }) => source).filter((id) => !ids.includes(id))).toEqual([]);
});
