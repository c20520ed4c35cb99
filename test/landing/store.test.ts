import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CustodyError } from '../../src/errors.ts';
import { activeBatches, readManifest } from '../../src/landing/manifest.ts';
import { searchQuarantine } from '../../src/landing/open-quarantined.ts';
import { openSealed, sealRecord } from '../../src/landing/quarantine.ts';
import { openStore } from '../../src/landing/store.ts';
import { ingest } from '../../src/pipeline.ts';
import {
  auditLine,
  auditLines,
  land,
  landedRecords,
  linesOf,
  positionsAndHashes,
  temporaryFolder,
  temporaryStore,
} from '../helpers/landed-store.ts';
import { finishIngest, startIngest } from '../helpers/run-ingest.ts';

function refusal(act: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    act();
  } catch (error) {
    if (error instanceof CustodyError) {
      return { code: error.code, message: error.message, hint: error.hint };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a store', () => {
  test('is made once and keeps its key to its owner', () => {
    const folder = join(temporaryFolder(), 'deep', 'store');
    const made = openStore(folder, { create: true });
    expect(openStore(folder)).toEqual(made);
    expect(openStore(folder, { create: true })).toEqual(made);
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'keys', 'store.key')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(folder, 'store.json'), 'utf8'))).toEqual({
      format: 'custody-store',
      version: 1,
      id: made.id,
    });
  });

  test('of a newer format is refused', () => {
    const store = temporaryStore();
    const newer = { format: 'custody-store', version: 2, keys: 'elsewhere' };
    writeFileSync(join(store.folder, 'store.json'), JSON.stringify(newer));
    expect(refusal(() => openStore(store.folder)).code).toBe('STORE_NEWER');
  });

  test('that is not there, damaged, a file, or among other files is refused with a hint', () => {
    const folder = temporaryFolder();
    expect(refusal(() => openStore(join(folder, 'none'))).code).toBe('NOT_FOUND');
    writeFileSync(join(folder, 'file'), 'text');
    const file = refusal(() => openStore(join(folder, 'file'), { create: true }));
    expect(file).toMatchObject({ code: 'STORE_UNUSABLE', hint: expect.any(String) });
    expect(refusal(() => openStore(join(folder, 'file', 'below'), { create: true }))).toMatchObject(
      {
        code: expect.stringMatching(/STORE_UNUSABLE|NOT_WRITABLE/),
        hint: expect.any(String),
      },
    );
    expect(refusal(() => openStore(folder, { create: true })).code).toBe('STORE_UNUSABLE');
    mkdirSync(join(folder, 'damaged'));
    writeFileSync(join(folder, 'damaged', 'store.json'), '{');
    expect(refusal(() => openStore(join(folder, 'damaged'))).code).toBe('STORE_DAMAGED');
  });

  test('without its key says so', () => {
    const store = temporaryStore();
    const path = join(store.folder, 'keys', 'store.key');
    writeFileSync(path, 'not a key, perhaps a secret\n');
    const { code, message } = refusal(() => openStore(store.folder));
    expect(code).toBe('STORE_DAMAGED');
    expect(message).not.toContain('secret\n');
  });
});

describe('quarantine', () => {
  const key = Buffer.alloc(32, 7);
  const place = { position: 12, sha256_source: Buffer.alloc(32, 1) };

  test('opens with the same key at the same place only', () => {
    const sealed = sealRecord(Buffer.from('a line'), key, place);
    expect(openSealed(sealed, key, place).toString()).toBe('a line');
    expect(sealRecord(Buffer.from('a line'), key, place)).not.toEqual(sealed);
    const changed = Buffer.from(sealed);
    changed[20] = (changed[20] ?? 0) ^ 1;
    const attempts = [
      () => openSealed(sealed, Buffer.alloc(32, 8), place),
      () => openSealed(sealed, key, { ...place, position: 13 }),
      () => openSealed(changed, key, place),
      () => openSealed(sealed.subarray(0, 10), key, place),
    ];
    for (const attempt of attempts) expect(refusal(attempt).code).toBe('STORE_DAMAGED');
  });

  test('is searched by value without showing any', async () => {
    const store = temporaryStore();
    const path = join(temporaryFolder(), 'audit.log');
    writeFileSync(path, `${auditLines(3)}{"cut off": "hunter2-in-the-clear\nx hunter2 x\n`);
    await land(store, [path]);
    const found = await searchQuarantine(store, [Buffer.from('hunter2-in')]);
    expect(found).toEqual([expect.stringMatching(/^[0-9a-f]{16}-3$/)]);
    expect(await searchQuarantine(store, [Buffer.from('hunter2')])).toHaveLength(2);
    expect(await searchQuarantine(store, [Buffer.from('absent'), Buffer.alloc(0)])).toEqual([]);
  });
});

test('JSON of no known source is quarantined whole as unrecognised', async () => {
  const store = temporaryStore();
  const path = join(temporaryFolder(), 'other.json');
  const lines = `{"a": 1, "password": "hunter2"}\n{"a": 2}\n`;
  writeFileSync(path, lines);
  const summary = await land(store, [path]);
  expect(summary.files).toMatchObject([{ taken_for: 'unrecognised', state: 'landed' }]);
  expect(summary).toMatchObject({ records: 2, quarantined: 2, good: 0 });
  const records = await landedRecords(store);
  expect(records.map(({ reason }) => reason)).toEqual(['unrecognised', 'unrecognised']);
  expect(records.map(({ bytes }) => `${bytes}\n`).join('')).toBe(lines);
  expect(filesOf(store.folder).some((file) => file.includes('hunter2'))).toBe(false);
});

test('planted secrets are nowhere in the store, and found by nobody who reads it', async () => {
  const store = temporaryStore();
  const folder = temporaryFolder();
  const secret = (index: number) => `s3cr3t-value-${index}-q8Zr`;
  const event = (index: number, extra: object) =>
    `${JSON.stringify({ ...(JSON.parse(auditLine(index)) as object), level: 'RequestResponse', ...extra })}\n`;
  const secrets = { resource: 'secrets', namespace: 'team', name: 'db' };
  const lines = [
    event(0, {
      objectRef: secrets,
      verb: 'create',
      requestObject: { kind: 'Secret', apiVersion: 'v1', stringData: { password: secret(0) } },
    }),
    event(1, {
      objectRef: secrets,
      verb: 'create',
      responseObject: {
        kind: 'Secret',
        apiVersion: 'v1',
        data: { password: Buffer.from(secret(1)).toString('base64') },
      },
    }),
    event(2, { requestURI: `/api/v1/namespaces/x/pods/p/proxy?access_token=${secret(2)}` }),
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","data":"${secret(3)}\n`,
    auditLines(3, 3),
  ];
  const path = join(folder, 'audit.log');
  writeFileSync(path, lines.join(''));
  const summary = await land(store, [path]);
  expect(summary).toMatchObject({ good: 6, quarantined: 1 });
  expect(summary.redacted).toBe(3);
  const files = filesOf(store.folder);
  for (let index = 0; index < 4; index += 1) {
    const needles = [secret(index), Buffer.from(secret(index)).toString('base64').slice(0, 20)];
    for (const needle of needles) {
      expect(files.filter((file) => file.includes(needle))).toEqual([]);
    }
  }
  const records = await landedRecords(store);
  expect(records.filter(({ bytes }) => bytes.includes('redacted:hmac-sha256:'))).toHaveLength(3);
});

describe('a place that cannot be written to', () => {
  test('a full disk gives one clear error and keeps what was committed', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'audit.log');
    const text = auditLines(3000);
    writeFileSync(path, text);
    const store = join(folder, 'store');
    const options = { store, paths: [path], workers: 1 };
    await finishIngest(startIngest({ ...options, blockBytes: 1000, paths: [] }));
    // A limit on the size of files stands for the full disk: few tests may mount one.
    const full = await finishIngest(startIngest(options, 'ulimit -f 16'));
    expect(full.code).toBe(2);
    expect(full.result).toMatchObject({ code: 'NOT_WRITABLE', hint: expect.any(String) });
    expect(readManifest(openStore(store)).entries).toEqual([]);
    const later = await finishIngest(startIngest({ ...options, blockBytes: 100_000 }));
    expect(later).toMatchObject({ code: 0, result: { records: 3000 } });
    expect(positionsAndHashes(await landedRecords(openStore(store)))).toEqual(
      positionsAndHashes(linesOf(Buffer.from(text))),
    );
  });

  test.skipIf(!mayMount())('a small disk fills up and nothing committed is lost', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'audit.log');
    const text = auditLines(40_000);
    writeFileSync(path, text);
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]);
    try {
      const options = { store: join(disk, 'store'), paths: [path], blockBytes: 500_000 };
      const full = await finishIngest(startIngest({ ...options, workers: 2 }));
      expect(full.code).toBe(2);
      expect(full.result).toMatchObject({
        code: 'NOT_WRITABLE',
        message: expect.stringMatching(/^Cannot write/),
      });
      const store = openStore(options.store);
      expect(activeBatches(store).length).toBeGreaterThan(3);
      const landed = positionsAndHashes(await landedRecords(store));
      const lines = positionsAndHashes(linesOf(Buffer.from(text)));
      expect(landed).toEqual(lines.slice(0, landed.length));
      execFileSync('mount', ['-o', 'remount,size=90m', disk]);
      const later = await finishIngest(startIngest({ ...options, workers: 2 }));
      expect(later.code).toBe(0);
      expect(positionsAndHashes(await landedRecords(store))).toEqual(lines);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test('a folder replaced by a file', async () => {
    const store = temporaryStore();
    const path = join(temporaryFolder(), 'audit.log');
    writeFileSync(path, auditLines(3));
    execFileSync('rmdir', [join(store.folder, 'segments')]);
    writeFileSync(join(store.folder, 'segments'), '');
    await expect(land(store, [path])).rejects.toMatchObject({ code: 'NOT_WRITABLE' });
  });
});

test('an interrupt commits what is under way; the next run goes on', async () => {
  const store = temporaryStore();
  const path = join(temporaryFolder(), 'audit.log');
  writeFileSync(path, auditLines(3000));
  const controller = new AbortController();
  const options = { store, paths: [path, path], blockBytes: 100_000, workers: 1 };
  const summary = await ingest({ ...options, signal: controller.signal }, ({ bytesDone }) => {
    if (bytesDone > 400_000) controller.abort();
  });
  expect(summary.interrupted).toBe(true);
  expect(summary.files.map(({ state }) => state)).toEqual(['failed', 'skipped']);
  expect(summary.records).toBeGreaterThan(500);
  expect(summary.records).toBeLessThan(3000);
  const rest = await ingest(options);
  expect(rest).toMatchObject({ interrupted: false, already_landed: summary.records + 3000 });
});

/** Every file of a folder, names and bytes. */
function filesOf(folder: string): Buffer[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return Buffer.concat([Buffer.from(path), readFileSync(path)]);
    });
}

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'custody-test-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}
