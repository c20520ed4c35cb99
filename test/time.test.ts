import { describe, expect, it } from 'vitest';
import { CustodyError } from '../src/errors.ts';
import { formatTime, parseTime } from '../src/time.ts';

const now = new Date('2026-03-01T12:00:00Z');
const read = (text: string) => formatTime(parseTime(text, '--since', now));

describe('time', () => {
  it.each([
    ['2026-03-01T14:00:00Z', '2026-03-01T14:00:00Z'],
    ['2026-03-01T14:00:00+05:30', '2026-03-01T08:30:00Z'],
    ['2026-03-01t14:00:00.5z', '2026-03-01T14:00:00.500Z'],
    ['2026-03-01T14:00:00.123456789Z', '2026-03-01T14:00:00.123456Z'],
    ['1969-12-31T23:59:59.75Z', '1969-12-31T23:59:59.750Z'],
    ['-6h', '2026-03-01T06:00:00Z'],
    ['-2d', '2026-02-27T12:00:00Z'],
    ['-90s', '2026-03-01T11:58:30Z'],
    ['-1w', '2026-02-22T12:00:00Z'],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    ['2026-03-01', 'which hour'],
    ['2026-03-01T14:00:00', 'zone'],
    ['2026-03-01 14:00', 'zone'],
    ['2026-02-30T00:00:00Z', 'neither'],
    ['2026-03-01T25:00:00Z', 'neither'],
    ['2026-03-01T14:00:00+99:00', 'neither'],
    ['yesterday', 'neither'],
    ['6h', 'neither'],
    ['', 'neither'],
    ['1772366400', 'neither'],
  ])('refuses "%s" and says why', (text, state) => {
    expect(() => read(text)).toThrow(CustodyError);
    expect(() => read(text)).toThrow(state);
  });
});
