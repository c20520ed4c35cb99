import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { ingestFailed } from '../../src/pipeline.ts';
import {
  auditLines,
  land,
  landedRecords,
  linesOf,
  positionsAndHashes,
  temporaryFolder,
  temporaryStore,
} from '../helpers/landed-store.ts';

function fileOf(name: string, bytes: string | Buffer): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

/** DuckDB brings libzstd of its own: the bytes are not made by what reads them. */
async function zstd(text: string): Promise<Buffer> {
  const path = join(temporaryFolder(), 'lines.zst');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    `copy (select unnest(string_split(rtrim($text, chr(10)), chr(10)))) to '${path}'
    (format csv, header false, quote '', escape '', delimiter '\u0001', compression zstd)`,
    { text },
  );
  connection.closeSync();
  return readFileSync(path);
}

interface Member {
  name: string;
  text: string | Buffer;
  /** Written in the list at the end. */
  crc?: number;
  flags?: number;
  method?: number;
}

/** PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16. */
function zip(members: readonly Member[]): Buffer {
  const files: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const { name, text, crc = crc32(text), flags = 0x800, method = 8 } of members) {
    const raw = Buffer.from(text);
    const data = method === 8 ? deflateRawSync(raw) : raw;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(0x5c650000, 6);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(raw.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    list.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002'),
        Buffer.from([20, 0]),
        common,
        rest,
        Buffer.from(name),
      ]),
    );
    files.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(list);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, central, Buffer.from('PK\u0005\u0006'), end]);
}

describe('zstd', () => {
  it('gives the records of the plain file, and is the same file again', async () => {
    const text = auditLines(300);
    const store = temporaryStore();
    const compressed = await zstd(text);
    expect(compressed.length).toBeLessThan(text.length / 4);
    const summary = await land(store, [fileOf('audit.log.zst', compressed)]);
    expect(summary.files[0]).toMatchObject({
      taken_for: 'k8s_audit',
      state: 'landed',
      records: 300,
    });
    expect(positionsAndHashes(await landedRecords(store))).toEqual(
      positionsAndHashes(linesOf(Buffer.from(text))),
    );
    const again = await land(store, [fileOf('audit.log', text)]);
    expect(again.files[0]?.state).toBe('already landed');
  });

  it('goes on behind a frame that ends and one that is to be skipped', async () => {
    const skipped = Buffer.from('502a4d1804000000ffffffff', 'hex');
    const frames = [skipped, await zstd(auditLines(10)), skipped, await zstd(auditLines(10, 10))];
    const summary = await land(temporaryStore(), [fileOf('frames', Buffer.concat(frames))]);
    expect(summary).toMatchObject({ records: 20, quarantined: 0 });
    expect(ingestFailed(summary)).toBe(false);
  });

  it('cut short keeps what was whole and fails', async () => {
    const compressed = await zstd(auditLines(20_000));
    const cut = compressed.subarray(0, compressed.length - 5000);
    const summary = await land(temporaryStore(), [fileOf('cut.zst', cut)], { blockBytes: 1e6 });
    expect(summary.files[0]?.state).toBe('failed');
    expect(summary.files[0]?.reason).toMatch(/^the zstd data is cut short; \d+ records before/);
    expect(summary.records).toBeGreaterThan(1000);
  });

  it('damaged keeps what stands in front and fails', async () => {
    const compressed = Buffer.from(await zstd(auditLines(20_000)));
    compressed.fill(0xff, compressed.length - 3000, compressed.length - 2900);
    const summary = await land(temporaryStore(), [fileOf('bad.zst', compressed)], {
      blockBytes: 1e6,
    });
    expect(summary.files[0]?.reason).toMatch(/^the zstd data is damaged; \d+ records before/);
    expect(summary.records).toBeGreaterThan(1000);
  });

  it('stops at its limit', async () => {
    const compressed = await zstd(auditLines(20_000));
    const options = { blockBytes: 1e6, decompressionLimitBytes: 1_000_000 };
    const summary = await land(temporaryStore(), [fileOf('bomb.zst', compressed)], options);
    expect(summary.files[0]?.reason).toMatch(
      /^decompression stopped at its limit of 1000000 bytes/,
    );
    expect(ingestFailed(summary)).toBe(true);
    expect(summary.records).toBeGreaterThan(1000);
  });
});

describe('zip', () => {
  it('gives each file in it as if it stood there alone', async () => {
    const store = temporaryStore();
    const path = fileOf(
      'logs.zip',
      zip([
        { name: 'node-a/', text: '', method: 0 },
        { name: 'node-a/audit.log', text: auditLines(50) },
        { name: 'node-b/audit.log.gz', text: gzipSync(auditLines(50, 50)), method: 0 },
        { name: 'node-c/audit.log.zst', text: await zstd(auditLines(50, 100)) },
        { name: '../README', text: 'prose' },
      ]),
    );
    const summary = await land(store, [path], { blockBytes: 1e6 });
    expect(summary.files.map((file) => [file.path.slice(path.length), file.state])).toEqual([
      ['/node-a/audit.log', 'landed'],
      ['/node-b/audit.log.gz', 'landed'],
      ['/node-c/audit.log.zst', 'landed'],
      ['/../README', 'skipped'],
    ]);
    expect(summary.records).toBe(150);
    const again = await land(store, [fileOf('audit.log', auditLines(50))]);
    expect(again.files[0]?.state).toBe('already landed');
  });

  it('whose files together reach the limit keeps what came before', async () => {
    const text = auditLines(1000);
    const path = fileOf('bomb.zip', zip(['a', 'b', 'c'].map((name) => ({ name, text }))));
    const options = { blockBytes: 1e6, decompressionLimitBytes: Math.round(text.length * 1.5) };
    const { files } = await land(temporaryStore(), [path], options);
    expect(files.map((file) => file.state)).toEqual(['landed', 'failed', 'failed']);
    expect(files[1]?.reason).toMatch(
      /^decompression stopped at its limit of \d+ bytes; \d+ records/,
    );
    expect(files[1]?.records).toBeGreaterThan(400);
  });

  it('with a wrong checksum, a password or another method says so', async () => {
    const text = auditLines(10);
    const path = fileOf(
      'odd.zip',
      zip([
        { name: 'wrong', text, crc: 7 },
        { name: 'locked', text, flags: 0x801 },
        { name: 'lzma', text, method: 14 },
        { name: 'fine', text: auditLines(10, 10) },
      ]),
    );
    const { files } = await land(temporaryStore(), [path], { blockBytes: 1e6 });
    expect(files.map((file) => file.reason)).toEqual([
      'its checksum in the zip archive is another; 10 records before it are kept',
      'encrypted in its zip archive; unpack it first',
      'compressed by method 14 of zip; unpack it first',
      undefined,
    ]);
  });

  it('that is cut short or empty says so', async () => {
    const whole = zip([{ name: 'a', text: auditLines(10) }]);
    const cut = fileOf('cut.zip', whole.subarray(0, whole.length - 10));
    const { files } = await land(temporaryStore(), [cut, fileOf('empty.zip', zip([]))]);
    expect(files.map((file) => [file.state, file.reason])).toEqual([
      ['failed', 'the zip archive is damaged or cut short'],
      ['skipped', 'a zip archive of nothing'],
    ]);
  });
});
