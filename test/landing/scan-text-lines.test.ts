import { describe, expect, it } from 'vitest';
import { type ScannedRow, scanRows, sourceOf } from '../helpers/scan-rows.ts';

const options = { source: sourceOf('conjur'), format: 'text' as const };
const header = '<86>1 2026-03-02T10:00:00.000Z - conjur 1-2 fetch';
const message = `${header} [action@43868 result="success" operation="fetch"] a fetched b`;
const scan = (text: string | Buffer, blockBytes?: number, more = {}): ScannedRow[] =>
  scanRows(text, { ...options, ...more }, blockBytes).rows;

describe('a log of text lines', () => {
  it('is cut at line feeds, byte for byte, wherever its blocks break', () => {
    const stream = `\ufeff${message}\r\n\n  \t\r\n  ${message} é\nother\n${message}`;
    const at = (text: string, from = 0): number => Buffer.from(stream).indexOf(text, from);
    const second = at('  <86>');
    const rows = [
      { position: 0, kind: 'envelope', bytes: '\u00ef\u00bb\u00bf', flags: [] },
      { position: 3, kind: 'record', bytes: `${message}\r`, flags: [] },
      { position: second, kind: 'record', bytes: `  ${message} \u00c3\u00a9`, flags: [] },
      {
        position: at('other'),
        kind: 'record',
        bytes: 'other',
        reason: 'not_conjur',
        flags: [],
      },
      { position: at('<86>', at('other')), kind: 'record', bytes: message, flags: [] },
    ];
    for (const size of [undefined, 1, 7, 64, 200]) {
      const scanned = scanRows(stream, options, size);
      expect(scanned.rows).toEqual(rows);
      expect(scanned.blankLines).toBe(2);
      expect(scanned.unterminated).toBe(true);
    }
  });

  it('does not take a brace for the beginning of JSON over several lines', () => {
    const reasons = scan(`{"action@43868":{\n${message}\n[1,\n${message}\n`).map(
      (row) => row.reason,
    );
    expect(reasons).toEqual(['not_conjur', undefined, 'not_conjur', undefined]);
  });

  it('sets aside what is not text, and what is too long in pieces', () => {
    const damaged = Buffer.concat([Buffer.from(message), Buffer.from([0xff, 10])]);
    expect(scan(damaged).map((row) => row.reason)).toEqual(['invalid_utf8']);
    expect(scan(`${message}\0\n`).map((row) => row.reason)).toEqual(['control_character']);
    const long = `${message}${'x'.repeat(300)}`;
    const stream = `${message}\n${long}\n${message}\n`;
    for (const size of [undefined, 1, 100, 250]) {
      const rows = scan(stream, size, { recordBytesMax: 200 });
      expect(rows.map((row) => row.reason)).toEqual([
        undefined,
        ...Array.from({ length: Math.ceil(long.length / 200) }, () => 'too_long'),
        undefined,
      ]);
      expect(rows.map((row) => row.bytes).join('')).toBe(stream.replaceAll('\n', ''));
    }
  });

  it('hides tokens of known formats, in a line as in JSON', () => {
    const token = `hvs.${'CAESIexample0'.repeat(3)}`;
    const document = `{"action@43868":{"error":"${token}"},"auth@43868":{}}`;
    for (const line of [`${message} ${token} é`, document]) {
      const [row] = scan(`${line}\n`);
      const place = row?.redactions?.[0];
      expect(row?.reason).toBeUndefined();
      expect(row?.stored).not.toContain('CAESI');
      expect(row?.stored).toContain('redacted:hmac-sha256:');
      expect(line.indexOf(token)).toBe(place?.sourceStart);
      expect(place?.sourceLength).toBe(token.length);
    }
  });
});
