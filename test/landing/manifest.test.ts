import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CustodyError } from '../../src/errors.ts';
import { Manifest, type ManifestDraft, readManifest } from '../../src/landing/manifest.ts';
import { openStore } from '../../src/landing/store.ts';
import { auditLines, land, temporaryFolder, temporaryStore } from '../helpers/landed-store.ts';
import { finishIngest, startIngest } from '../helpers/run-ingest.ts';

function draft(stream: string, from: number): ManifestDraft {
  const batch = from.toString(16).padStart(16, '0');
  return {
    source: 'k8s_audit',
    cluster: 'default',
    observed_at: null,
    stream,
    origin: { kind: 'file', name: 'audit.log' },
    batch,
    from,
    to: from + 1,
    records: 1,
    good: 1,
    envelopes: 0,
    quarantined: 0,
    blank_lines: 0,
    redacted: 0,
    digest: '0'.repeat(64),
    unterminated: false,
    replaces: null,
    segment: null,
    quarantine: null,
  };
}

describe('the manifest', () => {
  test('numbers and chains the entries of writers that know nothing of each other', () => {
    const store = temporaryStore();
    const writers = [new Manifest(store), new Manifest(store), new Manifest(store)];
    for (let round = 0; round < 10; round += 1) {
      for (const [index, writer] of writers.entries()) {
        expect(writer.append(store, draft(`stream-${index}`, round))).not.toBe('overtaken');
      }
    }
    const { entries } = readManifest(store);
    expect(entries.map(({ number }) => number)).toEqual(
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    const names = readdirSync(join(store.folder, 'manifest')).sort();
    expect(names[0]).toBe('00000001.json');
    expect(readFileSync(join(store.folder, 'manifest', '00000001.json'), 'utf8')).toMatch(
      /^\{"format":1,"number":1,"previous":"0{64}","source":"k8s_audit".*"quarantine":null\}\n$/,
    );
  });

  test('lets a writer decide anew when another was quicker on its stream', () => {
    const store = temporaryStore();
    const [quick, slow] = [new Manifest(store), new Manifest(store)];
    expect(quick.append(store, draft('s', 0))).not.toBe('overtaken');
    expect(slow.append(store, draft('s', 0))).toBe('overtaken');
    expect(slow.ofStream('s')).toHaveLength(1);
    expect(slow.append(store, draft('s', 1))).toMatchObject({ number: 2 });
  });

  test('leaves out what a later entry replaces', () => {
    const store = temporaryStore();
    const manifest = new Manifest(store);
    manifest.append(store, draft('s', 0));
    manifest.append(store, { ...draft('s', 0), to: 9, replaces: 1 });
    expect(readManifest(store).active()).toMatchObject([{ number: 2, to: 9 }]);
  });

  test('tells that an entry was changed, removed or written by a newer version', async () => {
    const store = temporaryStore();
    await land(store, [fileWith(auditLines(60))]);
    const path = join(store.folder, 'manifest', '00000002.json');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace('"good":', '"good": '));
    expect(() => readManifest(store)).toThrow(/chain is broken/);
    writeFileSync(path, before.replace('"format":1', '"format":2'));
    expect(codeOf(() => readManifest(store))).toBe('STORE_NEWER');
    writeFileSync(path, '{"for');
    expect(codeOf(() => readManifest(store))).toBe('STORE_DAMAGED');
    rmSync(path);
    expect(() => readManifest(store)).toThrow(/entry 2 is missing/);
    writeFileSync(path, before);
    expect(readManifest(store).entries.length).toBeGreaterThan(3);
  });
});

test('two processes that land different files keep one chain', async () => {
  const folder = temporaryFolder();
  const store = join(folder, 'store');
  const paths = ['a', 'b'].map((name, index) => {
    const path = join(folder, name);
    writeFileSync(path, auditLines(3000, index * 10_000));
    return path;
  });
  const ends = await Promise.all(
    paths.map((path) =>
      finishIngest(startIngest({ store, paths: [path], blockBytes: 30_000, workers: 1 })),
    ),
  );
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  const { entries } = readManifest(openStore(store));
  expect(entries.reduce((sum, { records }) => sum + records, 0)).toBe(6000);
});

function fileWith(text: string): string {
  const path = join(temporaryFolder(), 'audit.log');
  writeFileSync(path, text);
  return path;
}

function codeOf(act: () => unknown): string | null {
  try {
    act();
  } catch (error) {
    if (error instanceof CustodyError) return error.code;
  }
  return null;
}
