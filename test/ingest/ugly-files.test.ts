import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { activeBatches } from '../../src/landing/manifest.ts';
import { ingest, ingestFailed } from '../../src/pipeline.ts';
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

function fileOf(name: string, content: string | Buffer): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe('gzip', () => {
  const text = auditLines(2000);

  test('cut short keeps every byte that can be read, says so, and fails', async () => {
    const store = temporaryStore();
    const zipped = gzipSync(text);
    const path = fileOf('cut.gz', zipped.subarray(0, zipped.length >> 1));
    const summary = await land(store, [path], { blockBytes: 1e6 });
    expect(summary.files).toMatchObject([{ state: 'failed', taken_for: 'k8s_audit' }]);
    expect(summary.files[0]?.reason).toMatch(/^the gzip data is cut short; \d+ records before/);
    expect(ingestFailed(summary)).toBe(true);
    const kept = (await landedRecords(store)).filter(({ kind }) => kind === 'record');
    expect(kept.length).toBeGreaterThan(500);
    const lines = positionsAndHashes(linesOf(Buffer.from(text)));
    expect(positionsAndHashes(kept)).toEqual(lines.slice(0, kept.length));

    const whole = await land(store, [fileOf('whole.gz', zipped)], { blockBytes: 1e6 });
    expect(whole.files).toMatchObject([{ state: 'landed' }]);
    expect(positionsAndHashes(await landedRecords(store))).toEqual(lines);
  });

  test('of many steps adds no listener with each', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const noise = Array.from({ length: 30 }, () => `${randomBytes(60_000).toString('hex')}\n`).join(
      '',
    );
    const zipped = gzipSync(noise);
    expect(zipped.length).toBeGreaterThan(20 * 60 * 1024);
    const store = temporaryStore();
    await land(store, [fileOf('noise.gz', zipped)], { source: 'k8s_audit' });
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  test('with a wrong checksum keeps the lines of a small file', async () => {
    const store = temporaryStore();
    const zipped = gzipSync(auditLines(20));
    zipped[zipped.length - 6] = (zipped[zipped.length - 6] ?? 0) ^ 255;
    const summary = await land(store, [fileOf('audit.log.gz', zipped)]);
    expect(summary.files[0]).toMatchObject({ state: 'failed' });
    expect(summary.files[0]?.reason).toMatch(/damaged/);
    // zlib hides the chunk in which it meets the damage: here, a part of the last line.
    expect(summary.good).toBeGreaterThanOrEqual(19);
  });

  test('damaged in the middle keeps what is in front', async () => {
    const store = temporaryStore();
    const zipped = gzipSync(text);
    zipped.fill(0xa5, zipped.length >> 1, (zipped.length >> 1) + 64);
    const summary = await land(store, [fileOf('audit.log.gz', zipped)], { blockBytes: 1e6 });
    expect(summary.files[0]).toMatchObject({ state: 'failed' });
    expect(summary.good).toBeGreaterThan(500);
  });

  test('with other bytes or padding behind it', async () => {
    const store = temporaryStore();
    const zipped = gzipSync(auditLines(5));
    const padded = fileOf('padded.gz', Buffer.concat([zipped, Buffer.alloc(1000)]));
    expect((await land(store, [padded])).files[0]).toMatchObject({ state: 'landed' });
    const other = fileOf('other.gz', Buffer.concat([zipped, Buffer.from('and more text')]));
    const summary = await land(store, [other]);
    expect(summary.files[0]).toMatchObject({ state: 'failed' });
    expect(summary.files[0]?.reason).toMatch(/damaged; 5 records/);
  });

  test('bomb stops at its limit', async () => {
    const store = temporaryStore();
    const bomb = auditLines(3) + ' '.repeat(50_000_000);
    const summary = await land(store, [fileOf('bomb.gz', gzipSync(bomb))], {
      decompressionLimitBytes: 1_000_000,
      blockBytes: 100_000,
    });
    expect(summary.files[0]).toMatchObject({ state: 'failed', taken_for: 'k8s_audit' });
    expect(summary.files[0]?.reason).toMatch(/stopped at its limit of 1000000 bytes; 3 records/);
    expect(summary.good).toBe(3);
  });
});

describe('a folder', () => {
  test('is read in the order of names, once, with what is not read listed', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'logs', 'old'), { recursive: true });
    writeFileSync(join(folder, 'logs', 'b.log'), auditLines(3, 10));
    writeFileSync(join(folder, 'logs', 'a.log'), auditLines(3));
    writeFileSync(join(folder, 'logs', 'empty.log'), '');
    writeFileSync(join(folder, 'logs', 'blank.log'), '\n\n  \n');
    writeFileSync(join(folder, 'logs', 'README.md'), '# Logs\n\nThese are logs.\n');
    writeFileSync(join(folder, 'logs', 'old', 'audit.json'), auditLines(2, 20));
    symlinkSync('..', join(folder, 'logs', 'old', 'loop'));
    symlinkSync('nowhere', join(folder, 'logs', 'dangling'));
    symlinkSync('self', join(folder, 'logs', 'self'));
    execFileSync('mkfifo', [join(folder, 'logs', 'pipe')]);
    const store = temporaryStore();
    const summary = await land(store, [join(folder, 'logs')]);
    const states = summary.files.map(({ path, state, reason }) => [
      path.slice(folder.length + 6),
      state,
      reason,
    ]);
    expect(states).toEqual([
      ['README.md', 'skipped', 'no log of a known source'],
      ['a.log', 'landed', undefined],
      ['b.log', 'landed', undefined],
      ['blank.log', 'skipped', expect.any(String)],
      ['dangling', 'skipped', 'a link that leads nowhere'],
      ['empty.log', 'skipped', 'empty'],
      ['old/audit.json', 'landed', undefined],
      ['old/loop', 'skipped', 'leads back to a folder that holds it'],
      ['pipe', 'skipped', 'not a file but a pipe'],
      ['self', 'skipped', 'a link that leads to itself'],
    ]);
    expect(ingestFailed(summary)).toBe(false);
    expect(summary.records).toBe(8);
  });

  test('that is not there fails and stops nothing else', async () => {
    const store = temporaryStore();
    const log = fileOf('audit.log', auditLines(2));
    const summary = await land(store, ['/nowhere/logs', log]);
    expect(summary.files).toMatchObject([
      { state: 'failed', reason: 'there is no such file' },
      { state: 'landed' },
    ]);
    expect(ingestFailed(summary)).toBe(true);
  });
});

test('a file that grows while it is read ends where it ended at the start', async () => {
  const store = temporaryStore();
  const path = fileOf('audit.log', auditLines(1000));
  let grown = 1000;
  const options = { store, paths: [path], blockBytes: 8192, workers: 1 };
  const summary = await ingest(options, () => {
    if (grown < 1060) appendFileSync(path, auditLines(1, grown++));
  });
  expect(summary.records).toBe(1000);
  expect(await land(store, [path], { blockBytes: 8192 })).toMatchObject({
    records: grown - 1000,
    already_landed: 1000,
  });
  expect(grown).toBeGreaterThan(1030);
  const landed = positionsAndHashes(await landedRecords(store));
  expect(landed).toEqual(positionsAndHashes(linesOf(readFileSync(path))));
});

test('a line of 40 MB is one record', async () => {
  const store = temporaryStore();
  const event = JSON.parse(auditLine(1)) as object;
  const long = JSON.stringify({ ...event, annotations: { note: 'x'.repeat(40_000_000) } });
  const text = `${auditLine(0)}\n${long}\n${auditLine(2)}\n`;
  const summary = await land(store, [fileOf('audit.log', text)], { blockBytes: 1e6 });
  expect(summary).toMatchObject({ records: 3, good: 3 });
  expect(positionsAndHashes(await landedRecords(store))).toEqual(
    positionsAndHashes(linesOf(Buffer.from(text))),
  );
});

test('a record over the limit is quarantined in pieces that hold all of its bytes', async () => {
  const store = temporaryStore();
  const event = JSON.parse(auditLine(1)) as object;
  const long = JSON.stringify({ ...event, annotations: { note: 'y'.repeat(100_000) } });
  const text = `${auditLine(0)}\n${long}\n${auditLine(2)}\n`;
  const summary = await land(store, [fileOf('audit.log', text)], { recordBytesMax: 20_000 });
  expect(summary).toMatchObject({ good: 2, quarantined: 6 });
  const pieces = (await landedRecords(store)).filter(({ kind }) => kind === 'quarantined');
  expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString()).toBe(long);
  expect(await land(store, [fileOf('b', text)], { recordBytesMax: 20_000 })).toMatchObject({
    records: 0,
    already_landed: 8,
  });
});

test('every byte of garbage between good lines is kept', async () => {
  const store = temporaryStore();
  const parts = [
    Buffer.from(auditLine(0)),
    Buffer.from('{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Meta'),
    Buffer.from([0xff, 0xfe, 0x00, 0x80]),
    Buffer.from('[1,2,3]'),
    Buffer.from('"text"'),
    Buffer.from(`${auditLine(1)}\r`),
    Buffer.from(auditLine(2).replace('"level"', '"level":"None","level"')),
    Buffer.from('null'),
    Buffer.from(auditLine(3)),
  ];
  const bytes = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
  const summary = await land(store, [fileOf('audit.log', bytes)], { blockBytes: 1e6 });
  expect(summary.records).toBe(parts.length);
  expect(summary.good).toBe(4);
  const landed = await landedRecords(store);
  expect(landed.map((record) => record.bytes.toString('hex'))).toEqual(
    parts.map((part) => part.toString('hex')),
  );
  expect(landed.find(({ flags }) => flags?.includes('duplicate_key'))).toBeDefined();
});

test('pretty-printed documents over many blocks come out whole, and again as landed', async () => {
  const store = temporaryStore();
  const items = Array.from({ length: 200 }, (_, index) => JSON.parse(auditLine(index)) as object);
  const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items };
  const text = JSON.stringify(list, null, 2);
  const path = fileOf('events.json', text);
  const summary = await land(store, [path], { workers: 2 });
  expect(summary).toMatchObject({ records: 201, good: 200, envelopes: 1 });
  expect(activeBatches(store).length).toBeGreaterThan(10);
  expect(await land(store, [path])).toMatchObject({ records: 0, already_landed: 201 });
  const elements = (await landedRecords(store)).filter(({ kind }) => kind === 'record');
  expect(elements.map(({ bytes }) => JSON.parse(bytes.toString()))).toEqual(items);
  for (const { bytes, position } of elements) {
    expect(text.slice(position, position + bytes.length)).toBe(bytes.toString());
  }
});

test('a document cut short is replaced by the whole one', async () => {
  const store = temporaryStore();
  const items = Array.from({ length: 30 }, (_, index) => JSON.parse(auditLine(index)) as object);
  const text = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items }, null, 1);
  const path = fileOf('events.json', text.slice(0, text.length >> 1));
  await land(store, [path], { blockBytes: 1e6 });
  writeFileSync(path, text);
  await land(store, [path], { blockBytes: 1e6 });
  const landed = await landedRecords(store);
  expect(landed.map(({ kind }) => kind).sort()).toEqual([
    'envelope',
    ...Array<string>(30).fill('record'),
  ]);
});
