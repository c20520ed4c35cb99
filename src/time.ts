import { isValid, milliseconds, parseISO } from 'date-fns';
import { CustodyError } from './errors.ts';

const rfc3339 =
  /^(\d{4}-\d\d-\d\d)[Tt]((?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-](?:[01]\d|2[0-3]):\d\d)$/;
const relative = /^-(\d{1,6})(s|m|h|d|w)$/;
const units = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days', w: 'weeks' } as const;

/**
 * Reads a point in time as a person gives it: RFC 3339 with a zone, or a relative `-6h`.
 *
 * A date alone is refused: whose midnight it means is exactly what an incident turns on.
 *
 * @param option the option it was given to, named in the error
 * @returns microseconds since 1970-01-01T00:00:00Z
 */
export function parseTime(text: string, option: string, now: Date = new Date()): bigint {
  const ago = relative.exec(text);
  if (ago) {
    const duration = { [units[ago[2] as keyof typeof units]]: Number(ago[1]) };
    return BigInt(now.getTime() - milliseconds(duration)) * 1000n;
  }
  const parts = rfc3339.exec(text);
  const instant = parts && parseISO(`${parts[1]}T${parts[2]}${parts[4]?.toUpperCase()}`);
  if (!instant || !isValid(instant)) {
    throw new CustodyError('BAD_OPTION', `Cannot read ${option} "${text}": ${stateOf(text)}`, {
      hint: `write ${option} 2026-03-01T14:00:00Z, or relative to now: ${option}=-6h (s, m, h, d, w)`,
    });
  }
  const fraction = BigInt((parts[3] ?? '').slice(0, 6).padEnd(6, '0'));
  return BigInt(instant.getTime()) * 1000n + fraction;
}

/** Writes microseconds since the epoch as RFC 3339 in UTC, with a fraction only where there is one. */
export function formatTime(micros: bigint): string {
  const second = floorDivide(micros, 1_000_000n);
  const fraction = micros - second * 1_000_000n;
  const base = new Date(Number(second) * 1000).toISOString().replace(/\.000Z$/, '');
  if (fraction === 0n) return `${base}Z`;
  const digits = fraction.toString().padStart(6, '0');
  return `${base}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

function stateOf(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'a date alone leaves open which hour and zone';
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text))
    return 'the zone is missing';
  return 'neither an RFC 3339 time nor a relative one';
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
