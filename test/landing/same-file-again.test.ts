import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { activeBatches, readManifest } from '../../src/landing/manifest.ts';
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

describe('a file that is landed already', () => {
  const text = auditLines(100);

  test('adds nothing under another name, gzipped, or in several gzip members', async () => {
    const store = temporaryStore();
    const first = await land(store, [fileOf('audit.log', text)]);
    expect(first).toMatchObject({ records: 100, good: 100, already_landed: 0 });
    const batches = activeBatches(store).length;
    expect(batches).toBeGreaterThan(5);
    const cut = 7777;
    const members = Buffer.concat([
      gzipSync(Buffer.from(text.slice(0, cut))),
      gzipSync(Buffer.from(text.slice(cut))),
    ]);
    const again = await land(store, [
      fileOf('audit.log.1', text),
      fileOf('audit.log.2.gz', gzipSync(text)),
      fileOf('no-gz-in-the-name', members),
    ]);
    expect(again.files.map((file) => file.state)).toEqual(Array(3).fill('already landed'));
    expect(again).toMatchObject({ records: 0, already_landed: 300 });
    expect(readManifest(store).entries).toHaveLength(batches);
    const landed = positionsAndHashes(await landedRecords(store));
    expect(landed).toEqual(positionsAndHashes(linesOf(Buffer.from(text))));
  });

  test('has the same record ids whatever the block it was read in by', async () => {
    const one = temporaryStore();
    const other = temporaryStore();
    await land(one, [fileOf('a', text)]);
    await land(other, [fileOf('b.gz', gzipSync(text))], { workers: 2 });
    const ids = async (store: typeof one) => (await landedRecords(store)).map(({ id }) => id);
    expect(await ids(one)).toEqual(await ids(other));
  });

  test('goes on where it was when it has grown, also after it was rotated and gzipped', async () => {
    const store = temporaryStore();
    const path = fileOf('audit.log', auditLines(30));
    await land(store, [path]);
    appendFileSync(path, auditLines(30, 30));
    expect(await land(store, [path])).toMatchObject({ records: 30, already_landed: 30 });
    const whole = auditLines(100);
    const rotated = fileOf('audit-2026.log.gz', gzipSync(whole));
    expect(await land(store, [rotated])).toMatchObject({ records: 40, already_landed: 60 });
    expect(await land(store, [fileOf('b', whole)], { blockBytes: 1e6 })).toMatchObject({
      records: 0,
      already_landed: 100,
    });
    const landed = positionsAndHashes(await landedRecords(store));
    expect(landed).toEqual(positionsAndHashes(linesOf(Buffer.from(whole))));
    expect(new Set(activeBatches(store).map(({ stream }) => stream)).size).toBe(1);
  });

  test('adds nothing as a shorter copy, cut at a line end or within a line', async () => {
    const store = temporaryStore();
    await land(store, [fileOf('audit.log', text)], { blockBytes: 1e6 });
    const entries = readManifest(store).entries.length;
    for (const length of [text.indexOf('\n', 9000) + 1, 9000, text.indexOf('\n', 9000)]) {
      const copy = fileOf('copy', text.slice(0, length));
      const summary = await land(store, [copy], { blockBytes: 1e6 });
      expect(summary).toMatchObject({ records: 0, files: [{ state: 'already landed' }] });
    }
    expect(readManifest(store).entries).toHaveLength(entries);
  });

  test('is another stream where it starts alike and goes on otherwise', async () => {
    const store = temporaryStore();
    await land(store, [fileOf('audit.log', text)], { blockBytes: 1e6 });
    const other = auditLines(10) + auditLines(50, 500);
    const path = fileOf('other.log', other);
    expect(await land(store, [path], { blockBytes: 1e6 })).toMatchObject({ records: 60 });
    expect(await land(store, [path], { blockBytes: 1e6 })).toMatchObject({
      records: 0,
      already_landed: 60,
    });
    expect(await land(store, [fileOf('audit.log', text)])).toMatchObject({ records: 0 });
    const streams = new Set(activeBatches(store).map(({ stream }) => stream));
    expect(streams.size).toBe(2);
    const forked = (await landedRecords(store)).filter(
      ({ stream }) => stream !== activeBatches(store)[0]?.stream,
    );
    expect(positionsAndHashes(forked)).toEqual(positionsAndHashes(linesOf(Buffer.from(other))));
  });

  test('is another stream in another cluster and with another stated time', async () => {
    const store = temporaryStore();
    const path = fileOf('audit.log', auditLines(5));
    for (const options of [{}, { cluster: 'b' }, { observedAt: '2026-01-01T00:00:00Z' }]) {
      expect(await land(store, [path], options)).toMatchObject({ records: 5 });
      expect(await land(store, [path], options)).toMatchObject({ records: 0 });
    }
    expect(new Set(activeBatches(store).map(({ stream }) => stream)).size).toBe(3);
  });
});

describe('an unterminated last line', () => {
  test('is a batch of its own, replaced when the line grows', async () => {
    const store = temporaryStore();
    const path = fileOf('audit.log', auditLines(3) + auditLine(3).slice(0, 50));
    expect(await land(store, [path])).toMatchObject({ records: 4, quarantined: 1 });
    expect(activeBatches(store).map(({ unterminated }) => unterminated)).toEqual([false, true]);
    writeFileSync(path, auditLines(6));
    expect(await land(store, [path])).toMatchObject({ records: 3, already_landed: 3 });
    const { entries } = readManifest(store);
    expect(entries[2]).toMatchObject({ replaces: 2, unterminated: false, records: 1 });
    const landed = positionsAndHashes(await landedRecords(store));
    expect(landed).toEqual(positionsAndHashes(linesOf(Buffer.from(auditLines(6)))));
    expect(await land(store, [path])).toMatchObject({ records: 0, already_landed: 6 });
  });

  test('keeps its record id when only the line end was missing', async () => {
    const store = temporaryStore();
    const path = fileOf('audit.log', auditLines(3).trimEnd());
    await land(store, [path]);
    const before = (await landedRecords(store)).map(({ id }) => id);
    appendFileSync(path, `\n${auditLines(2, 3)}`);
    expect(await land(store, [path])).toMatchObject({ records: 2, already_landed: 3 });
    const after = (await landedRecords(store)).map(({ id }) => id);
    expect(after.slice(0, 3)).toEqual(before);
    expect(after).toHaveLength(5);
    expect(activeBatches(store).some(({ unterminated }) => unterminated)).toBe(false);
    expect(await land(store, [path])).toMatchObject({ records: 0, already_landed: 5 });
  });

  test('is kept beside another line that begins otherwise', async () => {
    const store = temporaryStore();
    await land(store, [fileOf('a', auditLines(3) + auditLine(3).slice(0, 250))]);
    await land(store, [fileOf('b', auditLines(3) + auditLines(3, 40))]);
    const records = await landedRecords(store);
    expect(records.filter(({ kind }) => kind === 'quarantined')).toHaveLength(1);
    expect(records.filter(({ kind }) => kind === 'record')).toHaveLength(6);
  });
});
